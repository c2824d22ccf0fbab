// What may leave an effect: finite numbers, and none that would hurt.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace atrous::run {

// What is not finite becomes silence, what is beyond `highest` is clamped, all else keeps its bits. Returns how many
// were changed.
inline std::uint64_t guard(float* samples, std::size_t count, float highest) noexcept {
  std::uint32_t changed = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float x = samples[i], size = std::abs(x);
    const bool inside = size <= highest;
    const float other = size <= std::numeric_limits<float>::max() ? std::copysign(highest, x) : 0.0f;
    samples[i] = inside ? x : other;
    changed += inside ? 0 : 1;
  }
  return changed;
}

}  // namespace atrous::run
