#include "chain/dc_blocker.hpp"

#include <cmath>

namespace plugin {

void DcBlocker::prepare(double sample_rate) noexcept {
  r_ = std::exp(-2 * 3.14159265358979323846 * 5 / sample_rate);
}

void DcBlocker::reset(const Settings& settings) noexcept {
  part_.jump(settings.on(dc_blocker) ? 1.0f : 0.0f);
  x_ = y_ = {};
}

void DcBlocker::process(Block& block, const Settings& settings, int ramp) noexcept {
  part_.aim(settings.on(dc_blocker) ? 1.0f : 0.0f, ramp);
  Ramp part = part_;
  for (int c = 0; c < block.channels; ++c) {
    part = part_;
    run(block.rows[c], block.frames, static_cast<std::size_t>(c), part);
  }
  part_ = part;
}

void DcBlocker::run(float* samples, int frames, std::size_t channel, Ramp& part) noexcept {
  double heard = x_[channel], y = y_[channel];
  for (int t = 0; t < frames; ++t) {
    const float share = part.next();
    if (part.still_at(0)) {
      heard = y = 0;
      break;
    }
    const auto x = static_cast<double>(samples[t]);
    y = x - heard + r_ * y;
    heard = x;
    const auto filtered = static_cast<float>(y);
    samples[t] = share == 1 ? filtered : samples[t] + share * (filtered - samples[t]);
  }
  x_[channel] = heard, y_[channel] = y;
}

}  // namespace plugin
