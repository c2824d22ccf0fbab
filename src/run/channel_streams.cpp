#include "run/channel_streams.hpp"

#include <algorithm>

#include "model/cost.hpp"
#include "stream/floating_point.hpp"

namespace atrous::run {

ChannelStreams::ChannelStreams(const network::Plan& plan, int channels) : plan_(&plan) {
  for (int c = 0; c < channels; c += plan.info.inputs) streams_.emplace_back(plan);
  prewarm();
}

// Zeros for a receptive field, so that biases have spread to where silence holds them; zeroed queues would click.
void ChannelStreams::prewarm() {
  const stream::FloatingPointScope scope;
  stream::BlockStream& stream = streams_.front();
  const std::vector<float> zeros(stream::block_frames, 0.0f);
  const std::vector<const float*> in(static_cast<std::size_t>(plan_->info.inputs), zeros.data());
  const std::int64_t length = model::prewarm_length(plan_->config);
  const int first = static_cast<int>(length % stream::block_frames);
  stream.reset(first);
  if (first > 0) stream.run({in.data()}, first);
  for (std::int64_t t = first; t < length; t += stream::block_frames) stream.run({in.data()}, stream::block_frames);
  start_ = stream.snapshot();
  reset();
}

void ChannelStreams::reset() noexcept {
  for (stream::BlockStream& stream : streams_) stream.restore(start_);
}

void ChannelStreams::process(float* const* rows, int frames) noexcept {
  const int inputs = plan_->info.inputs, outputs = plan_->info.outputs;
  for (int t = 0; t < frames; t += stream::block_frames) {
    const int count = std::min(frames - t, stream::block_frames);
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      float* block[max_effect_channels];
      for (int i = 0; i < inputs; ++i) block[i] = rows[static_cast<int>(s) * inputs + i] + t;
      const kernels::Rows out = streams_[s].run({block}, count);
      for (int i = 0; i < inputs; ++i) {
        const float* row = out.data + std::min(i, outputs - 1) * out.stride;
        std::copy(row, row + count, block[i]);
      }
    }
  }
}

}  // namespace atrous::run
