// How wide the values are that the widest of a network's layers need, in either shape.
#pragma once

#include <algorithm>

#include "network/plan.hpp"

namespace atrous::stream {

struct Widths {
  int z = 0, u = 0;
  std::size_t terms = 0;                        // of a conv: taps, and a condition
  int film = 0, part = 0, mixed = 0, kept = 0;  // of modulated layers

  explicit Widths(const network::Plan& plan) {
    network::for_each_conv(plan, [&](const network::CausalConv& conv, const network::LayerPlan* layer) {
      terms = std::max(terms, conv.lags.size() + 1);
      if (layer) widen(*layer);
    });
  }

 private:
  void widen(const network::LayerPlan& layer) {
    z = std::max(z, layer.conv.out);
    u = std::max(u, layer.bottleneck);
    if (!layer.modulated) return;
    for (const network::FilmPlan& each : layer.film) {
      film = std::max(film, each.scale_shift.rows());
      part = std::max(part, each.width);
    }
    mixed = std::max(mixed, layer.conv.out);
    kept = std::max(kept, layer.conv.in);
  }
};

}  // namespace atrous::stream
