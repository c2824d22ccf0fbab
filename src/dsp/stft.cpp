#include "dsp/stft.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include <atrous/error.hpp>

namespace atrous::dsp {

std::vector<double> hann_window(int window, int fft) {
  if (window < 1 || window > fft) {
    throw Error(ErrorCode::argument,
                "window of " + std::to_string(window) + " samples, expected 1 to " + std::to_string(fft));
  }
  std::vector<double> frame(fft, 0.0);
  const int left = (fft - window) / 2;
  for (int i = 0; i < window; ++i) frame[left + i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / window);
  return frame;
}

std::size_t frame_count(std::size_t samples, int fft, int hop, bool centered) noexcept {
  if (centered) return samples == 0 ? 0 : 1 + samples / hop;
  return samples < std::size_t(fft) ? 0 : 1 + (samples - fft) / hop;
}

std::ptrdiff_t frame_start(std::size_t index, int fft, int hop, bool centered) noexcept {
  return std::ptrdiff_t(index) * hop - (centered ? fft / 2 : 0);
}

Stft::Stft(int fft, int window) : fft_(fft), frame_(fft), spectrum_(fft_.bins()) {
  const std::vector<double> values = hann_window(window, fft);
  window_.assign(values.begin(), values.end());
  window_sum_ = std::accumulate(values.begin(), values.end(), 0.0);
}

void Stft::magnitudes(const SignalWindow& signal, std::ptrdiff_t start, std::span<float> out) {
  signal.read(start, frame_);
  for (std::size_t i = 0; i < frame_.size(); ++i) frame_[i] *= window_[i];
  fft_.forward(frame_.data(), spectrum_.data());
  for (int k = 0; k < bins(); ++k) out[k] = std::hypot(spectrum_[k].real(), spectrum_[k].imag());
}

}  // namespace atrous::dsp
