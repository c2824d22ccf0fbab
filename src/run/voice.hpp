// One voice of a bank: all that is its own but the queues of the network.
#pragma once

#include <cstdint>
#include <optional>

#include <atrous/generator.hpp>

#include "features/waveform.hpp"
#include "run/sampler.hpp"
#include "stream/columns.hpp"
#include "stream/conditioning.hpp"

namespace atrous::run {

class Voice {
 public:
  Voice(const network::Plan& plan, const GeneratorOptions& options);

  stream::Conditioning* condition() noexcept { return condition_ ? &*condition_ : nullptr; }
  const stream::SpeakerBiases* speaker() const noexcept { return speaker_ ? &*speaker_ : nullptr; }

  // Samples for which there is conditioning.
  std::size_t available() const noexcept;
  std::uint64_t index() const noexcept { return index_; }  // of the coming sample

  void reset() noexcept;

  // What the network reads for the coming sample.
  stream::VoiceInput input(int voice) const noexcept;
  // The coming sample, from the network's outputs for it; undo() makes a run of them into sound.
  float draw(const float* outputs) noexcept;
  void undo(std::span<float> samples) noexcept;
  // Takes a sample of sound for what the voice would have drawn.
  void take(float sound) noexcept;

 private:
  const network::Plan& plan_;
  std::optional<stream::Conditioning> condition_;  // networks that read features
  std::optional<stream::SpeakerBiases> speaker_;   // networks with speakers
  Sampler sampler_;
  features::WaveformShaper shaper_;
  features::WaveformUndo undo_;
  Sample last_;
  std::uint64_t index_ = 0;
};

}  // namespace atrous::run
