// The FFT of real signals, over FFTW in single precision.
#pragma once

#include <complex>
#include <memory>

namespace atrous::dsp {

inline constexpr int kMaxFftSize = 1 << 24;

// False where the library was built without FFTW: the constructor below then throws Error (unsupported).
bool fft_available() noexcept;

// One size, both directions. Plans are estimated, never measured, so the same input gives the same bytes in every run.
// Making one takes a lock; forward() and inverse() are real-time safe, and any threads may share one RealFft.
class RealFft {
 public:
  // Throws Error: argument for a size outside 2 to kMaxFftSize, unsupported.
  explicit RealFft(int size);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  int size() const noexcept;
  int bins() const noexcept { return size() / 2 + 1; }

  // time [size] -> spectrum [bins]. Both aligned to 16 bytes, as whatever `new` and std::vector return is.
  void forward(const float* time, std::complex<float>* spectrum) const noexcept;
  // spectrum [bins] -> time [size] times size: not scaled. Overwrites the spectrum. Aligned likewise.
  void inverse(std::complex<float>* spectrum, float* time) const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous::dsp
