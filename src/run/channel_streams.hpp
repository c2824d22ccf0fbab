// A network over all channels of an effect, at the model's rate.
#pragma once

#include <cstdint>
#include <vector>

#include "stream/block.hpp"

namespace atrous::run {

inline constexpr int max_effect_channels = 64;

// process() and reset() are real-time safe; the floating-point state is the caller's to set (FloatingPointScope).
class ChannelStreams {
 public:
  // Prewarms. The plan must outlive it; `channels` is a multiple of the model's inputs.
  ChannelStreams(const network::Plan& plan, int channels);

  // In place over rows [channels], of any number of frames.
  void process(float* const* rows, int frames) noexcept;

  // Back to the prewarmed state.
  void reset() noexcept;

  // Samples that it must hear until nothing before them matters.
  std::int64_t settling() const noexcept { return network::settling_length(*plan_); }

 private:
  void prewarm();

  const network::Plan* plan_;
  std::vector<stream::BlockStream> streams_;  // one per channel, or one for a model of several inputs
  stream::BlockStream::Snapshot start_;       // what reset() goes back to
};

}  // namespace atrous::run
