// FFTs by FFTW.
#include <fftw3.h>

#include <mutex>
#include <vector>

#include <atrous/error.hpp>

#include "dsp/fft.hpp"

namespace atrous::dsp {

namespace {

// FFTW's planner shares state between all plans; executing does not.
std::mutex& planner() {
  static std::mutex mutex;
  return mutex;
}

// FFTW's interface lacks the const: the plans that read from const arrays preserve them.
fftwf_complex* fftw(const std::complex<float>* values) noexcept {
  return reinterpret_cast<fftwf_complex*>(const_cast<std::complex<float>*>(values));
}

// Both directions.
struct Plans {
  fftwf_plan forward = nullptr, inverse = nullptr;

  // `make` makes a plan for a direction.
  template <class Make>
  explicit Plans(const Make& make) {
    const std::lock_guard lock(planner());
    forward = make(FFTW_FORWARD);
    inverse = make(FFTW_BACKWARD);
    if (forward != nullptr && inverse != nullptr) return;
    destroy();
    throw Error(ErrorCode::unsupported, "FFTW has no plan for an FFT of this size");
  }
  ~Plans() {
    const std::lock_guard lock(planner());
    destroy();
  }
  Plans(const Plans&) = delete;
  Plans& operator=(const Plans&) = delete;

 private:
  void destroy() noexcept {
    if (forward != nullptr) fftwf_destroy_plan(forward);
    if (inverse != nullptr) fftwf_destroy_plan(inverse);
  }
};

fftwf_plan plan_real(int size, int direction) {
  std::vector<float> time(size);
  std::vector<std::complex<float>> bins(size / 2 + 1);
  if (direction == FFTW_FORWARD) {
    return fftwf_plan_dft_r2c_1d(size, time.data(), fftw(bins.data()), FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  }
  return fftwf_plan_dft_c2r_1d(size, fftw(bins.data()), time.data(), FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
}

fftwf_plan plan_complex(const ComplexFft::Layout& layout, int direction) {
  std::vector<std::complex<float>> in(std::size_t(layout.size) * layout.in_stride);
  std::vector<std::complex<float>> out(std::size_t(layout.size) * layout.out_stride);
  return fftwf_plan_many_dft(1, &layout.size, layout.count, fftw(in.data()), nullptr, layout.in_stride, 1,
                             fftw(out.data()), nullptr, layout.out_stride, 1, direction,
                             FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
}

}  // namespace

struct RealFft::State {
  explicit State(int n) : size(n), plans([n](int direction) { return plan_real(n, direction); }) {}
  int size;
  Plans plans;
};
struct ComplexFft::State {
  explicit State(const Layout& layout) : plans([&layout](int direction) { return plan_complex(layout, direction); }) {}
  Plans plans;
};

RealFft::RealFft(int size) {
  check_fft(size);
  state_ = std::make_shared<const State>(size);
}

int RealFft::size() const noexcept {
  return state_->size;
}

void RealFft::forward(const float* time, std::complex<float>* spectrum) const noexcept {
  fftwf_execute_dft_r2c(state_->plans.forward, const_cast<float*>(time), fftw(spectrum));
}

void RealFft::inverse(std::complex<float>* spectrum, float* time) const noexcept {
  fftwf_execute_dft_c2r(state_->plans.inverse, fftw(spectrum), time);
}

ComplexFft::ComplexFft(const Layout& layout) {
  check_fft(layout);
  state_ = std::make_shared<const State>(layout);
}

void ComplexFft::forward(const std::complex<float>* in, std::complex<float>* out) const noexcept {
  fftwf_execute_dft(state_->plans.forward, fftw(in), fftw(out));
}

void ComplexFft::inverse(const std::complex<float>* in, std::complex<float>* out) const noexcept {
  fftwf_execute_dft(state_->plans.inverse, fftw(in), fftw(out));
}

}  // namespace atrous::dsp
