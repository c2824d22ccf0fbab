#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "features/waveform.hpp"
#include "run/code.hpp"
#include "run/floating_point.hpp"
#include "run/sampler.hpp"
#include "stream/block.hpp"
#include "stream/columns.hpp"
#include "stream/conditioning.hpp"

namespace atrous {
namespace {

void check(const Network& network, const GeneratorOptions& options) {
  const NetworkInfo& info = network.info();
  if (!info.generates)
    throw Error(ErrorCode::argument, "generator: the model's output is a signal, not a distribution; it is an effect");
  if (!(options.temperature >= 0 && options.temperature <= 100)) {
    throw Error(ErrorCode::argument,
                "generator: temperature is " + std::to_string(options.temperature) + ", expected 0 to 100");
  }
  if (options.speaker < 0 || options.speaker >= std::max(info.speakers, 1)) {
    throw Error(ErrorCode::argument, "generator: speaker is " + std::to_string(options.speaker) + ", expected 0 to " +
                                         std::to_string(std::max(info.speakers, 1) - 1));
  }
}

std::optional<stream::Conditioning> conditioning_of(const network::Plan& plan) {
  if (!plan.upsampler) return std::nullopt;
  return std::optional<stream::Conditioning>(std::in_place, plan);
}

}  // namespace

struct Generator::State {
  State(const Network& network, const GeneratorOptions& options);

  std::size_t available() const noexcept;
  void reset() noexcept;
  std::size_t prime(std::span<const float> audio) noexcept;
  std::size_t fill(std::span<float> out) noexcept;

  void hear(float shaped) noexcept;
  void prime_block(std::span<const float> audio) noexcept;
  float input_value(const run::Sample& sample) const noexcept;
  const float* next_outputs() noexcept;

  Network network;
  const network::Plan& plan;
  std::optional<stream::Conditioning> condition;
  stream::ColumnStream columns;
  stream::BlockStream block;  // hears the beginning of a priming sound
  run::Sampler sampler;
  features::WaveformShaper shaper;
  features::WaveformUndo undo;
  run::Sample last;         // what the network hears next
  std::uint64_t index = 0;  // of the coming sample
};

Generator::State::State(const Network& net, const GeneratorOptions& options)
    : network((check(net, options), net)),
      plan(network.plan()),
      condition(conditioning_of(plan)),
      columns(plan, options.speaker, condition ? &*condition : nullptr),
      block(plan, options.speaker),
      sampler(plan.config.wavenet.output, plan.config.code,
              {options.seed, options.voice, options.temperature, options.greedy}),
      shaper(plan.config.waveform),
      undo(plan.config.waveform) {
  reset();
}

std::size_t Generator::State::available() const noexcept {
  if (!condition) return std::numeric_limits<std::size_t>::max();
  const auto settled = static_cast<std::uint64_t>(condition->available());
  return settled > index ? static_cast<std::size_t>(settled - index) : 0;
}

void Generator::State::reset() noexcept {
  const run::FloatingPointScope scope;
  columns.reset();
  block.reset();
  if (condition) condition->reset();
  shaper.reset();
  undo.reset();
  last = plan.config.code ? run::Sample{plan.config.code->first, 0} : run::Sample{};
  index = 0;
}

// What stands at a scalar input for the sample before.
float Generator::State::input_value(const run::Sample& sample) const noexcept {
  const bool classes = plan.config.wavenet.input.kind == model::InputKind::class_value;
  return classes ? run::class_value(*plan.config.code, sample.label) : sample.value;
}

// The network's outputs for sample `index`; its condition is available.
const float* Generator::State::next_outputs() noexcept {
  return columns.step(input_value(last), last.label);
}

// Takes a sample of the network's own kind of sound for what it would have generated.
void Generator::State::hear(float shaped) noexcept {
  if (plan.config.code) {
    last.label = run::encode(*plan.config.code, shaped);
    last.value = run::decode(*plan.config.code, last.label);
  } else {
    last.value = std::clamp(shaped, -1.0f, 1.0f);
  }
  float heard = last.value;
  undo.process({&heard, 1});  // keeps the de-emphasis in step
  ++index;
}

// At most block_frames samples, in block shape.
void Generator::State::prime_block(std::span<const float> audio) noexcept {
  const int frames = static_cast<int>(audio.size());
  float values[stream::block_frames];
  int labels[stream::block_frames];
  const auto start = static_cast<std::int64_t>(index);
  for (int t = 0; t < frames; ++t) {
    values[t] = input_value(last);
    labels[t] = last.label;
    float shaped = std::isfinite(audio[t]) ? audio[t] : 0.0f;
    shaper.process({&shaped, 1});
    hear(shaped);
  }
  const float* signal = values;
  block.run({&signal, labels, condition ? &*condition : nullptr, start}, frames);
}

std::size_t Generator::State::prime(std::span<const float> audio) noexcept {
  const run::FloatingPointScope scope;
  audio = audio.first(std::min(audio.size(), available()));
  if (index == 0) {
    for (std::size_t t = 0; t < audio.size(); t += stream::block_frames) {
      prime_block(audio.subspan(t, std::min<std::size_t>(audio.size() - t, stream::block_frames)));
    }
    columns.take_over(block, static_cast<std::int64_t>(index));
  } else {
    for (const float sample : audio) {
      next_outputs();
      float shaped = std::isfinite(sample) ? sample : 0.0f;
      shaper.process({&shaped, 1});
      hear(shaped);
    }
  }
  return audio.size();
}

std::size_t Generator::State::fill(std::span<float> out) noexcept {
  const run::FloatingPointScope scope;
  out = out.first(std::min(out.size(), available()));
  for (float& sample : out) {
    last = sampler.sample(next_outputs(), index);
    sample = last.value;
    ++index;
  }
  undo.process(out);
  return out.size();
}

Generator::Generator(const Network& network, GeneratorOptions options)
    : state_(std::make_unique<State>(network, options)) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

void Generator::append_features(std::span<const float> values) {
  if (!state_->condition) throw Error(ErrorCode::argument, "generator: the model takes no features");
  state_->condition->append(values);
}

void Generator::set_padded_features(std::span<const float> values) {
  if (!state_->condition) throw Error(ErrorCode::argument, "generator: the model takes no features");
  state_->condition->append_padded(values);
  state_->condition->finish();
}

void Generator::finish() {
  if (state_->condition) state_->condition->finish();
}

std::size_t Generator::available() const noexcept {
  return state_->available();
}

std::size_t Generator::prime(std::span<const float> audio) noexcept {
  return state_->prime(audio);
}

std::size_t Generator::fill(std::span<float> out) noexcept {
  return state_->fill(out);
}

void Generator::reset() noexcept {
  state_->reset();
}

}  // namespace atrous
