// The voices of a bank that are heard side by side.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <atrous/generator.hpp>

#include "sound.hpp"

namespace cli {

class Voices {
 public:
  // Voice n draws the random numbers of (seed, n).
  Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads);

  void condition(const Conditioning& conditioning);  // every voice follows the same frames
  void prime(std::span<const float> sound);          // every voice continues the same sound

  std::size_t count() const { return bank_.voices(); }
  std::size_t available() const { return bank_.available(0); }

  // Up to `frames` frames, the voices interleaved; fewer when the conditioning runs out. Valid until the next call.
  std::span<const float> fill(std::size_t frames);

 private:
  atrous::GeneratorBank bank_;
  std::vector<float> interleaved_;  // (frames, voices)
  std::vector<float> samples_;      // a row per voice
};

}  // namespace cli
