// FFTs of real and of complex signals in single precision: by FFTW, or by Eigen where that may not be used.
#pragma once

#include <complex>
#include <memory>

namespace atrous::dsp {

inline constexpr int max_fft_size = 1 << 24;
inline constexpr int max_complex_fft_size = 1024;

// One size, both directions. Plans are estimated, never measured, so the same input gives the same bytes in every run.
// Making one takes a lock; any threads may share one RealFft. forward() and inverse() are real-time safe for powers of
// two; for other sizes Eigen's may allocate.
class RealFft {
 public:
  // Throws Error (argument) for a size outside 2 to max_fft_size.
  explicit RealFft(int size);

  int size() const noexcept;
  int bins() const noexcept { return size() / 2 + 1; }

  // time [size] -> spectrum [bins]. Both aligned to 16 bytes, as whatever `new` and std::vector return is.
  void forward(const float* time, std::complex<float>* spectrum) const noexcept;
  // spectrum [bins] -> time [size] times size: not scaled. Overwrites the spectrum. Aligned likewise.
  void inverse(std::complex<float>* spectrum, float* time) const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// Several FFTs of complex signals at once: sums of x[n] e^(∓2πikn/size), not scaled in either direction. Real-time
// safe.
class ComplexFft {
 public:
  // Point n of transform i stands at [n · stride + i]. Throws Error (argument) for a size that is no power of two or
  // beyond max_complex_fft_size, a count below 1 and strides below the count.
  struct Layout {
    int size = 2, count = 1, in_stride = 1, out_stride = 1;
  };
  explicit ComplexFft(const Layout& layout);

  // in -> out, two places, both aligned to 16 bytes. The input is kept.
  void forward(const std::complex<float>* in, std::complex<float>* out) const noexcept;
  void inverse(const std::complex<float>* in, std::complex<float>* out) const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// What the constructors refuse.
void check_fft(int size);
void check_fft(const ComplexFft::Layout& layout);

}  // namespace atrous::dsp
