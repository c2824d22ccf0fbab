// Runs a process of one sample rate inside a signal of another: resampled on the way in, and back on the way out.
#pragma once

#include <vector>

#include "dsp/resampler.hpp"

namespace atrous::dsp {

// For n samples of the outer signal the inner process gets ceil(n·inner/outer), and those give at least n
// outer samples back: so every call returns as many samples as it was given, with no delay but that of the filters, and
// the result does not depend on how the signal is cut into calls. The few samples too many wait for the next call.
// One thread at a time; process() and reset() are real-time safe where the inner process is.
class RateBridge {
 public:
  // Throws Error (argument) for rates that rate_ratio() refuses. channels >= 1, max_block >= 1.
  RateBridge(double outer_rate, double inner_rate, int channels, int max_block);

  // The most frames that the inner process is given at once.
  int max_inner_block() const noexcept { return max_inner_; }

  // Delay from input to output in outer samples, of which latency() is the nearest whole number.
  double exact_latency() const noexcept { return latency_; }
  int latency() const noexcept;

  // After so many outer samples it stands as at its start, but for what it remembers: all phases are zero again.
  int period() const noexcept { return period_; }

  // `frames` is 0 to max_block; in[c] and out[c] may be the same array; inputs are finite. inner(float* const*
  // channels, int frames) is called at most once, works in place, and is noexcept.
  template <class Inner>
  void process(const float* const* in, float* const* out, int frames, Inner&& inner) noexcept {
    const int inner_frames = push(in, frames);
    if (inner_frames > 0) inner(inner_rows_.data(), inner_frames);
    pull(inner_frames, out, frames);
  }

  void reset() noexcept;

 private:
  struct Channel {
    Resampler in, out;
    std::vector<float> inner;  // [max_inner_ + 1]
    std::vector<float> outer;  // what came back: `waiting_` samples from earlier calls, then this call's
  };

  int push(const float* const* in, int frames) noexcept;
  void pull(int inner_frames, float* const* out, int frames) noexcept;

  std::vector<Channel> channels_;
  std::vector<float*> inner_rows_;
  int max_inner_ = 0;
  int waiting_ = 0;
  int period_ = 1;
  double latency_ = 0;
};

}  // namespace atrous::dsp
