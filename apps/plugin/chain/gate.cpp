#include "chain/gate.hpp"

#include <cmath>

namespace plugin {

void Gate::prepare(double sample_rate) noexcept {
  decay_ = float(std::exp(-1 / (0.01 * sample_rate)));
  attack_ = float(1 / (0.001 * sample_rate));
  release_ = float(1 / (0.1 * sample_rate));
  hold_ = int(0.05 * sample_rate);
}

void Gate::reset() noexcept {
  level_ = 0;
  gain_ = 1;
  open_ = true;
  held_ = 0;
}

void Gate::process(Block& block, const Settings& settings) noexcept {
  const bool on = settings.on(gate);
  if (!on && gain_ == 1) return;
  const float opens = std::pow(10.0f, settings[gate_threshold] / 20), closes = 0.5f * opens;
  for (int t = 0; t < block.frames; ++t) {
    float loudest = 0;
    for (int c = 0; c < block.channels; ++c) loudest = std::max(loudest, std::abs(block.rows[c][t]));
    level_ = std::max(loudest, level_ * decay_);
    if (level_ >= (open_ ? closes : opens)) {
      open_ = true;
      held_ = hold_;
    } else if (held_ > 0) {
      --held_;
    } else {
      open_ = false;
    }
    gain_ = open_ || !on ? std::min(1.0f, gain_ + attack_) : std::max(0.0f, gain_ - release_);
    for (int c = 0; c < block.channels; ++c) block.rows[c][t] *= gain_;
    if (!on && gain_ == 1) return reset();
  }
}

}  // namespace plugin
