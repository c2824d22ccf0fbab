// Voices that run side by side, a column each, and share every read of the weights.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "run/governor.hpp"
#include "run/voice.hpp"
#include "stream/block.hpp"
#include "stream/columns.hpp"

namespace atrous::run {

// One thread at a time. Nothing but the constructor allocates, apart from what conditions take in.
class VoiceGroup {
 public:
  // 1 to kernels::max_columns voices. The plan must outlive them, and so must the team that shares each step, if any.
  VoiceGroup(const network::Plan& plan, std::span<const GeneratorOptions> voices, stream::Team* team = nullptr);

  std::size_t size() const noexcept { return voices_.size(); }
  Voice& voice(std::size_t voice) noexcept { return voices_[voice]; }
  const Voice& voice(std::size_t voice) const noexcept { return voices_[voice]; }

  void reset(std::size_t voice) noexcept;

  // Reads a sound as if the voice had made it; returns how much of it there was conditioning for.
  std::size_t prime(std::size_t voice, std::span<const float> sound) noexcept;

  // Fills a span for each voice, and shortens those whose conditioning runs out.
  void fill(std::span<std::span<float>> sounds) noexcept;

 private:
  void prime_block(std::size_t voice, std::span<const float> sound) noexcept;
  void run_shared(std::size_t steps, std::span<stream::VoiceInput> inputs,
                  std::span<const std::span<float>> sounds) noexcept;
  void step(std::span<stream::VoiceInput> inputs, std::span<const std::span<float>> sounds, bool shared) noexcept;

  std::vector<Voice> voices_;
  stream::ColumnStream columns_;
  stream::Team* team_;                        // null: no threads
  Governor governor_;                         // of the team
  std::optional<stream::BlockStream> block_;  // reads the beginning of a sound, where the network has a block shape
  std::vector<stream::VoiceInput> inputs_;    // of the voices that run
  std::vector<std::size_t> done_;             // samples of each voice made in this fill
};

}  // namespace atrous::run
