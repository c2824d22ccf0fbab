#include "dsp/oversampler.hpp"

#include <algorithm>

namespace atrous::dsp {
namespace {

constexpr int taps = OversamplingFilter::taps;

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

Oversampler::Oversampler(const OversamplingFilter& filter, int channels, int max_frames)
    : channels_(std::size_t(channels)), rows_(filter.phases) {
  const auto length = std::size_t(taps + max_frames);
  heard_.assign(channels_, std::vector<float>(length));
  made_.assign(rows_.size() * channels_, std::vector<float>(length));
  for (std::vector<float>& samples : made_) phases_.push_back(samples.data() + taps);
}

// u[n t + p] = Σ h[n j + p] x[t - j]
void Oversampler::up(const float* const* in, int frames) noexcept {
  for (std::size_t c = 0; c < channels_; ++c) {
    std::copy_n(in[c], frames, heard_[c].begin() + taps);
    for (int p = 0; p < factor(); ++p) {
      const std::vector<float>& row = rows_[std::size_t(p)];
      if (row.empty()) {
        std::copy_n(heard_[c].begin() + taps / 2, frames, made(p, c));
        continue;
      }
      std::fill_n(made(p, c), frames, 0.0f);
      convolve(row, heard_[c].data() + 1, made(p, c), frames);
    }
    forget(heard_[c], frames);
  }
}

// y[t] = 1/n Σ h[i] u[n t - i]; of tap n j + p that is a sample of phase n - p, the one before where p is not 0.
void Oversampler::down(float* const* out, int frames) noexcept {
  for (std::size_t c = 0; c < channels_; ++c) {
    if (rows_[0].empty()) {
      std::copy_n(made(0, c) - taps / 2, frames, out[c]);
    } else {
      std::fill_n(out[c], frames, 0.0f);
      convolve(rows_[0], made(0, c) - taps + 1, out[c], frames);
    }
    for (int p = 1; p < factor(); ++p) {
      convolve(rows_[std::size_t(p)], made(factor() - p, c) - taps, out[c], frames);
    }
    for (int t = 0; t < frames; ++t) out[c][t] /= float(factor());
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
