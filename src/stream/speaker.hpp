// The speaker's part of a layer's bias: constant for a voice, so it is added once.
#pragma once

#include <vector>

#include "network/plan.hpp"

namespace atrous::stream {

// Biases of every layer's conv with the speaker's embedding projected into them; empty for networks without speakers.
class SpeakerBiases {
 public:
  SpeakerBiases(const network::Plan& plan, int speaker);

  // The conv's bias for layer `index`, counted over all stacks.
  const float* of(std::size_t index, const network::Product& product) const noexcept {
    return biases_.empty() ? product.view().bias : biases_[index].data();
  }

 private:
  std::vector<network::AlignedFloats> biases_;
};

}  // namespace atrous::stream
