// A narrower model out of a wide one: the first channels of every stack, which slimmable models are trained to run
// with.
#pragma once

#include <vector>

#include "model/model_data.hpp"

namespace atrous::model {

// Whether the first channels of a stack alone are a stack: it has a head, no groups, and layers that are alike.
bool can_slice(const Stack& stack) noexcept;

// The model with `channels[s]` channels in stack s, which are at most those it has; it can be sliced. Every tensor
// keeps its leading rows and columns. A bottleneck shrinks in proportion, rounded down to 1 or more; of a gated layer
// the first rows remain, as many as it has then. Skips keep their rows, as do the last head and what follows it.
ModelData slice(const ModelData& data, const std::vector<int>& channels);

}  // namespace atrous::model
