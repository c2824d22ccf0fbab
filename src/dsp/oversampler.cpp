#include "dsp/oversampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace atrous::dsp {
namespace {

constexpr int taps = Oversampler::delay;  // of a phase; each way delays by half of them
constexpr double beta = 10.06;            // of the Kaiser window: -100 dB

// The modified Bessel function of the first kind and order 0, by its series.
double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-18 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

// Tap i of the filter of factor · taps taps, which is 1 in the middle and 0 at every other multiple of the factor.
double tap(int i, int factor) {
  const double middle = factor * taps / 2.0, from_middle = i - middle;
  if (from_middle == 0) return 1;
  const double x = std::numbers::pi * from_middle / factor, edge = from_middle / middle;
  return std::sin(x) / x * bessel_i0(beta * std::sqrt(std::max(0.0, 1 - edge * edge))) / bessel_i0(beta);
}

// y[t] += Σ row[k] · x[t + k], for every t the taps in order.
void convolve(const std::vector<float>& row, const float* x, float* y, int frames) noexcept {
  for (std::size_t k = 0; k < row.size(); ++k) {
    for (int t = 0; t < frames; ++t) y[t] += row[k] * x[k + std::size_t(t)];
  }
}

void forget(std::vector<float>& samples, int frames) noexcept {
  std::copy_n(samples.begin() + frames, taps, samples.begin());
}

}  // namespace

Oversampler::Oversampler(int factor, int channels, int max_frames) : factor_(factor), channels_(std::size_t(channels)) {
  for (int p = 0; p < factor; ++p) {
    std::vector<float>& row = rows_.emplace_back();
    for (int j = taps - 1; j >= 0; --j) row.push_back(float(tap(factor * j + p, factor)));
  }
  const auto length = std::size_t(taps + max_frames);
  heard_.assign(channels_, std::vector<float>(length));
  made_.assign(std::size_t(factor) * channels_, std::vector<float>(length));
  for (std::vector<float>& samples : made_) phases_.push_back(samples.data() + taps);
}

// u[n t + p] = Σ h[n j + p] x[t - j]
void Oversampler::up(const float* const* in, int frames) noexcept {
  for (std::size_t c = 0; c < channels_; ++c) {
    std::copy_n(in[c], frames, heard_[c].begin() + taps);
    std::copy_n(heard_[c].begin() + taps / 2, frames, made(0, c));
    for (int p = 1; p < factor_; ++p) {
      std::fill_n(made(p, c), frames, 0.0f);
      convolve(rows_[std::size_t(p)], heard_[c].data() + 1, made(p, c), frames);
    }
    forget(heard_[c], frames);
  }
}

// y[t] = 1/n Σ h[i] u[n t - i]; of tap n j + p that is a sample of phase n - p, the one before where p is not 0.
void Oversampler::down(float* const* out, int frames) noexcept {
  for (std::size_t c = 0; c < channels_; ++c) {
    std::copy_n(made(0, c) - taps / 2, frames, out[c]);
    for (int p = 1; p < factor_; ++p) {
      convolve(rows_[std::size_t(p)], made(factor_ - p, c) - taps, out[c], frames);
    }
    for (int t = 0; t < frames; ++t) out[c][t] /= float(factor_);
  }
  for (std::vector<float>& samples : made_) forget(samples, frames);
}

void Oversampler::reset(std::span<const float> still) noexcept {
  for (std::vector<float>& samples : heard_) std::fill(samples.begin(), samples.end(), 0.0f);
  for (std::size_t i = 0; i < made_.size(); ++i) {
    std::fill(made_[i].begin(), made_[i].end(), still[i % channels_]);
  }
}

}  // namespace atrous::dsp
