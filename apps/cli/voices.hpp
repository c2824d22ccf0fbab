// The voices of a bank that are heard side by side.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <atrous/generator.hpp>

#include "sound.hpp"

namespace cli {

class Voices {
 public:
  // Voice n draws the random numbers of (seed, n).
  Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads);

  void condition(Conditioning conditioning);  // every voice follows the same frames
  void prime(std::span<const float> sound);   // every voice continues the same sound

  std::size_t count() const { return bank_.voices(); }
  std::size_t available() const { return left_; }  // frames that the conditioning is long enough for

  // Up to `frames` frames, the voices interleaved; fewer when the conditioning runs out. Valid until the next call.
  std::span<const float> fill(std::size_t frames);

 private:
  void feed(std::size_t frames);

  const atrous::Network network_;
  atrous::GeneratorBank bank_;
  Conditioning conditioning_;
  std::size_t fed_ = 0;  // values of it that the voices have received
  std::size_t left_ = std::numeric_limits<std::size_t>::max();
  std::vector<float> samples_;      // a row per voice
  std::vector<float> interleaved_;  // (frames, voices)
};

}  // namespace cli
