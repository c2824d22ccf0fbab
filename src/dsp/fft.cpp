#include "dsp/fft.hpp"

#include <string>
#include <vector>

#include <atrous/error.hpp>

#ifdef ATROUS_FFTW
#include <fftw3.h>

#include <mutex>
#endif

namespace atrous::dsp {

#ifdef ATROUS_FFTW

namespace {

// FFTW's planner shares state between all plans; executing does not.
std::mutex& planner() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

struct RealFft::State {
  int size;
  fftwf_plan forward = nullptr, inverse = nullptr;

  explicit State(int n) : size(n) {
    std::vector<float> time(n);
    std::vector<std::complex<float>> spectrum(n / 2 + 1);
    auto* bins = reinterpret_cast<fftwf_complex*>(spectrum.data());
    const std::lock_guard lock(planner());
    forward = fftwf_plan_dft_r2c_1d(n, time.data(), bins, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    inverse = fftwf_plan_dft_c2r_1d(n, bins, time.data(), FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  }
  ~State() {
    const std::lock_guard lock(planner());
    if (forward != nullptr) fftwf_destroy_plan(forward);
    if (inverse != nullptr) fftwf_destroy_plan(inverse);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

bool fft_available() noexcept {
  return true;
}

RealFft::RealFft(int size) {
  if (size < 2 || size > kMaxFftSize) {
    throw Error(ErrorCode::argument,
                "FFT size " + std::to_string(size) + ", expected 2 to " + std::to_string(kMaxFftSize));
  }
  state_ = std::make_unique<State>(size);
  if (state_->forward == nullptr || state_->inverse == nullptr) {
    throw Error(ErrorCode::unsupported, "FFTW has no plan for size " + std::to_string(size));
  }
}

int RealFft::size() const noexcept {
  return state_->size;
}

void RealFft::forward(const float* time, std::complex<float>* spectrum) const noexcept {
  // The plan preserves its input; FFTW's interface merely lacks the const.
  fftwf_execute_dft_r2c(state_->forward, const_cast<float*>(time), reinterpret_cast<fftwf_complex*>(spectrum));
}

void RealFft::inverse(std::complex<float>* spectrum, float* time) const noexcept {
  fftwf_execute_dft_c2r(state_->inverse, reinterpret_cast<fftwf_complex*>(spectrum), time);
}

#else

struct RealFft::State {};

bool fft_available() noexcept {
  return false;
}

RealFft::RealFft(int) {
  throw Error(ErrorCode::unsupported, "Atrous was built without FFTW (ATROUS_FFTW=OFF), which this needs");
}

int RealFft::size() const noexcept {
  return 0;
}
void RealFft::forward(const float*, std::complex<float>*) const noexcept {}
void RealFft::inverse(std::complex<float>*, float*) const noexcept {}

#endif

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

}  // namespace atrous::dsp
