// Short-time Fourier transforms: one windowed frame of a signal at a time.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/fft.hpp"

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
  // Throws Error: argument, unsupported (built without FFTW).
  Stft(int fft, int window);

  int bins() const noexcept { return fft_.bins(); }
  double window_sum() const noexcept { return window_sum_; }

  // |X| of the frame audio[start .. start + fft), into out [bins]. Samples outside are mirrored at the ends of the
  // audio without repeating them, as often as it takes. Of no audio, zeros.
  void magnitudes(std::span<const float> audio, std::ptrdiff_t start, std::span<float> out);

 private:
  RealFft fft_;
  std::vector<float> window_;  // [fft]
  double window_sum_ = 0;
  std::vector<float> frame_;                   // [fft]
  std::vector<std::complex<float>> spectrum_;  // [bins]
};

}  // namespace atrous::dsp
