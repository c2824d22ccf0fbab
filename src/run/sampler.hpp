// From a network's output to the next sample: drawn at random, or the most likely one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "run/distribution.hpp"

namespace atrous::run {

struct SamplerOptions {
  std::uint64_t seed = 0, voice = 0;
  double temperature = 1;  // 0 to 100: divides logits, scales the spread of the other outputs; 0 is greedy
  bool greedy = false;     // the most likely value at every step
};

// The value at (seed, voice, index) depends on these, the options and the output alone, not on earlier calls.
class Sampler {
 public:
  // For outputs that make_distribution takes. Allocates.
  Sampler(const model::Output& output, const std::optional<model::Code>& code, const SamplerOptions& options);

  // `y` is [output.channels]. Real-time safe. One thread at a time.
  Sample sample(const float* y, std::uint64_t index) noexcept;

 private:
  std::shared_ptr<const Distribution> distribution_;
  std::uint64_t seed_, voice_;
  bool greedy_;
  float spread_;     // the temperature
  float sharpness_;  // its inverse
  Softmax scratch_;
};

}  // namespace atrous::run
