// Whether the dilation rates of a stack follow the criterion of hybrid dilated convolution.
#pragma once

#include <vector>

#include <atrous/network.hpp>

#include "model/config.hpp"

namespace atrous::network {

// Of each stack, in order. A network without stacks has one, the convs of its post-net, where two of them dilate.
std::vector<HybridDilation> hybrid_dilations(const model::WaveNet& net);

}  // namespace atrous::network
