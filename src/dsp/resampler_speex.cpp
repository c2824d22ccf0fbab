// The resampler by speexdsp.
#include <speex/speex_resampler.h>

#include <string>

#include <atrous/error.hpp>

#include "dsp/resampler.hpp"

namespace atrous::dsp {

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
