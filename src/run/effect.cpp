#include <algorithm>
#include <cmath>
#include <optional>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "dsp/rate_bridge.hpp"
#include "run/floating_point.hpp"
#include "stream/block.hpp"

namespace atrous {
namespace {

constexpr int max_max_block = 1 << 20;
constexpr int max_channels = 64;

void check(const Network& network, const EffectOptions& options) {
  const NetworkInfo& info = network.info();
  const auto refuse = [](const std::string& message) { throw Error(ErrorCode::argument, message); };
  if (info.generates) refuse("effect: the model's output is a distribution; it generates sound and is no effect");
  if (info.feature_bins > 0) refuse("effect: the model is conditioned on features; an effect hears only its signal");
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
  if (!std::isfinite(options.sample_rate) || options.sample_rate < 0) refuse("effect: sample_rate is not a rate in Hz");
  if (!std::isfinite(options.input_gain)) refuse("effect: input_gain is not finite");
  if (!std::isfinite(options.output_gain)) refuse("effect: output_gain is not finite");
}

}  // namespace

struct Effect::State {
  State(const Network& network, const EffectOptions& options);

  // Runs the model in place over rows [channels] of any number of frames.
  void run(float* const* rows, int frames) noexcept;
  void reset() noexcept;
  void prewarm();

  Network network;
  EffectOptions options;
  std::vector<stream::BlockStream> streams;  // one per channel, or one for a model of several inputs
  stream::BlockStream::Snapshot start;       // what reset() goes back to
  std::optional<dsp::RateBridge> bridge;
  std::vector<float> samples;  // [channels][max_block]
  std::vector<float*> rows;
};

Effect::State::State(const Network& net, const EffectOptions& opts) : network(net), options(opts) {
  check(network, options);
  const int inputs = network.info().inputs;
  for (int c = 0; c < options.channels; c += inputs) streams.emplace_back(network.plan());
  const double rate = network.info().sample_rate;
  if (options.sample_rate != 0 && options.sample_rate != rate) {
    bridge.emplace(options.sample_rate, rate, options.channels, options.max_block);
  }
  samples.resize(static_cast<std::size_t>(options.channels) * options.max_block);
  for (int c = 0; c < options.channels; ++c)
    rows.push_back(samples.data() + static_cast<std::ptrdiff_t>(c) * options.max_block);
  prewarm();
}

// Zeros for a receptive field, so that biases have spread to where silence holds them; zeroed queues would click.
void Effect::State::prewarm() {
  const run::FloatingPointScope scope;
  stream::BlockStream& stream = streams.front();
  const std::int64_t zeros_to_hear = network::prewarm_length(network.plan().config);
  if (zeros_to_hear > 0) {
    const std::vector<float> zeros(stream::block_frames, 0.0f);
    const std::vector<const float*> in(network.info().inputs, zeros.data());
    for (std::int64_t left = zeros_to_hear; left > 0; left -= stream::block_frames) {
      stream.run({in.data()}, static_cast<int>(std::min<std::int64_t>(left, stream::block_frames)));
    }
  }
  start = stream.snapshot();
  reset();
}

void Effect::State::reset() noexcept {
  for (stream::BlockStream& stream : streams) stream.restore(start);
  if (bridge) bridge->reset();
}

void Effect::State::run(float* const* in_place, int frames) noexcept {
  const int inputs = network.info().inputs, outputs = network.info().outputs;
  for (int t = 0; t < frames; t += stream::block_frames) {
    const int count = std::min(frames - t, stream::block_frames);
    for (std::size_t s = 0; s < streams.size(); ++s) {
      float* block[max_channels];
      for (int i = 0; i < inputs; ++i) block[i] = in_place[static_cast<int>(s) * inputs + i] + t;
      const kernels::Rows out = streams[s].run({block}, count);
      for (int i = 0; i < inputs; ++i) {
        const float* row = out.data + std::min(i, outputs - 1) * out.stride;
        std::copy(row, row + count, block[i]);
      }
    }
  }
}

Effect::Effect(const Network& network, EffectOptions options) : state_(std::make_unique<State>(network, options)) {}
Effect::~Effect() = default;
Effect::Effect(Effect&&) noexcept = default;
Effect& Effect::operator=(Effect&&) noexcept = default;

void Effect::process(const float* const* in, float* const* out, int frames) noexcept {
  State& state = *state_;
  const run::FloatingPointScope scope;
  const float input_gain = static_cast<float>(state.options.input_gain);
  const float output_gain = static_cast<float>(state.options.output_gain);
  for (int c = 0; c < state.options.channels; ++c) {
    for (int t = 0; t < frames; ++t) {
      const float x = in[c][t] * input_gain;
      state.rows[c][t] = std::isfinite(x) ? x : 0.0f;
    }
  }
  if (state.bridge) {
    state.bridge->process(state.rows.data(), state.rows.data(), frames,
                          [&](float* const* rows, int count) noexcept { state.run(rows, count); });
  } else {
    state.run(state.rows.data(), frames);
  }
  for (int c = 0; c < state.options.channels; ++c) {
    for (int t = 0; t < frames; ++t) out[c][t] = state.rows[c][t] * output_gain;
  }
}

void Effect::reset() noexcept {
  state_->reset();
}

int Effect::channels() const noexcept {
  return state_->options.channels;
}

int Effect::latency() const noexcept {
  return state_->bridge ? state_->bridge->latency() : 0;
}

}  // namespace atrous
