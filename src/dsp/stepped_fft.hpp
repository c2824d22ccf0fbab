// The spectrum of a real signal and back, in small steps, so that a long transform can be spread over time.
//
// Of 2S samples it takes the bins at S odd multiples of half a bin,
//     X[k] = sum over n < 2S of x[n] e^(-πi (4k + 1) n / 2S),   k = 0 … S - 1,
// which say all, as the others are their conjugates, and all of which are alike: none is real. Products of them are
// convolutions that come round with the opposite sign, so what does not come round is as it should be.
// As e^(-πi (4k + 1) S / 2S) = -i, they are one complex FFT of S points:
//     X[k] = sum over n < S of (x[n] - i x[n + S]) e^(-πi n / 2S) e^(-2πi k n / S).
// That is cut the classic way (Gentleman and Sande 1966) into columns of R points and rows of C, S = R · C:
// n = C·r + c and k = k1 + R·k2. A short one is a row alone.
#pragma once

#include <complex>
#include <optional>
#include <vector>

#include "dsp/fft.hpp"

namespace atrous::dsp {

// Immutable; all steps are real-time safe, and any threads may share one.
class SteppedFft {
 public:
  static constexpr int longest_row = 1024;

  // S, a power of two from 32 to 16,384. Throws Error (argument).
  explicit SteppedFft(int size);

  int size() const noexcept { return rows_ * columns_; }
  int rows() const noexcept { return rows_; }           // R
  int row_length() const noexcept { return columns_; }  // C, a multiple of 32

  // The first steps of a forward transform, and the last of an inverse one: some columns each. After them, or before,
  // a step for each row.
  int columns_per_step() const noexcept { return columns_per_step_; }
  int column_steps() const noexcept { return columns_ / columns_per_step_; }
  int steps() const noexcept { return column_steps() + rows_; }

  // x [2S] -> work [S]
  void forward_columns(int step, const float* x, std::complex<float>* work) const noexcept;
  // work -> bins [C], those of k1 = row. The order of bins is of no matter to a product.
  void forward_row(int row, const std::complex<float>* work, std::complex<float>* bins) const noexcept;

  // bins [C] -> work
  void inverse_row(int row, const std::complex<float>* bins, std::complex<float>* work) const noexcept;
  // work -> the upper half of 2S samples [S], times S
  void inverse_columns(int step, const std::complex<float>* work, float* upper) const noexcept;

 private:
  int rows_, columns_, columns_per_step_;
  ComplexFft along_row_;
  std::optional<ComplexFft> down_, up_;       // the columns of a step, into work and back; absent for one row
  std::vector<std::complex<float>> twist_;    // [R]: e^(-πi r / 2R)
  std::vector<std::complex<float>> twiddle_;  // [R][C]: e^(-2πi c (k1 + 1/4) / S)
};

}  // namespace atrous::dsp
