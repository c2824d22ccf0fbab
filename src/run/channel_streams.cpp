#include "run/channel_streams.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "model/cost.hpp"
#include "run/guard.hpp"
#include "stream/finite.hpp"
#include "stream/floating_point.hpp"

namespace atrous::run {
namespace {

// Floats of a stream whose copying takes a fraction of the time that the least of models needs for a frame.
constexpr std::size_t restored_per_frame = 64;

// Reads what is not finite as 0, and makes zeros positive, so that silence is the same bits whoever made it. Whether
// that is all there is.
bool clean(float* const* rows, int count, int frames) noexcept {
  std::uint32_t bits = 0;
  for (int i = 0; i < count; ++i) {
    for (int t = 0; t < frames; ++t) {
      const float x = rows[i][t] + 0.0f;
      rows[i][t] = stream::finite(x) ? x : 0.0f;
      bits |= std::bit_cast<std::uint32_t>(rows[i][t]);
    }
  }
  return bits == 0;
}

}  // namespace

ChannelStreams::ChannelStreams(const network::Plan& plan, int channels, bool rests, std::span<const double> knobs,
                               const dsp::OversamplingFilter* filter)
    : plan_(&plan), rests_(rests), latency_(filter ? filter->delay : 0) {
  const int oversample = filter ? int(filter->phases.size()) : 1;
  if (plan.front) {
    const std::size_t first = plan.front->info.knobs.size();
    const auto own = knobs.empty() ? knobs : knobs.subspan(first);
    front_ = std::make_unique<ChannelStreams>(*plan.front, channels * oversample, rests,
                                              knobs.empty() ? knobs : knobs.first(first));
    knobs = own;
  }
  for (int c = 0; c < channels; c += plan.info.inputs) {
    for (int phase = 0; phase < oversample; ++phase) {
      if (plan.tuning) tuned_.push_back(std::make_unique<network::TunedPlan>(plan));
      streams_.emplace_back(plan.tuning ? tuned_.back()->plan() : plan);
      knobs_.emplace_back(plan.config.knobs, knobs);
      if (plan.tuning) tune(streams_.size() - 1, 0);
    }
    if (!filter) continue;
    oversamplers_.emplace_back(*filter, plan.info.inputs, stream::block_frames);
    quiet_.push_back(0);
  }
  still_.resize(std::size_t(plan.info.inputs));
  prewarm();
}

// Zeros for a receptive field, so that biases have spread to where silence holds them; zeroed queues would click.
void ChannelStreams::prewarm() {
  const stream::FloatingPointScope scope;
  stream::BlockStream& stream = streams_.front();
  std::vector<float> zeros(std::size_t(plan_->info.inputs) * stream::block_frames, 0.0f);
  float* in[max_effect_channels];
  for (int i = 0; i < plan_->info.inputs; ++i) in[i] = zeros.data() + i * stream::block_frames;
  knobs_.front().show(in + plan_->info.inputs, stream::block_frames);
  const std::int64_t length = model::prewarm_length(plan_->config);
  if (model::settles_by_queues(plan_->config)) {  // to the same bits
    stream.settle_at_once({in});
    return start();
  }
  const int first = int(length % stream::block_frames);
  stream.reset(first);
  const auto run = [&](int frames) {  // silence, or what the model in front makes of it
    std::fill(zeros.begin(), zeros.end(), 0.0f);
    if (front_) front_->run(0, in, frames);
    stream.run({in}, frames);
  };
  if (first > 0) run(first);
  for (std::int64_t t = first; t < length; t += stream::block_frames) run(stream::block_frames);
  start();
}

// From here on the first stream's state is where all of them begin. What it gives in silence is what the filters of
// oversampling have read of it before.
void ChannelStreams::start() {
  start_ = streams_.front().snapshot();
  float* rows[max_effect_channels];
  for (std::size_t i = 0; i < still_.size(); ++i) rows[i] = &still_[i];
  run(0, rows, 1);
  silenced_ = 0;
  reset();
}

void ChannelStreams::begin_reset() noexcept {
  restored_ = 0;
  if (front_) front_->begin_reset();
}

void ChannelStreams::reset() noexcept {
  if (front_) front_->reset();
  for (stream::BlockStream& stream : streams_) stream.restore(start_);
  finish_reset();
}

void ChannelStreams::finish_reset() noexcept {
  for (std::size_t s = 0; s < knobs_.size(); ++s) {
    const bool moved = knobs_[s].moving();
    knobs_[s].finish();
    if (moved && !tuned_.empty()) tune(s, 0);
  }
  for (dsp::Oversampler& oversampler : oversamplers_) oversampler.reset(still_);
  std::fill(quiet_.begin(), quiet_.end(), 0);
}

void ChannelStreams::turn(std::size_t knob, double value, int frames) noexcept {
  const std::size_t first = front_ ? plan_->front->info.knobs.size() : 0;
  if (knob < first) return front_->turn(knob, value, frames);
  knob -= first;
  for (KnobRows& knobs : knobs_) knobs.turn(knob, value, frames);
}

void ChannelStreams::follow_knobs(const ChannelStreams& others) noexcept {
  if (front_ && others.front_) front_->follow_knobs(*others.front_);
  for (std::size_t s = 0; s < knobs_.size(); ++s) knobs_[s] = others.knobs_[s];
}

void ChannelStreams::reset_some(int frames) noexcept {
  if (front_) front_->reset_some(frames);
  const std::size_t count = std::min(restored_per_frame * std::size_t(frames), start_.size() - restored_);
  for (stream::BlockStream& stream : streams_) stream.restore_floats(start_, restored_, count);
  restored_ += count;
  if (restored_ < start_.size()) return;
  for (stream::BlockStream& stream : streams_) stream.finish_restoring(start_);
  finish_reset();
}

std::int64_t ChannelStreams::frames_until_ready() const noexcept {
  const auto own = std::int64_t((start_.size() - restored_ + restored_per_frame - 1) / restored_per_frame);
  return front_ ? std::max(own, front_->frames_until_ready()) : own;
}

void ChannelStreams::process(float* const* rows, int frames) noexcept {
  const std::size_t count = oversamplers_.empty() ? streams_.size() : oversamplers_.size();
  for (std::size_t c = 0; c < count; ++c) process(c, rows + c * std::size_t(plan_->info.inputs), frames);
}

bool ChannelStreams::process(std::size_t channel, float* const* rows, int frames) noexcept {
  if (oversamplers_.empty()) return run(channel, rows, frames);
  bool rested = true;
  for (int t = 0; t < frames; t += stream::block_frames) {
    float* part[max_effect_channels];
    for (int i = 0; i < plan_->info.inputs; ++i) part[i] = rows[i] + t;
    rested = oversample(channel, part, std::min(frames - t, stream::block_frames)) && rested;
  }
  return rested;
}

// At most a block. Once the filters have read nothing but silence, and what it gives, for as long as they remember,
// they give one value.
bool ChannelStreams::oversample(std::size_t channel, float* const* rows, int frames) noexcept {
  dsp::Oversampler& oversampler = oversamplers_[channel];
  const auto phases = std::size_t(oversampler.factor());
  const bool silent = clean(rows, plan_->info.inputs, frames);
  oversampler.up(rows, frames);
  bool rested = true;
  for (std::size_t p = 0; p < phases; ++p) {
    rested = run(channel * phases + p, oversampler.phase(int(p)), frames) && rested;
  }
  oversampler.down(rows, frames);
  const bool still = quiet_[channel] >= dsp::Oversampler::memory;
  quiet_[channel] = silent && rested ? quiet_[channel] + frames : 0;
  return still && quiet_[channel] > 0;
}

// Where the state is lost at a frame, the next one is the first of a fresh stream. What follows runs in pieces that
// start small, so that a model that is lost at every frame costs little more than one that is not.
bool ChannelStreams::run(std::size_t index, float* const* rows, int frames) noexcept {
  stream::BlockStream& stream = streams_[index];
  KnobRows& knobs = knobs_[index];
  const int inputs = plan_->info.inputs;
  bool rested = !front_ || front_->run(index, rows, frames);
  int most = stream::block_frames;
  for (int t = 0; t < frames;) {
    const int count = std::min({frames - t, most, hold_weights(index)});
    float* block[max_effect_channels];
    for (int i = 0; i < inputs; ++i) block[i] = rows[i] + t;
    knobs.show(block + inputs, count);
    const bool silent = clean(block, inputs, count) && !knobs.moving() && rests_;
    rested = rested && silent && stream.settled();
    const kernels::Rows out = silent ? stream.run_silence({block}, count) : stream.run({block}, count);
    const bool lost = stream.lost() < count;
    const int good = lost ? stream.lost() + 1 : count;
    give(out, block, good);
    knobs.pass(good);
    if (lost) stream.recover(start_);
    most = lost ? 1 : std::min(2 * most, stream::block_frames);
    t += good;
  }
  return rested;
}

// Gives a stream the weights of where its knobs stand in so many frames.
void ChannelStreams::tune(std::size_t index, int ahead) noexcept {
  float rows[model::max_audio_channels];
  knobs_[index].hold(ahead, rows);
  tuned_[index]->set({rows, std::size_t(knobs_[index].count())});
  streams_[index].renew_weights();
}

// Where knobs that move change weights, those change every so many frames from the turn on, whatever the blocks: to
// where the knobs come meanwhile. Returns for how many frames they are held.
int ChannelStreams::hold_weights(std::size_t index) noexcept {
  const KnobRows& knobs = knobs_[index];
  if (tuned_.empty() || !knobs.moving()) return stream::block_frames;
  const int held = knobs.passed() % stream::block_frames;
  if (held == 0) tune(index, std::min(stream::block_frames, knobs.left()) - 1);
  return stream::block_frames - held;
}

// The output in place of the input; what is not finite is silence.
void ChannelStreams::give(kernels::Rows out, float* const* rows, int frames) noexcept {
  for (int i = 0; i < plan_->info.inputs; ++i) {
    const float* row = out.data + std::min(i, plan_->info.outputs - 1) * out.stride;
    std::copy(row, row + frames, rows[i]);
    silenced_ += guard(rows[i], std::size_t(frames), std::numeric_limits<float>::max());
  }
}

}  // namespace atrous::run
