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
  with_channels(block.channels, [&](auto channels) { run<channels>(block); });
}

template <int channels>
void DcBlocker::run(Block& block) noexcept {
  Ramp part = part_;
  std::array<double, max_channels> before = x_, y = y_;
  for (int t = 0; t < block.frames; ++t) {
    const float share = part.next();
    if (part.still_at(0)) {
      before = y = {};
      break;
    }
    for (int c = 0; c < channels; ++c) {
      float& sample = block.rows[c][t];
      const auto x = double(sample);
      y[c] = x - before[c] + r_ * y[c];
      before[c] = x;
      const auto filtered = float(y[c]);
      sample = share == 1 ? filtered : sample + share * (filtered - sample);
    }
  }
  part_ = part, x_ = before, y_ = y;
}

}  // namespace plugin
