#include "run/softmax.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace atrous::run {
namespace {

constexpr int block_size = 16;  // classes whose weights are added up at a time

// exp(x) for x <= 0 to within 1e-6 of its value, and 1e-38 below -87 and for NaN. Without branches or calls, so that a
// loop over it vectorises. 2^y = 2^n · 2^r with n whole and |r| <= 1/2; 2^r by the first seven terms of its series.
float exp_of_negative(float x) {
  // With the sign bit set, a larger integer is a more negative number or NaN: the floor of -126 is a minimum.
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x * 1.44269504f) | 0x80000000u;
  const float y = std::bit_cast<float>(std::min(bits, std::bit_cast<std::uint32_t>(-126.0f)));
  constexpr float round = 12582912.0f;  // 1.5 · 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = y + round;
  const float r = (y - (shifted - round)) * 0.693147181f;
  const float series =
      1.0f + r * (1.0f + r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
  const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) + 127u) << 23;
  return series * std::bit_cast<float>(power);
}

// The largest of x [count], -inf where there is no number. Sixteen running maxima, so that it vectorises.
float maximum(const float* x, int count) {
  constexpr int lanes = 16;
  float largest[lanes];
  std::fill_n(largest, lanes, -std::numeric_limits<float>::infinity());
  int i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (int n = 0; n < lanes; ++n) largest[n] = x[i + n] > largest[n] ? x[i + n] : largest[n];
  }
  for (; i < count; ++i) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
  return *std::max_element(largest, largest + lanes);
}

}  // namespace

int argmax(const float* x, int count) noexcept {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (x[i] > x[best] || (std::isnan(x[best]) && !std::isnan(x[i]))) best = i;
  }
  return best;
}

float clip(double x) noexcept {
  return std::isnan(x) ? 0.0f : float(std::clamp(x, -1.0, 1.0));
}

Softmax::Softmax(int most) : weights_(std::size_t(most)), sums_(std::size_t(most / block_size + 1)) {}

// An index with probability softmax(logits · sharpness), by inversion of the cumulative sum: first to a block of
// sixteen, whose sums do not wait for each other, then inside it. The weights of impossible classes, 1e-38, vanish
// beside the largest, 1, and beside uniform · sum, 1e-16 or more.
int Softmax::draw(const float* logits, int count, float sharpness, double uniform) noexcept {
  const float largest = maximum(logits, count);
  if (!std::isfinite(largest)) return argmax(logits, count);
  float* const __restrict weights = weights_.data();
  for (int i = 0; i < count; ++i) weights[i] = exp_of_negative((logits[i] - largest) * sharpness);
  const int blocks = (count + block_size - 1) / block_size;
  for (int b = 0; b < blocks; ++b) {
    double sum = 0;
    for (int i = b * block_size; i < std::min(count, (b + 1) * block_size); ++i) sum += weights[i];
    sums_[b] = sum;
  }
  for (int b = 1; b < blocks; ++b) sums_[b] += sums_[b - 1];
  const double target = uniform * sums_[blocks - 1];
  int block = 0;
  while (block + 1 < blocks && sums_[block] <= target) ++block;
  const int begin = block * block_size, end = std::min(count, begin + block_size);
  double sum = block > 0 ? sums_[block - 1] : 0;
  for (int i = begin; i < end; ++i) {
    sum += weights[i];
    if (sum > target) return i;
  }
  return begin + argmax(weights + begin, end - begin);  // where rounding hides the last one
}

}  // namespace atrous::run
