#include "dsp/rate_bridge.hpp"

#include <algorithm>
#include <cmath>

namespace atrous::dsp {

RateBridge::RateBridge(double outer_rate, double inner_rate, int channels, int max_block) {
  const RateRatio inward = rate_ratio(outer_rate, inner_rate);
  const RateRatio outward{inward.to, inward.from};
  const double outer_per_inner = double(inward.from) / inward.to;
  period_ = int(inward.from);
  const int max_waiting = int(std::ceil(outer_per_inner)) + 1;
  channels_.reserve(channels);
  for (int c = 0; c < channels; ++c) {
    channels_.push_back({Resampler(inward), Resampler(outward), {}, {}});
    Channel& channel = channels_.back();
    channel.inner.resize(channel.in.max_output(max_block));
    max_inner_ = int(channel.inner.size()) - 1;
    channel.outer.resize(max_waiting + channel.out.max_output(max_inner_));
    inner_rows_.push_back(channel.inner.data());
  }
  latency_ = channels_.front().in.delay() + channels_.front().out.delay() * outer_per_inner;
}

int RateBridge::latency() const noexcept {
  return int(std::lround(latency_));
}

int RateBridge::push(const float* const* in, int frames) noexcept {
  int made = 0;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    made = channels_[c].in.process(in[c], frames, channels_[c].inner.data());
  }
  return made;
}

void RateBridge::pull(int inner_frames, float* const* out, int frames) noexcept {
  int ready = waiting_;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    ready = waiting_ + channel.out.process(channel.inner.data(), inner_frames, channel.outer.data() + waiting_);
    std::copy_n(channel.outer.begin(), frames, out[c]);
    std::copy(channel.outer.begin() + frames, channel.outer.begin() + ready, channel.outer.begin());
  }
  waiting_ = ready - frames;
}

void RateBridge::reset() noexcept {
  for (Channel& channel : channels_) {
    channel.in.reset();
    channel.out.reset();
  }
  waiting_ = 0;
}

}  // namespace atrous::dsp
