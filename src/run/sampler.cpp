#include "run/sampler.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "run/code.hpp"
#include "run/random.hpp"

namespace atrous::run {
namespace {

using model::OutputKind;

constexpr int kBlock = 16;         // classes whose weights are added up at a time
constexpr double kColdest = 1e-6;  // temperatures below it are greedy, since their inverse times a logit may overflow

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

// The index of the largest of x [count], the lowest on a tie; NaN is smaller than any other.
int argmax(const float* x, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (x[i] > x[best] || (std::isnan(x[best]) && !std::isnan(x[i]))) best = i;
  }
  return best;
}

// The largest of x [count], -inf where there is no number. Sixteen running maxima, so that it vectorises.
float maximum(const float* x, int count) {
  float largest[16];
  std::fill_n(largest, 16, -std::numeric_limits<float>::infinity());
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int n = 0; n < 16; ++n) largest[n] = x[i + n] > largest[n] ? x[i + n] : largest[n];
  }
  for (; i < count; ++i) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
  return *std::max_element(largest, largest + 16);
}

float clip(double x) {
  return std::isnan(x) ? 0.0f : static_cast<float>(std::clamp(x, -1.0, 1.0));
}

}  // namespace

Sampler::Sampler(const model::Output& output, const std::optional<model::Code>& code, const SamplerOptions& options)
    : kind_(output.kind),
      channels_(output.channels),
      seed_(options.seed),
      voice_(options.voice),
      greedy_(options.greedy || !(options.temperature >= kColdest)),
      spread_(static_cast<float>(options.temperature)),
      sharpness_(greedy_ ? 1.0f : static_cast<float>(1 / options.temperature)),
      weights_(channels_),
      sums_(channels_ / kBlock + 1) {
  if (kind_ != OutputKind::categorical) return;
  for (int label = 0; label < code->classes; ++label) decoded_.push_back(decode(*code, label));
}

Sample Sampler::sample(const float* y, std::uint64_t index) noexcept {
  switch (kind_) {
    case OutputKind::categorical: {
      const int label = greedy_ ? argmax(y, channels_) : draw(y, channels_, uniforms(seed_, voice_, index)[0]);
      return {label, decoded_[label]};
    }
    case OutputKind::logistic_mixture:
      return {-1, logistic(y, index)};
    case OutputKind::gaussian:
      return {-1, gaussian(y, index)};
    case OutputKind::waveform:
      break;
  }
  return {-1, clip(y[0])};
}

// An index with probability softmax(logits / temperature), by inversion of the cumulative sum: first to a block of
// sixteen, whose sums do not wait for each other, then inside it. The weights of impossible classes, 1e-38, vanish
// beside the largest, 1, and beside uniform · sum, 1e-16 or more.
int Sampler::draw(const float* logits, int count, double uniform) noexcept {
  const float largest = maximum(logits, count);
  if (!std::isfinite(largest)) return argmax(logits, count);
  float* const __restrict weights = weights_.data();
  const float sharpness = sharpness_;
  for (int i = 0; i < count; ++i) weights[i] = exp_of_negative((logits[i] - largest) * sharpness);
  const int blocks = (count + kBlock - 1) / kBlock;
  for (int b = 0; b < blocks; ++b) {
    double sum = 0;
    for (int i = b * kBlock; i < std::min(count, (b + 1) * kBlock); ++i) sum += weights[i];
    sums_[b] = sum;
  }
  for (int b = 1; b < blocks; ++b) sums_[b] += sums_[b - 1];
  const double target = uniform * sums_[blocks - 1];
  int block = 0;
  while (block + 1 < blocks && sums_[block] <= target) ++block;
  const int begin = block * kBlock, end = std::min(count, begin + kBlock);
  double sum = block > 0 ? sums_[block - 1] : 0;
  for (int i = begin; i < end; ++i) {
    sum += weights[i];
    if (sum > target) return i;
  }
  return begin + argmax(weights + begin, end - begin);  // where rounding hides the last one
}

// y: logits | means | log scales, a third each.
float Sampler::logistic(const float* y, std::uint64_t index) noexcept {
  const int mixtures = channels_ / 3;
  const float *means = y + mixtures, *log_scales = means + mixtures;
  if (greedy_) return clip(means[argmax(y, mixtures)]);
  const auto random = uniforms(seed_, voice_, index);
  const int k = draw(y, mixtures, random[0]);
  const double u = 1e-5 + (1 - 2e-5) * random[1];
  return clip(means[k] + spread_ * std::exp(double{log_scales[k]}) * (std::log(u) - std::log1p(-u)));
}

// y: mean, log scale. Box and Muller's way to a normal number.
float Sampler::gaussian(const float* y, std::uint64_t index) noexcept {
  if (greedy_) return clip(y[0]);
  const auto random = uniforms(seed_, voice_, index);
  const double normal = std::sqrt(-2 * std::log(random[0])) * std::cos(2 * std::numbers::pi * random[1]);
  return clip(y[0] + spread_ * std::exp(double{y[1]}) * normal);
}

}  // namespace atrous::run
