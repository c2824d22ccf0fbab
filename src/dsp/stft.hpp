// Short-time Fourier transforms: one windowed frame of a signal at a time.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/fft.hpp"
#include "dsp/signal_window.hpp"

namespace atrous::dsp {

// The periodic Hann window of `window` samples, centred among zeros in a frame of `fft` samples (the left side gets the
// smaller half of an odd remainder). Throws Error (argument) unless 1 <= window <= fft.
std::vector<double> hann_window(int window, int fft);

// Frames of a signal of `samples`: 1 + samples/hop centred ones (none for no samples), else those that fit whole.
std::size_t frame_count(std::size_t samples, int fft, int hop, bool centered) noexcept;

// Where frame `index` starts: centred on sample index·hop, or at it.
std::ptrdiff_t frame_start(std::size_t index, int fft, int hop, bool centered) noexcept;

// Scratch inside: one thread at a time.
class Stft {
 public:
  // Throws Error (argument).
  Stft(int fft, int window);

  int size() const noexcept { return fft_.size(); }
  int bins() const noexcept { return fft_.bins(); }
  double window_sum() const noexcept { return window_sum_; }

  // |X| of the frame signal[start .. start + fft), which must be covered, into out [bins].
  void magnitudes(const SignalWindow& signal, std::ptrdiff_t start, std::span<float> out);

 private:
  RealFft fft_;
  std::vector<float> window_;  // [fft]
  double window_sum_ = 0;
  std::vector<float> frame_;                   // [fft]
  std::vector<std::complex<float>> spectrum_;  // [bins]
};

}  // namespace atrous::dsp
