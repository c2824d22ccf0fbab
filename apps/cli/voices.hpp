// Several generators of one network that run side by side.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <atrous/generator.hpp>

#include "sound.hpp"

namespace cli {

class Voices {
 public:
  // Voice n draws the random numbers of (seed, n). `threads` share the voices.
  Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads);

  void condition(const Conditioning& conditioning);  // every voice follows the same frames
  void prime(std::span<const float> sound);          // every voice continues the same sound

  std::size_t count() const { return generators_.size(); }
  std::size_t available() const { return generators_.front().available(); }

  // Up to `frames` frames, the voices interleaved; fewer when the conditioning runs out. Valid until the next call.
  std::span<const float> fill(std::size_t frames);

 private:
  void for_each_voice(const std::function<void(std::size_t)>& work);

  std::vector<atrous::Generator> generators_;
  std::size_t threads_;
  std::vector<float> interleaved_;           // (frames, voices)
  std::vector<std::vector<float>> samples_;  // a row per voice
};

}  // namespace cli
