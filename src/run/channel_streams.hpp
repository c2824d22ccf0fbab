// A network over all channels of an effect, at the model's rate.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/oversampler.hpp"
#include "model/limits.hpp"
#include "network/tuned.hpp"
#include "run/knob_rows.hpp"
#include "stream/block.hpp"

namespace atrous::run {

inline constexpr int max_effect_channels = 64;
static_assert(max_effect_channels >= model::max_audio_channels);

// process() and reset() are real-time safe; the floating-point state is the caller's to set (FloatingPointScope).
class ChannelStreams {
 public:
  // Prewarms, with the knobs at these values, one each, or where they stand by default. The plan must outlive it;
  // `channels` is a multiple of the model's inputs. With `rests`, streams that have settled in silence do not run until
  // it ends. With a filter the model runs at as many times its rate as that has phases, its memory reaching back as
  // long as before: a stream for each of the signal's phases, inside a dsp::Oversampler.
  ChannelStreams(const network::Plan& plan, int channels, bool rests = true, std::span<const double> knobs = {},
                 const dsp::OversamplingFilter* filter = nullptr);

  // Samples by which what comes out is late, at low frequencies.
  double latency() const noexcept { return latency_; }

  // In place over rows [channels], of any number of frames.
  void process(float* const* rows, int frames) noexcept;

  // The same for the rows [inputs] of one of the model's. Whether it rested all through: then it does while silence
  // lasts, and its output stays as it is.
  bool process(std::size_t channel, float* const* rows, int frames) noexcept;

  // Turns a knob to a value that it can reach, for all channels, over so many frames from the next on.
  void turn(std::size_t knob, double value, int frames) noexcept;
  // From the next frame on the knobs move as those of the others, which are of the same model in another size.
  void follow_knobs(const ChannelStreams& others) noexcept;

  // Samples of output that were not finite, and became silence.
  std::uint64_t silenced() const noexcept { return silenced_ + (front_ ? front_->silenced() : 0); }

  // Back to the prewarmed state, with the knobs where they were turned last.
  void reset() noexcept;

  // The same a little at a time: from begin_reset() on, and before it runs again, the share of some frames, until there
  // are no more.
  void begin_reset() noexcept;
  void reset_some(int frames) noexcept;
  std::int64_t frames_until_ready() const noexcept;

  // Samples that it must read until nothing before them matters.
  std::int64_t settling() const noexcept {
    const int filters = oversamplers_.empty() ? 0 : dsp::Oversampler::memory;
    return network::settling_length(*plan_) + filters + (front_ ? front_->settling() : 0);
  }

 private:
  void prewarm();
  void start();
  void finish_reset() noexcept;
  bool oversample(std::size_t channel, float* const* rows, int frames) noexcept;
  bool run(std::size_t stream, float* const* rows, int frames) noexcept;
  void tune(std::size_t stream, int ahead) noexcept;
  int hold_weights(std::size_t stream) noexcept;
  void give(kernels::Rows out, float* const* rows, int frames) noexcept;

  const network::Plan* plan_;
  std::unique_ptr<ChannelStreams> front_;  // of the model in front, for every stream
  bool rests_;
  double latency_ = 0;
  std::vector<std::unique_ptr<network::TunedPlan>> tuned_;  // of each stream, where knobs change weights
  std::vector<stream::BlockStream> streams_;    // one per channel, or one for a model of several inputs; of each phase
  std::vector<dsp::Oversampler> oversamplers_;  // of each channel, or none
  std::vector<std::int64_t> quiet_;             // samples for which each has read silence, and its streams rested
  std::vector<float> still_;                    // [inputs] what silence gives
  std::vector<KnobRows> knobs_;                 // of each stream: they run one after the other
  stream::BlockStream::Snapshot start_;         // what reset() goes back to
  std::size_t restored_ = 0;                    // floats of every stream that are as they were at the start
  std::uint64_t silenced_ = 0;
};

}  // namespace atrous::run
