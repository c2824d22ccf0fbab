#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "dsp/rate_bridge.hpp"
#include "model/access.hpp"
#include "model/cost.hpp"
#include "model/knobs.hpp"
#include "model/sizes.hpp"
#include "network/access.hpp"
#include "run/channel_streams.hpp"
#include "run/guard.hpp"
#include "stream/floating_point.hpp"

namespace atrous {
namespace {

constexpr std::size_t max_max_block = 1 << 20;
constexpr int max_channels = run::max_effect_channels;
constexpr double crossfade_seconds = 0.01;
constexpr int max_knob_ramp = 10;  // seconds

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, message);
}

void check_knobs(const std::vector<KnobInfo>& knobs, const EffectOptions& options) {
  if (!(options.knob_ramp >= 0 && options.knob_ramp <= max_knob_ramp)) {
    refuse("effect: knob_ramp is not 0 to " + std::to_string(max_knob_ramp) + " s");
  }
  if (options.knobs.empty()) return;
  if (options.knobs.size() != knobs.size()) {
    refuse("effect: there are " + std::to_string(options.knobs.size()) + " values for knobs, expected " +
           std::to_string(knobs.size()));
  }
  for (std::size_t i = 0; i < knobs.size(); ++i) knob_value(knobs[i], model::number_text(options.knobs[i]));
}

void check(const NetworkInfo& info, const EffectOptions& options) {
  if (info.generates) refuse("effect: the model's output is a distribution; it generates sound and is no effect");
  if (info.features) refuse("effect: the model is conditioned on features; an effect hears only its signal");
  if (options.max_block < 1 || options.max_block > max_max_block) {
    refuse("effect: max_block is " + std::to_string(options.max_block) + ", expected 1 to " +
           std::to_string(max_max_block));
  }
  if (options.channels < 1 || options.channels > max_channels) {
    refuse("effect: channels is " + std::to_string(options.channels) + ", expected 1 to " +
           std::to_string(max_channels));
  }
  if (info.inputs > 1 && options.channels != info.inputs) {
    refuse("effect: channels is " + std::to_string(options.channels) + ", but the model takes exactly " +
           std::to_string(info.inputs));
  }
  if (info.outputs != 1 && info.outputs != info.inputs) {
    refuse("effect: the model has " + std::to_string(info.inputs) + " inputs and " + std::to_string(info.outputs) +
           " outputs, expected as many outputs as inputs, or one");
  }
  if (options.sample_rate && !(std::isfinite(*options.sample_rate) && *options.sample_rate > 0)) {
    refuse("effect: sample_rate is not a rate in Hz");
  }
  if (!std::isfinite(options.input_gain)) refuse("effect: input_gain is not finite");
  if (!std::isfinite(options.output_gain)) refuse("effect: output_gain is not finite");
  if (options.oversample != 1 && options.oversample != 2 && options.oversample != 4 && options.oversample != 8) {
    refuse("effect: oversample is " + std::to_string(options.oversample) + ", expected 1, 2, 4 or 8");
  }
  check_knobs(info.knobs, options);
  if (!(std::isfinite(options.ceiling) && options.ceiling > 0)) refuse("effect: ceiling is not above 0 and finite");
}

EffectOptions checked(const Network& network, EffectOptions options) {
  for (const auto& plan : Network::Access::plans(network)) {
    check(plan->info, options);
    model::check_streams(plan->config, Model::Access::data(network.model()).name,
                         options.channels / plan->info.inputs * options.oversample);
  }
  return options;
}

// A block of samples, planar.
struct Rows {
  Rows(int channels, std::size_t frames) : samples(std::size_t(channels) * frames) {
    for (std::size_t c = 0; c < std::size_t(channels); ++c) rows.push_back(samples.data() + c * frames);
  }

  std::vector<float> samples;  // [channels][frames]
  std::vector<float*> rows;
};

// What carries one size of the network through the host's signal: the way to the model's rate and back.
struct Lane {
  void start(std::size_t new_size, run::ChannelStreams& new_streams) noexcept;
  void prepare(std::size_t new_size, run::ChannelStreams& new_streams) noexcept;  // the streams begin to be reset
  void process(Rows& block, int start, int frames) noexcept;  // in place, over that part of the block
  void turn(std::size_t knob, double value, int frames) noexcept;

  std::size_t size = 0;
  run::ChannelStreams* streams = nullptr;
  std::vector<dsp::RateBridge> bridges;  // of each stream; none at the model's own rate
};

void Lane::start(std::size_t new_size, run::ChannelStreams& new_streams) noexcept {
  prepare(new_size, new_streams);
  streams->reset();
}

void Lane::prepare(std::size_t new_size, run::ChannelStreams& new_streams) noexcept {
  size = new_size;
  streams = &new_streams;
  streams->begin_reset();
  for (dsp::RateBridge& bridge : bridges) bridge.reset();
}

void Lane::process(Rows& block, int start, int frames) noexcept {
  float* part[max_channels];
  for (std::size_t c = 0; c < block.rows.size(); ++c) part[c] = block.rows[c] + start;
  if (bridges.empty()) return streams->process(part, frames);
  const std::size_t inputs = block.rows.size() / bridges.size();
  for (std::size_t s = 0; s < bridges.size(); ++s) {
    float* const* rows = part + s * inputs;
    bridges[s].process(rows, rows, frames, [this, s](float* const* inner, int count) noexcept {
      return streams->process(s, inner, count);
    });
  }
}

void Lane::turn(std::size_t knob, double value, int frames) noexcept {
  streams->turn(knob, value, frames);
  for (dsp::RateBridge& bridge : bridges) bridge.stir();
}

}  // namespace

// A size is heard until another is wanted. That one starts in a lane of its own, at a sample where a resampler that has
// run all along has the phase of a fresh one; it runs unheard until its past is what it would be had it always run; and
// then a crossfade leads over to it. Before that its state is made that of a prewarmed model, a little in every block:
// to copy all that it remembers takes as long as many of them.
struct Effect::State {
  State(const Network& network, EffectOptions options);

  // Up to max_block frames of the host's, from `start` on.
  void process(std::span<const float* const> in, std::span<float* const> out, std::size_t start, int frames) noexcept;
  void run(int frames) noexcept;
  void reset() noexcept;
  void turn(std::size_t knob, double value) noexcept;

  // The steps of a change, each of which lasts `left` more samples.
  enum class Step { steady, preparing, waiting, changing };
  void advance() noexcept;
  std::int64_t settling_frames() noexcept;
  void run_part(int start, int frames) noexcept;
  void fade(int start, int frames) noexcept;

  Lane& heard() noexcept { return lanes[heard_lane]; }
  Lane& coming() noexcept { return lanes[1 - heard_lane]; }

  Network network;
  EffectOptions options;
  double host_rate = 0;                      // Hz
  std::vector<double> bounds;                // of the sizes
  int knob_ramp = 1;                         // frames of the model's rate
  std::vector<run::ChannelStreams> streams;  // of each size
  std::vector<Lane> lanes;                   // the one that is heard; where there are several sizes, one more
  Rows block, beside;                        // what is heard; what a coming size makes of the same input
  std::uint64_t guarded = 0;                 // samples on the way out
  std::size_t heard_lane = 0;
  std::size_t wanted = 0;  // the size that was set last
  Step step = Step::steady;
  std::int64_t left = 0;
  int fade_length = 1;
  int period = 1, position = 0;  // samples after which resamplers' phases repeat, and how many of them have passed
  int clock = 0;                 // samples since the reset, modulo a block
};

Effect::State::State(const Network& net, EffectOptions opts)
    : network(net),
      options(checked(network, std::move(opts))),
      lanes(std::min<std::size_t>(Network::Access::plans(network).size(), 2)),
      block(options.channels, options.max_block),
      beside(lanes.size() > 1 ? options.channels : 0, options.max_block),
      wanted(Network::Access::size_index(network)) {
  std::optional<dsp::OversamplingFilter> filter;
  if (options.oversample > 1) filter.emplace(options.oversample, options.oversample_phase == FilterPhase::minimum);
  for (const auto& plan : Network::Access::plans(network)) {
    streams.emplace_back(*plan, options.channels, options.rest, options.knobs, filter ? &*filter : nullptr);
  }
  if (streams.size() > 1) bounds = network.model().size_bounds();
  const double model_rate = network.info().sample_rate;
  host_rate = options.sample_rate.value_or(model_rate);
  fade_length = std::max(1, int(std::lround(crossfade_seconds * host_rate)));
  knob_ramp = std::max(1, int(std::lround(options.knob_ramp * model_rate)));
  if (host_rate != model_rate) {
    const int inputs = network.info().inputs;
    for (Lane& lane : lanes) {
      for (int c = 0; c < options.channels; c += inputs) {
        lane.bridges.emplace_back(host_rate, model_rate, inputs, int(options.max_block));
      }
    }
    period = heard().bridges.front().period();
  }
  reset();
}

void Effect::State::reset() noexcept {
  heard().start(wanted, streams[wanted]);
  step = Step::steady;
  position = clock = 0;
}

// Of the coming size only while it runs: it follows what the other one read until then.
void Effect::State::turn(std::size_t knob, double value) noexcept {
  const std::vector<KnobInfo>& knobs = network.info().knobs;
  if (knob >= knobs.size() || std::isnan(value)) return;
  value = model::reachable(knobs[knob], value);
  heard().turn(knob, value, knob_ramp);
  if (step == Step::changing) coming().turn(knob, value, knob_ramp);
}

void Effect::State::process(std::span<const float* const> in, std::span<float* const> out, std::size_t start,
                            int frames) noexcept {
  const auto count = std::size_t(frames);
  const float input_gain = float(options.input_gain);
  const float output_gain = float(options.output_gain);
  for (std::size_t c = 0; c < block.rows.size(); ++c) {
    const float* from = c < in.size() ? in[c] : nullptr;
    float* row = block.rows[c];
    if (!from) {
      std::fill_n(row, count, 0.0f);
      continue;
    }
    for (std::size_t t = 0; t < count; ++t) {
      const float x = from[start + t] * input_gain + 0.0f;  // no negative zeros: silence is one value
      row[t] = std::isfinite(x) && std::abs(x) >= stream::smallest_signal ? x : 0.0f;
    }
  }
  run(frames);
  for (std::size_t c = 0; c < out.size(); ++c) {
    if (!out[c]) continue;
    float* to = out[c] + start;
    if (c >= block.rows.size()) {
      std::fill_n(to, count, 0.0f);
      continue;
    }
    for (std::size_t t = 0; t < count; ++t) to[t] = block.rows[c][t] * output_gain;
    guarded += run::guard(to, count, options.ceiling);
  }
}

// In place over the block, cut where a change begins, and where it ends if another follows: a part of a block costs as
// much as all of it in small ones. Past its end a crossfade gives the coming size alone.
void Effect::State::run(int frames) noexcept {
  for (int t = 0; t < frames;) {
    advance();
    const bool to_the_end = step == Step::steady || (step == Step::changing && coming().size == wanted);
    const int count = to_the_end ? frames - t : int(std::min<std::int64_t>(frames - t, left));
    run_part(t, count);
    t += count;
    left -= count;
    position = int((std::int64_t(position) + count) % period);
    clock = (clock + count) % stream::block_frames;
  }
}

// Takes the step that is due at this sample, if any.
void Effect::State::advance() noexcept {
  if (step == Step::changing && left < fade_length) {  // once the crossfade has begun, it ends
    if (left > 0) return;
    heard_lane = 1 - heard_lane;
    step = Step::steady;
  }
  if (wanted == heard().size) {
    step = Step::steady;
  } else if (step == Step::steady || coming().size != wanted) {
    coming().prepare(wanted, streams[wanted]);
    step = Step::preparing;
    left = streams[wanted].frames_until_ready();
    left += stream::block_frames - 1 - (clock + left - 1) % stream::block_frames;  // blocks of whole vectors stay whole
  } else if (left == 0 && position > 0) {
    step = Step::waiting;
    left = period - position;
  } else if (left == 0) {
    step = Step::changing;
    coming().streams->follow_knobs(*heard().streams);
    left = settling_frames() + fade_length;
  }
}

// How long the coming size runs unheard.
std::int64_t Effect::State::settling_frames() noexcept {
  const std::int64_t frames = coming().streams->settling();
  if (coming().bridges.empty()) return frames;
  const double outer_per_inner = host_rate / network.info().sample_rate;
  const double filters = 2 * coming().bridges.front().exact_latency() + 2;
  return std::int64_t(std::ceil(double(frames) * outer_per_inner + filters));
}

void Effect::State::run_part(int start, int frames) noexcept {
  if (step == Step::preparing) coming().streams->reset_some(frames);
  if (step == Step::changing) {
    for (std::size_t c = 0; c < block.rows.size(); ++c) {
      std::copy_n(block.rows[c] + start, frames, beside.rows[c] + start);
    }
    coming().process(beside, start, frames);
  }
  heard().process(block, start, frames);
  if (step == Step::changing) fade(start, frames);
}

// Of a part of the block in which the crossfade may begin, and end.
void Effect::State::fade(int start, int frames) noexcept {
  const auto begin = int(std::clamp<std::int64_t>(left - fade_length, 0, frames));
  const auto end = int(std::clamp<std::int64_t>(left, 0, frames));
  for (std::size_t c = 0; c < block.rows.size(); ++c) {
    float* y = block.rows[c] + start;
    const float* next = beside.rows[c] + start;
    for (int t = begin; t < end; ++t) {
      const float gain = float(fade_length - (left - t)) / float(fade_length);
      y[t] = (1 - gain) * y[t] + gain * next[t];
    }
    std::copy(next + end, next + frames, y + end);
  }
}

std::string_view filter_phase_name(FilterPhase phase) noexcept {
  return phase == FilterPhase::minimum ? "minimum" : "linear";
}

FilterPhase filter_phase_from_name(std::string_view name) {
  for (const FilterPhase phase : {FilterPhase::linear, FilterPhase::minimum}) {
    if (filter_phase_name(phase) == name) return phase;
  }
  refuse("there is no filter phase \"" + std::string(name) + "\", expected linear or minimum");
}

Effect::Effect(const Network& network, EffectOptions options)
    : state_(std::make_unique<State>(network, std::move(options))) {}
Effect::~Effect() = default;
Effect::Effect(Effect&&) noexcept = default;
Effect& Effect::operator=(Effect&&) noexcept = default;

void Effect::process(std::span<const float* const> in, std::span<float* const> out, std::size_t frames) noexcept {
  const stream::FloatingPointScope scope;
  for (std::size_t start = 0; start < frames; start += state_->options.max_block) {
    state_->process(in, out, start, int(std::min(frames - start, state_->options.max_block)));
  }
}

void Effect::process(std::span<const float> in, std::span<float> out) noexcept {
  const std::size_t both = std::min(in.size(), out.size());
  const float* from = in.data();
  float* to = out.data();
  process({&from, 1}, {&to, 1}, both);
  from = nullptr;
  to += both;
  process({&from, 1}, {&to, 1}, out.size() - both);
}

void Effect::set_size(double size) noexcept {
  State& state = *state_;
  if (std::isnan(size)) return;
  state.wanted = model::size_index(state.bounds, std::clamp(size, 0.0, 1.0));
}

void Effect::set_knob(std::size_t knob, double value) noexcept {
  state_->turn(knob, value);
}

void Effect::set_knob(std::string_view name, double value) noexcept {
  if (const auto knob = find_knob(state_->network.info().knobs, name)) state_->turn(*knob, value);
}

void Effect::reset() noexcept {
  state_->reset();
}

std::uint64_t Effect::guarded() const noexcept {
  std::uint64_t count = state_->guarded;
  for (const run::ChannelStreams& streams : state_->streams) count += streams.silenced();
  return count;
}

int Effect::channels() const noexcept {
  return state_->options.channels;
}

std::size_t Effect::latency() const noexcept {
  return std::size_t(std::lround(exact_latency()));
}

double Effect::exact_latency() const noexcept {
  const Lane& lane = state_->lanes.front();
  const double outer_per_inner = state_->host_rate / state_->network.info().sample_rate;
  return (lane.bridges.empty() ? 0 : lane.bridges.front().exact_latency()) + lane.streams->latency() * outer_per_inner;
}

}  // namespace atrous
