#include "run/voice_group.hpp"

#include <algorithm>
#include <chrono>

#include "stream/floating_point.hpp"

namespace atrous::run {
namespace {

std::vector<Voice> make_voices(const network::Plan& plan, std::span<const GeneratorOptions> options) {
  std::vector<Voice> voices;
  voices.reserve(options.size());
  for (const GeneratorOptions& each : options) voices.emplace_back(plan, each);
  return voices;
}

std::vector<stream::ColumnVoice> columns_of(std::vector<Voice>& voices) {
  std::vector<stream::ColumnVoice> columns;
  columns.reserve(voices.size());
  for (Voice& voice : voices) columns.push_back({voice.speaker(), voice.condition()});
  return columns;
}

}  // namespace

VoiceGroup::VoiceGroup(const network::Plan& plan, std::span<const GeneratorOptions> voices, stream::Team* team)
    : voices_(make_voices(plan, voices)),
      columns_(plan, columns_of(voices_), team),
      team_(team),
      inputs_(voices.size()),
      done_(voices.size()) {
  if (plan.has_block_shape()) block_.emplace(plan);
}

void VoiceGroup::reset(std::size_t voice) noexcept {
  const stream::FloatingPointScope scope;
  voices_[voice].reset();
  columns_.reset(int(voice));
}

// The beginning of a sound, at most block_frames samples, in block shape.
void VoiceGroup::prime_block(std::size_t index, std::span<const float> sound) noexcept {
  Voice& voice = voices_[index];
  float values[stream::block_frames];
  int labels[stream::block_frames];
  const auto from = std::int64_t(voice.index());
  for (std::size_t t = 0; t < sound.size(); ++t) {
    const stream::VoiceInput inputs = voice.input(0);
    values[t] = inputs.value;
    labels[t] = inputs.label;
    voice.take(sound[t]);
  }
  const float* signal = values;
  block_->run(
      {.signal = &signal, .classes = labels, .condition = voice.condition(), .from = from, .speaker = voice.speaker()},
      int(sound.size()));
}

std::size_t VoiceGroup::prime(std::size_t index, std::span<const float> sound) noexcept {
  const stream::FloatingPointScope scope;
  Voice& voice = voices_[index];
  sound = sound.first(std::min(sound.size(), voice.available()));
  if (block_ && voice.index() == 0) {
    block_->reset();
    for (std::size_t t = 0; t < sound.size(); t += stream::block_frames) {
      prime_block(index, sound.subspan(t, std::min<std::size_t>(sound.size() - t, stream::block_frames)));
    }
    columns_.take_over(int(index), *block_, std::int64_t(voice.index()));
  } else {
    for (const float sample : sound) {
      const stream::VoiceInput inputs = voice.input(int(index));
      columns_.step({&inputs, 1}, false);
      voice.take(sample);
    }
  }
  return sound.size();
}

void VoiceGroup::fill(std::span<std::span<float>> sounds) noexcept {
  const stream::FloatingPointScope scope;
  for (std::size_t v = 0; v < size(); ++v) {
    sounds[v] = sounds[v].first(std::min(sounds[v].size(), voices_[v].available()));
    done_[v] = 0;
  }
  for (;;) {
    // The voices that are not done run together up to where the first of them is.
    std::size_t running = 0, steps = 0;
    for (std::size_t v = 0; v < size(); ++v) {
      const std::size_t left = sounds[v].size() - done_[v];
      if (left == 0) continue;
      steps = running == 0 ? left : std::min(steps, left);
      inputs_[running++].voice = int(v);
    }
    if (running == 0) break;
    const std::span<stream::VoiceInput> inputs = std::span(inputs_).first(running);
    if (team_)
      run_shared(steps, inputs, sounds);
    else
      for (; steps > 0; --steps) step(inputs, sounds, false);
  }
  for (std::size_t v = 0; v < size(); ++v) voices_[v].undo(sounds[v]);
}

// Steps that the team shares where that is faster.
void VoiceGroup::run_shared(std::size_t steps, std::span<stream::VoiceInput> inputs,
                            std::span<const std::span<float>> sounds) noexcept {
  using Clock = std::chrono::steady_clock;
  Clock::time_point before = Clock::now();
  for (; steps > 0; --steps) {
    if (governor_.begins()) team_->spread();
    step(inputs, sounds, governor_.share());
    const Clock::time_point now = Clock::now();
    governor_.stepped(std::chrono::duration<double>(now - before).count());
    before = now;
  }
}

// A sample of every voice in `inputs`.
void VoiceGroup::step(std::span<stream::VoiceInput> inputs, std::span<const std::span<float>> sounds,
                      bool shared) noexcept {
  for (stream::VoiceInput& each : inputs) each = voices_[std::size_t(each.voice)].input(each.voice);
  columns_.step(inputs, shared);
  for (std::size_t column = 0; column < inputs.size(); ++column) {
    const auto v = std::size_t(inputs[column].voice);
    sounds[v][done_[v]++] = voices_[v].draw(columns_.output(column));
  }
}

}  // namespace atrous::run
