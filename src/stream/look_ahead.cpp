#include "stream/look_ahead.hpp"

#include <algorithm>

namespace atrous::stream {

LookAhead::LookAhead(const network::Plan& plan, std::size_t voices) {
  network::for_each_conv(plan, [&](const network::CausalConv& conv, const network::LayerPlan* layer) {
    Conv state;
    state.window = std::min(conv.lookahead, std::max(1, kernels::max_columns / int(voices)));
    state.phase = int(conv.index) % state.window;
    state.reads_features = layer && !layer->projection.empty();
    if (state.window > 1) {
      state.values = arena_.reserve(voices * std::size_t(state.window) * kernels::padded(conv.out));
      state.spans.resize(voices);
    }
    convs_.push_back(std::move(state));
  });
  arena_.allocate();
}

void LookAhead::reset(int voice) noexcept {
  for (Conv& conv : convs_) {
    if (conv.window > 1) conv.spans[std::size_t(voice)] = {};
  }
}

}  // namespace atrous::stream
