// FFTs by Eigen, headers alone. Its public class makes its tables at the first transform of each size, which allocates,
// and may not be shared by threads; the tables themselves may, once they are made.
#include <algorithm>
#include <numbers>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "dsp/fft.hpp"

namespace atrous::dsp {
namespace {

using Complex = std::complex<float>;
using Tables = Eigen::internal::kiss_cpx_fft<float>;

Tables make_tables(int size, bool inverse) {
  Tables tables;
  tables.make_twiddles(size, inverse);
  tables.factorize(size);
  return tables;
}

// Both directions of one size.
struct Plans {
  Tables forward, inverse;

  explicit Plans(int size) : forward(make_tables(size, false)), inverse(make_tables(size, true)) {}
};

// in: point n at [n · stride] -> out [size]. Prime factors above 5 want room to work in, which is then a copy's.
template <class Source>
void transform(const Tables& tables, const Source* in, int stride, Complex* out) {
  if (tables.m_twiddles.size() == 1) {
    *out = *in;
  } else if (tables.m_scratchBuf.empty()) {
    const_cast<Tables&>(tables).work(0, out, in, 1, std::size_t(stride));  // changes nothing but that room
  } else {
    Tables(tables).work(0, out, in, 1, std::size_t(stride));
  }
}

Complex times(Complex a, Complex b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

// Even sizes: the even samples as real parts and the odd ones as imaginary parts, in half as many points.
struct RealFft::State {
  explicit State(int n) : size(n), plans(n % 2 == 0 ? n / 2 : n) {
    for (int k = 0; k <= n / 4; ++k) turns.push_back(Complex(std::polar(1.0, -2 * std::numbers::pi * k / n)));
  }

  void split(Complex* spectrum) const noexcept;
  void join(Complex* spectrum) const noexcept;

  int size;
  Plans plans;
  std::vector<Complex> turns;  // e^(-2πik/size)
};

// With Z the transform of the pairs, h = size / 2 and Z[h] = Z[0]: the bins of even and of odd samples are
//     E[k] = (Z[k] + Z*[h - k]) / 2,   O[k] = (Z[k] - Z*[h - k]) / 2i,   X[k] = E[k] + e^(-2πik/size) O[k].
void RealFft::State::split(Complex* spectrum) const noexcept {
  const int half = size / 2;
  spectrum[half] = spectrum[0];
  for (int k = 0; k <= half / 2; ++k) {
    const Complex a = spectrum[k], b = std::conj(spectrum[half - k]);
    const Complex even = 0.5f * (a + b), odd = times(turns[k], times(Complex(0, -0.5f), a - b));
    spectrum[k] = even + odd;
    spectrum[half - k] = std::conj(even - odd);
  }
}

// The way back, twice as large.
void RealFft::State::join(Complex* spectrum) const noexcept {
  const int half = size / 2;
  spectrum[0].imag(0);
  spectrum[half].imag(0);
  for (int k = 0; k <= half / 2; ++k) {
    const Complex a = spectrum[k], b = std::conj(spectrum[half - k]);
    const Complex even = a + b, odd = times(Complex(0, 1), times(std::conj(turns[k]), a - b));
    spectrum[k] = even + odd;
    spectrum[half - k] = std::conj(even - odd);
  }
}

RealFft::RealFft(int size) {
  check_fft(size);
  state_ = std::make_shared<const State>(size);
}

int RealFft::size() const noexcept {
  return state_->size;
}

void RealFft::forward(const float* time, Complex* spectrum) const noexcept {
  if (size() % 2 == 0) {
    transform(state_->plans.forward, reinterpret_cast<const Complex*>(time), 1, spectrum);
    return state_->split(spectrum);
  }
  auto all = std::vector<Complex>(std::size_t(size()));
  transform(state_->plans.forward, time, 1, all.data());
  std::copy_n(all.data(), bins(), spectrum);
}

void RealFft::inverse(Complex* spectrum, float* time) const noexcept {
  if (size() % 2 == 0) {
    state_->join(spectrum);
    return transform(state_->plans.inverse, spectrum, 1, reinterpret_cast<Complex*>(time));
  }
  auto all = std::vector<Complex>(std::size_t(size())), values = all;
  all[0] = spectrum[0].real();
  for (int k = 1; k < bins(); ++k) {
    all[k] = spectrum[k];
    all[size() - k] = std::conj(spectrum[k]);
  }
  transform(state_->plans.inverse, all.data(), 1, values.data());
  for (int n = 0; n < size(); ++n) time[n] = values[n].real();
}

struct ComplexFft::State {
  explicit State(const Layout& where) : layout(where), plans(where.size) {}

  void run(const Tables& tables, const Complex* in, Complex* out) const noexcept {
    alignas(64) float room[2 * max_complex_fft_size];
    Complex* points = reinterpret_cast<Complex*>(room);
    for (int i = 0; i < layout.count; ++i) {
      if (layout.out_stride == 1) {
        transform(tables, in, layout.in_stride, out);
        continue;
      }
      transform(tables, in + i, layout.in_stride, points);
      for (int n = 0; n < layout.size; ++n) out[n * layout.out_stride + i] = points[n];
    }
  }

  Layout layout;
  Plans plans;
};

ComplexFft::ComplexFft(const Layout& layout) {
  check_fft(layout);
  state_ = std::make_shared<const State>(layout);
}

void ComplexFft::forward(const Complex* in, Complex* out) const noexcept {
  state_->run(state_->plans.forward, in, out);
}

void ComplexFft::inverse(const Complex* in, Complex* out) const noexcept {
  state_->run(state_->plans.inverse, in, out);
}

}  // namespace atrous::dsp
