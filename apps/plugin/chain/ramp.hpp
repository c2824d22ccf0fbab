// A value that moves in a straight line to where it is sent, so that no change of a parameter clicks.
#pragma once

#include "chain/block.hpp"

namespace plugin {

inline constexpr double ramp_seconds = 0.02;

class Ramp {
 public:
  explicit Ramp(float value = 0) noexcept : value_(value), target_(value) {}

  void jump(float value) noexcept {
    value_ = target_ = value;
    left_ = 0;
  }

  // In `frames` steps, and then exactly there.
  void aim(float target, int frames) noexcept {
    if (target == target_) return;
    target_ = target;
    left_ = frames;
    step_ = (target - value_) / float(frames);
  }

  bool still() const noexcept { return left_ == 0; }
  bool still_at(float value) const noexcept { return left_ == 0 && value_ == value; }
  float value() const noexcept { return value_; }
  int left() const noexcept { return left_; }  // frames

  float next() noexcept {
    if (left_ > 0) value_ = --left_ == 0 ? target_ : value_ + step_;
    return value_;
  }

 private:
  float value_, target_, step_ = 0;
  int left_ = 0;
};

inline void multiply(Block& block, Ramp& gain) noexcept {
  if (gain.still_at(1)) return;
  if (gain.still()) {
    const float factor = gain.value();
    for (int c = 0; c < block.channels; ++c) {
      for (int t = 0; t < block.frames; ++t) block.rows[c][t] *= factor;
    }
    return;
  }
  for (int t = 0; t < block.frames; ++t) {
    const float factor = gain.next();
    for (int c = 0; c < block.channels; ++c) block.rows[c][t] *= factor;
  }
}

}  // namespace plugin
