// Which numbers are finite, in loops that vectorise.
#pragma once

#include <cmath>
#include <limits>

namespace atrous::stream {

inline bool finite(float x) noexcept {
  return std::abs(x) <= std::numeric_limits<float>::max();
}

inline bool all_finite(const float* x, int count) noexcept {
  int others = 0;
  for (int i = 0; i < count; ++i) others |= finite(x[i]) ? 0 : 1;
  return others == 0;
}

// The place of the first that is not, or `count`.
inline int first_not_finite(const float* x, int count) noexcept {
  if (all_finite(x, count)) return count;
  int i = 0;
  while (finite(x[i])) ++i;
  return i;
}

}  // namespace atrous::stream
