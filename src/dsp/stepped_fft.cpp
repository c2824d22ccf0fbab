#include "dsp/stepped_fft.hpp"

#include <bit>
#include <numbers>
#include <string>

#include <atrous/error.hpp>

namespace atrous::dsp {
namespace {

using Complex = std::complex<float>;

constexpr int smallest = 32, largest = 16384;
constexpr int shortest_row = 64;  // longer ones where S is more than the square of that
constexpr int most_rows = 64;
constexpr int batch = 4;  // columns that are taken together: their points are half a cache line

int checked(int size) {
  if (size >= smallest && size <= largest && std::has_single_bit(unsigned(size))) return size;
  throw Error(ErrorCode::argument, "stepped FFT of size " + std::to_string(size) + ", expected a power of two from " +
                                       std::to_string(smallest) + " to " + std::to_string(largest));
}

int rows_of(int size) {
  int rows = 1;
  while (size / rows > shortest_row && rows < most_rows) rows *= 2;
  return rows;
}

// Room for some numbers, as it comes: std::array would clear it.
template <int Count>
struct Scratch {
  Complex* data() noexcept { return reinterpret_cast<Complex*>(floats); }
  alignas(64) float floats[2 * Count];
};

// Without the tests for infinities that std::complex makes.
Complex multiply(Complex a, Complex b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// e^(-2πi turns)
Complex unit(double turns) {
  return Complex(std::polar(1.0, -2 * std::numbers::pi * turns));
}

}  // namespace

SteppedFft::SteppedFft(int size)
    : rows_(rows_of(checked(size))),
      columns_(size / rows_),
      columns_per_step_(rows_ > 1 ? batch : columns_),
      along_row_({columns_, 1, 1, 1}) {
  for (int r = 0; r < rows_; ++r) twist_.push_back(unit(r / (4.0 * rows_)));
  for (int k1 = 0; k1 < rows_; ++k1) {
    for (int c = 0; c < columns_; ++c) twiddle_.push_back(unit(c * (k1 + 0.25) / size));
  }
  if (rows_ == 1) return;
  down_.emplace(ComplexFft::Layout{rows_, batch, batch, columns_});
  up_.emplace(ComplexFft::Layout{rows_, batch, columns_, batch});
}

void SteppedFft::forward_columns(int step, const float* x, Complex* work) const noexcept {
  const float* upper = x + size();
  if (rows_ == 1) {
    for (int c = 0; c < columns_; ++c) work[c] = {x[c], -upper[c]};
    return;
  }
  Scratch<most_rows * batch> scratch;
  Complex* points = scratch.data();  // [R][batch]
  const int first = step * batch;
  for (int r = 0; r < rows_; ++r) {
    for (int i = 0; i < batch; ++i) {
      const int n = columns_ * r + first + i;
      points[batch * r + i] = multiply({x[n], -upper[n]}, twist_[r]);
    }
  }
  down_->forward(points, work + first);
}

void SteppedFft::forward_row(int row, const Complex* work, Complex* bins) const noexcept {
  Scratch<longest_row> scratch;
  Complex* twisted = scratch.data();
  const Complex *in = work + columns_ * row, *twiddle = twiddle_.data() + columns_ * row;
  for (int c = 0; c < columns_; ++c) twisted[c] = multiply(in[c], twiddle[c]);
  along_row_.forward(twisted, bins);
}

void SteppedFft::inverse_row(int row, const Complex* bins, Complex* work) const noexcept {
  Complex* out = work + columns_ * row;
  const Complex* twiddle = twiddle_.data() + columns_ * row;
  along_row_.inverse(bins, out);
  for (int c = 0; c < columns_; ++c) out[c] = multiply(out[c], std::conj(twiddle[c]));
}

void SteppedFft::inverse_columns(int step, const Complex* work, float* upper) const noexcept {
  if (rows_ == 1) {
    for (int c = 0; c < columns_; ++c) upper[c] = -work[c].imag();
    return;
  }
  Scratch<most_rows * batch> scratch;
  Complex* points = scratch.data();
  const int first = step * batch;
  up_->inverse(work + first, points);
  for (int r = 0; r < rows_; ++r) {
    for (int i = 0; i < batch; ++i) {
      upper[columns_ * r + first + i] = -multiply(points[batch * r + i], std::conj(twist_[r])).imag();
    }
  }
}

}  // namespace atrous::dsp
