// How far back a network reads: the receptive field, and which lags inside it no path of taps reaches.
#pragma once

#include <atrous/network.hpp>

#include "model/config.hpp"

namespace atrous::network {

struct Reach {
  std::int64_t receptive_field = 1;  // samples: the largest lag plus one
  Gridding gridding;
};

// Exact: follows the sets of lags along every path of the graph.
Reach reach(const model::WaveNet& net);
// Likewise, with the models in front of it.
Reach reach(const model::Config& config);

}  // namespace atrous::network
