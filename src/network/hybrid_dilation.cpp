#include "network/hybrid_dilation.hpp"

#include <algorithm>

#include "model/limits.hpp"

namespace atrous::network {
namespace {

// Of convs side by side: the largest distance between neighbours among the lags that they read, which of one alone is
// its dilation. One of a single tap reads nothing of the past, so it neither leaves holes nor fills any.
void add(const std::vector<model::Conv>& convs, HybridDilation& stack) {
  std::vector<int> lags = {0};
  int kernel = model::max_fir_taps;
  for (const model::Conv& conv : convs) {
    if (conv.kernel > 1) kernel = std::min(kernel, conv.kernel);
    for (int tap = 1; tap < conv.kernel; ++tap) lags.push_back(tap * conv.dilation);
  }
  if (lags.size() == 1) return;
  std::sort(lags.begin(), lags.end());
  int rate = 0;
  for (std::size_t i = 1; i < lags.size(); ++i) rate = std::max(rate, lags[i] - lags[i - 1]);
  stack.kernel = stack.rates.empty() ? kernel : std::min(stack.kernel, kernel);
  stack.rates.push_back(rate);
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
    for (const model::Layer& layer : stack.layers) {
      std::vector<model::Conv> convs = layer.branches;
      convs.push_back(layer.conv);
      add(convs, info);
    }
    measure(info);
  }
  if (!net.stacks.empty()) return stacks;
  HybridDilation chain;
  for (const model::PostLayer& layer : net.post) add({layer.conv}, chain);
  measure(chain);
  if (chain.distance) stacks.push_back(std::move(chain));
  return stacks;
}

}  // namespace atrous::network
