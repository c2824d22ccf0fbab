// Runs a process of one sample rate inside a signal of another: resampled on the way in, and back on the way out.
#pragma once

#include <cstdint>
#include <vector>

#include "dsp/resampler.hpp"

namespace atrous::dsp {

// For n samples of the outer signal the inner process gets ceil(n·inner/outer), and those give at least n
// outer samples back: so every call returns as many samples as it was given, with no delay but that of the filters, and
// the result does not depend on how the signal is cut into calls. The few samples too many wait for the next call.
//
// In silence it comes to rest. Once filters and inner process have read nothing else for as long as they remember,
// what comes out repeats with the phases of the resamplers, and is played from memory; when sound comes, the resamplers
// catch up with the phase, by less than a period. One thread at a time; process() and reset() are real-time safe where
// the inner process is.
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
  // channels, int frames) is called at most once, works in place, and is noexcept. It says whether all that it gave is
  // one value a channel, and stays so while it reads zeros.
  template <class Inner>
  void process(const float* const* in, float* const* out, int frames, Inner&& inner) noexcept {
    const bool silent = is_silent(in, frames);
    if (resting_ && !silent) wake();
    const int inner_frames = resting_ ? push_silence(frames) : push(in, frames);
    const bool still = inner_frames == 0 || inner(inner_rows_.data(), inner_frames);
    if (resting_) {
      play(out, frames);
    } else {
      pull(inner_frames, out, frames);
      listen(silent && still, inner_frames, out, frames);
    }
    position_ = (position_ + frames) % period_;
  }

  void reset() noexcept;

  // What the inner process gives may change now, although it reads silence.
  void stir() noexcept;

 private:
  struct Channel {
    Resampler in, out;
    std::vector<float> inner{};  // [max_inner_ + 1]
    std::vector<float> outer{};  // what came back: `waiting_` samples from earlier calls, then this call's
    std::vector<float> loop{};   // [period_]: what came back last at each position
    float still = 0;             // what the inner process gave last
  };

  int push(const float* const* in, int frames) noexcept;
  void pull(int inner_frames, float* const* out, int frames) noexcept;
  bool is_silent(const float* const* in, int frames) const noexcept;
  int push_silence(int frames) noexcept;
  void play(float* const* out, int frames) const noexcept;
  void listen(bool quiet, int inner_frames, const float* const* out, int frames) noexcept;
  void wake() noexcept;

  std::vector<Channel> channels_;
  std::vector<float*> inner_rows_;
  RateRatio ratio_;
  int max_inner_ = 0;
  int waiting_ = 0;
  int period_ = 1, position_ = 0;  // position: outer samples modulo the period
  double latency_ = 0;

  std::vector<float> silence_;              // [max_block]
  std::vector<const float*> silence_rows_;  // every one is silence_
  std::int64_t quiet_ = 0, memory_ = 0;     // outer samples of nothing but silence; as many as the filters remember
  bool resting_ = false;
  int rest_ = 0;  // position at which the resamplers stand meanwhile
};

}  // namespace atrous::dsp
