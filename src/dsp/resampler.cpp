#include "dsp/resampler.hpp"

#include <speex/speex_resampler.h>

#include <cmath>
#include <numeric>
#include <sstream>

#include <atrous/error.hpp>

namespace atrous::dsp {

namespace {

constexpr std::uint32_t max_term = 1u << 18;

// The last convergent of the continued fraction of `value` whose terms stay within max_term.
RateRatio nearest_fraction(double value) {
  std::uint64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
  for (int i = 0; i < 64; ++i) {
    const double whole = std::floor(value);
    if (whole > max_term) break;
    const auto a = std::uint64_t(whole);
    const std::uint64_t p2 = a * p1 + p0, q2 = a * q1 + q0;
    if (p2 > max_term || q2 > max_term) break;
    p0 = p1, q0 = q1, p1 = p2, q1 = q2;
    const double rest = value - whole;
    if (rest < 1e-12) break;
    value = 1 / rest;
  }
  return {std::uint32_t(p1), std::uint32_t(q1)};
}

bool whole(double rate) {
  return rate == std::floor(rate) && rate <= max_term;
}

}  // namespace

RateRatio rate_ratio(double from, double to) {
  const double ratio = from / to;
  if (!(from > 0 && to > 0 && ratio <= max_resample_ratio && ratio >= 1 / max_resample_ratio)) {
    std::ostringstream message;
    message << "cannot resample from " << from << " Hz to " << to << " Hz: expected positive rates within a factor of "
            << max_resample_ratio;
    throw Error(ErrorCode::argument, message.str());
  }
  if (!whole(from) || !whole(to)) return nearest_fraction(ratio);
  const auto a = std::uint32_t(from), b = std::uint32_t(to);
  const std::uint32_t divisor = std::gcd(a, b);
  return {a / divisor, b / divisor};
}

struct Resampler::State {
  RateRatio ratio;
  SpeexResamplerState* speex = nullptr;

  explicit State(RateRatio r) : ratio(r) {
    // The nominal rates only label the filter; the ratio decides. One channel each, since speexdsp's reset clears the
    // memory of the first channel alone.
    int error = RESAMPLER_ERR_SUCCESS;
    speex = speex_resampler_init_frac(1, r.from, r.to, r.from, r.to, resampler_quality, &error);
    if (speex == nullptr || error != RESAMPLER_ERR_SUCCESS) {
      if (speex != nullptr) speex_resampler_destroy(speex);
      throw Error(ErrorCode::argument, std::string("speexdsp: ") + speex_resampler_strerror(error));
    }
  }
  ~State() { speex_resampler_destroy(speex); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Resampler::Resampler(RateRatio ratio) : state_(std::make_unique<State>(ratio)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

int Resampler::process(const float* in, int frames, float* out) noexcept {
  spx_uint32_t taken = spx_uint32_t(frames), made = spx_uint32_t(max_output(frames));
  if (frames == 0) return 0;
  speex_resampler_process_float(state_->speex, 0, in, &taken, out, &made);
  return int(made);
}

int Resampler::max_output(int frames) const noexcept {
  return int((std::int64_t(frames) * state_->ratio.to + state_->ratio.from - 1) / state_->ratio.from) + 1;
}

void Resampler::reset() noexcept {
  speex_resampler_reset_mem(state_->speex);
}

double Resampler::delay() const noexcept {
  return speex_resampler_get_input_latency(state_->speex);
}

}  // namespace atrous::dsp
