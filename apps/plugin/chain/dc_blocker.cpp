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
  for (int t = 0; t < block.frames; ++t) {
    const float part = part_.next();
    if (part_.still_at(0)) {
      x_ = y_ = {};
      return;
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(block.channels); ++c) {
      const float plain = block.rows[c][t];
      const auto x = static_cast<double>(plain);
      y_[c] = x - x_[c] + r_ * y_[c];
      x_[c] = x;
      const auto filtered = static_cast<float>(y_[c]);
      block.rows[c][t] = part == 1 ? filtered : plain + part * (filtered - plain);
    }
  }
}

}  // namespace plugin
