#include "run/voice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/code.hpp"
#include "run/guard.hpp"

namespace atrous::run {

Voice::Voice(const network::Plan& plan, const GeneratorOptions& options)
    : plan_(plan),
      sampler_(plan.config.wavenet.output, plan.config.code,
               {options.seed, options.voice, options.temperature, options.greedy}),
      shaper_(plan.config.waveform),
      undo_(plan.config.waveform) {
  if (plan.upsampler) condition_.emplace(plan);
  if (plan.speakers) speaker_.emplace(plan, options.speaker);
  reset();
}

std::size_t Voice::available() const noexcept {
  if (!condition_) return std::numeric_limits<std::size_t>::max();
  const auto settled = std::uint64_t(condition_->available());
  return settled > index_ ? std::size_t(settled - index_) : 0;
}

void Voice::reset() noexcept {
  if (condition_) condition_->reset();
  shaper_.reset();
  undo_.reset();
  last_ = plan_.config.code ? Sample{plan_.config.code->first, 0} : Sample{};
  index_ = 0;
}

stream::VoiceInput Voice::input(int voice) const noexcept {
  const bool classes = plan_.config.wavenet.input.kind == model::InputKind::class_value;
  return {voice, classes ? class_value(*plan_.config.code, last_.label) : last_.value, last_.label};
}

float Voice::draw(const float* outputs) noexcept {
  last_ = sampler_.sample(outputs, index_);
  ++index_;
  return last_.value;
}

// De-emphasis may go beyond full scale; the voice itself reads what it drew.
void Voice::undo(std::span<float> samples) noexcept {
  undo_.process(samples);
  guard(samples.data(), samples.size(), 1);
}

void Voice::take(float sound) noexcept {
  float shaped = std::isfinite(sound) ? sound : 0.0f;
  shaper_.process({&shaped, 1});
  if (plan_.config.code) {
    last_.label = encode(*plan_.config.code, shaped);
    last_.value = decode(*plan_.config.code, last_.label);
  } else {
    last_.value = std::clamp(shaped, -1.0f, 1.0f);
  }
  float made = last_.value;
  undo_.process({&made, 1});  // keeps the de-emphasis in step
  ++index_;
}

}  // namespace atrous::run
