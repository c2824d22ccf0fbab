#include "network/hybrid_dilation.hpp"

#include <algorithm>

namespace atrous::network {
namespace {

// A layer of one tap reads nothing of the past, so it neither leaves holes nor fills any.
void add(const model::Conv& conv, HybridDilation& stack) {
  if (conv.kernel == 1) return;
  stack.kernel = stack.rates.empty() ? conv.kernel : std::min(stack.kernel, conv.kernel);
  stack.rates.push_back(conv.dilation);
}

// From the last rate, M_n, to M_2.
void measure(HybridDilation& stack) {
  if (stack.rates.size() < 2) return;
  std::int64_t distance = stack.rates.back();
  for (std::size_t i = stack.rates.size() - 1; i-- > 1;) {
    const std::int64_t rate = stack.rates[i];
    distance = std::max({distance - 2 * rate, 2 * rate - distance, rate});
  }
  stack.distance = distance;
  stack.holds = distance <= stack.kernel;
}

}  // namespace

std::vector<HybridDilation> hybrid_dilations(const model::WaveNet& net) {
  std::vector<HybridDilation> stacks;
  for (const model::Stack& stack : net.stacks) {
    HybridDilation& info = stacks.emplace_back();
    for (const model::Layer& layer : stack.layers) add(layer.conv, info);
    measure(info);
  }
  if (!net.stacks.empty()) return stacks;
  HybridDilation chain;
  for (const model::PostLayer& layer : net.post) add(layer.conv, chain);
  measure(chain);
  if (chain.distance) stacks.push_back(std::move(chain));
  return stacks;
}

}  // namespace atrous::network
