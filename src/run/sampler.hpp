// From a network's output to the next sample: drawn at random, or the most likely one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/config.hpp"

namespace atrous::run {

struct SamplerOptions {
  std::uint64_t seed = 0, voice = 0;
  double temperature = 1;  // 0 to 100: divides logits, scales the spread of the other outputs; 0 is greedy
  bool greedy = false;     // the most likely value at every step
};

struct Sample {
  int label = -1;   // categorical: the class; else -1
  float value = 0;  // what is heard, -1 to 1
};

/// The value at (seed, voice, index) depends on these, the options and the output alone, not on earlier calls. It is
/// computed in plain scalar code, so two instruction sets differ by no more than the rounding of their outputs.
class Sampler {
 public:
  /// For a validated output other than waveform; categorical ones need a code with as many classes. Allocates.
  Sampler(const model::Output& output, const std::optional<model::Code>& code, const SamplerOptions& options);

  /// `y` is [output.channels]. NaN counts as a logit of -inf, or as a value of 0. Real-time safe. One thread at a time.
  Sample sample(const float* y, std::uint64_t index) noexcept;

 private:
  int draw(const float* logits, int count, double uniform) noexcept;
  float logistic(const float* y, std::uint64_t index) noexcept;
  float gaussian(const float* y, std::uint64_t index) noexcept;

  model::OutputKind kind_;
  int channels_;
  std::uint64_t seed_, voice_;
  bool greedy_;
  float spread_;                // the temperature
  float sharpness_;             // its inverse
  std::vector<float> decoded_;  // [classes]: what each class sounds like
  std::vector<float> weights_;  // [channels]: exp(logit - largest), scratch
  std::vector<double> sums_;    // [channels / 16 + 1]: of weights up to each block, scratch
};

}  // namespace atrous::run
