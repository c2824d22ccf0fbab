// The speaker's part of a layer's bias: constant for a voice, so it is added once.
#pragma once

#include <vector>

#include "network/plan.hpp"

namespace atrous::stream {

// Biases of every layer's conv with the speaker's embedding projected into them.
class SpeakerBiases {
 public:
  SpeakerBiases(const network::Plan& plan, int speaker);  // of a plan with speakers

  const float* of(const network::LayerPlan& layer) const noexcept { return biases_[layer.index].data(); }

 private:
  std::vector<network::AlignedFloats> biases_;
};

}  // namespace atrous::stream
