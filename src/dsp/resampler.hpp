// Streaming resampling over speexdsp: fixed delay, no allocation once built.
#pragma once

#include <cstdint>
#include <memory>

namespace atrous::dsp {

// speexdsp's scale is 0 to 10. 5 keeps the delay at 40 samples of the lower rate, the passband to 92 % of its half, and
// errors below -90 dB; each step up costs delay and time.
inline constexpr int resampler_quality = 5;
inline constexpr double max_resample_ratio = 64;

// A ratio of rates in lowest terms.
struct RateRatio {
  std::uint32_t from = 1, to = 1;
};

// The ratio of two rates in Hz: exact where both are whole numbers or simple fractions, else the nearest fraction with
// terms up to 2^18 (off by less than 1e-9). Throws Error (argument) for rates that are not positive and finite or a
// ratio beyond max_resample_ratio either way.
RateRatio rate_ratio(double from, double to);

// One channel. One thread at a time; process() and reset() are real-time safe.
class Resampler {
 public:
  explicit Resampler(RateRatio ratio);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // Takes all `frames` of `in` and returns the samples written to `out`: ceil(n·to/from) in all after n samples since
  // the start, however they are cut. `out` has room for max_output(frames). Finite input below 1e30 gives finite
  // output.
  int process(const float* in, int frames, float* out) noexcept;
  int max_output(int frames) const noexcept;  // one more than can come out: speexdsp leaves input behind when full
  void reset() noexcept;

  double delay() const noexcept;  // in input samples, exact: a whole number

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous::dsp
