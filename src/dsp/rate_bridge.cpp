#include "dsp/rate_bridge.hpp"

#include <algorithm>
#include <cmath>

namespace atrous::dsp {
namespace {

// Between rates that meet less often there is no rest: to catch up would take too long.
constexpr int max_rest_period = 1024;

// Inner samples of the first n outer ones.
int inner_count(RateRatio inward, int n) noexcept {
  return int((std::int64_t(n) * inward.to + inward.from - 1) / inward.from);
}

}  // namespace

RateBridge::RateBridge(double outer_rate, double inner_rate, int channels, int max_block)
    : ratio_(rate_ratio(outer_rate, inner_rate)), silence_(max_block), silence_rows_(channels, silence_.data()) {
  const RateRatio inward = ratio_;
  const RateRatio outward{inward.to, inward.from};
  const double outer_per_inner = double(inward.from) / inward.to;
  period_ = int(inward.from);
  const int max_waiting = int(std::ceil(outer_per_inner)) + 1;
  channels_.reserve(channels);
  for (int c = 0; c < channels; ++c) {
    channels_.push_back({.in = Resampler(inward), .out = Resampler(outward)});
    Channel& channel = channels_.back();
    channel.inner.resize(channel.in.max_output(max_block));
    max_inner_ = int(channel.inner.size()) - 1;
    channel.outer.resize(max_waiting + channel.out.max_output(max_inner_));
    inner_rows_.push_back(channel.inner.data());
    if (period_ <= max_rest_period) channel.loop.resize(period_);
  }
  latency_ = channels_.front().in.delay() + channels_.front().out.delay() * outer_per_inner;
  memory_ = 2 * (std::int64_t(std::ceil(latency_)) + max_waiting);
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
    if (out) std::copy_n(channel.outer.begin(), frames, out[c]);
    std::copy(channel.outer.begin() + frames, channel.outer.begin() + ready, channel.outer.begin());
  }
  waiting_ = ready - frames;
}

void RateBridge::reset() noexcept {
  for (Channel& channel : channels_) {
    channel.in.reset();
    channel.out.reset();
  }
  waiting_ = position_ = 0;
  quiet_ = 0;
  resting_ = false;
}

void RateBridge::stir() noexcept {
  if (resting_) wake();
  quiet_ = 0;
}

bool RateBridge::is_silent(const float* const* in, int frames) const noexcept {
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    if (!std::all_of(in[c], in[c] + frames, [](float x) { return x == 0; })) return false;
  }
  return true;
}

// What push() makes of silence.
int RateBridge::push_silence(int frames) noexcept {
  const int made = inner_count(ratio_, position_ + frames) - inner_count(ratio_, position_);
  for (Channel& channel : channels_) std::fill_n(channel.inner.begin(), made, 0.0f);
  return made;
}

void RateBridge::play(float* const* out, int frames) const noexcept {
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    const std::vector<float>& loop = channels_[c].loop;
    for (int t = 0, at = position_; t < frames; at = 0) {
      const int count = std::min(frames - t, period_ - at);
      std::copy_n(loop.begin() + at, count, out[c] + t);
      t += count;
    }
  }
}

// Takes note of what was played, and whether more silence would bring anything else.
void RateBridge::listen(bool quiet, int inner_frames, const float* const* out, int frames) noexcept {
  if (!quiet || period_ > max_rest_period) {
    quiet_ = 0;
    return;
  }
  quiet_ += frames;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    if (inner_frames > 0) channel.still = channel.inner[0];
    for (int t = 0; t < frames; ++t) channel.loop[(position_ + t) % period_] = out[c][t];
  }
  resting_ = quiet_ >= memory_ + period_;
  rest_ = (position_ + frames) % period_;
}

// Brings the resamplers from where they came to rest to where they would be, in silence.
void RateBridge::wake() noexcept {
  for (int left = (position_ - rest_ + period_) % period_; left > 0;) {
    const int frames = std::min(left, int(silence_.size()));
    const int made = push(silence_rows_.data(), frames);
    for (Channel& channel : channels_) std::fill_n(channel.inner.begin(), made, channel.still);
    pull(made, nullptr, frames);
    left -= frames;
  }
  resting_ = false;
  quiet_ = 0;
}

}  // namespace atrous::dsp
