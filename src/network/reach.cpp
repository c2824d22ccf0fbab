#include "network/reach.hpp"

#include "model/model_data.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace atrous::network {
namespace {

// A set of lags as a bit per lag.
class LagSet {
 public:
  static LagSet zero() {
    LagSet set;
    set.words_ = {1};
    return set;
  }

  std::int64_t size() const {  // the largest lag plus one; 0 when empty
    if (words_.empty()) return 0;
    return std::int64_t(words_.size()) * 64 - std::countl_zero(words_.back());
  }

  std::int64_t count() const {
    std::int64_t total = 0;
    for (const std::uint64_t word : words_) total += std::popcount(word);
    return total;
  }

  void unite(const LagSet& other, std::int64_t shift = 0) {
    const std::size_t whole = std::size_t(shift / 64);
    const int bits = int(shift % 64);
    words_.resize(std::max(words_.size(), other.words_.size() + whole + 1), 0);
    for (std::size_t i = 0; i < other.words_.size(); ++i) {
      words_[i + whole] |= other.words_[i] << bits;
      if (bits > 0) words_[i + whole + 1] |= other.words_[i] >> (64 - bits);
    }
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
  }

  // The set as seen through all convs of a layer, side by side.
  LagSet through(const model::Layer& layer) const {
    LagSet result;
    model::for_each_branch(layer, [&](const model::Conv& conv) { result.unite(through(conv)); });
    return result;
  }

  // The set as seen through `kernel` taps: united with itself shifted by 0, d, … (kernel-1)·d, by doubling.
  LagSet through(const model::Conv& conv) const {
    LagSet result = *this;
    for (int taps = 1; taps < conv.kernel;) {
      const int more = std::min(taps, conv.kernel - taps);
      const LagSet before = result;
      result.unite(before, std::int64_t(more) * conv.dilation);
      taps += more;
    }
    return result;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// The lags at which a network reads the sound, of which its input holds `sound`; adds its dilations to their common
// divisor.
LagSet lags(const model::WaveNet& net, const LagSet& sound, int& divisor) {
  LagSet v = sound, acc, condition;
  if (net.condition.kind == model::ConditionKind::signal) condition = sound;
  if (net.condition.model) condition = lags(net.condition.model->config.wavenet, sound, divisor);
  for (const model::Stack& stack : net.stacks) {
    v = v.through(stack.input);
    for (const model::Layer& layer : stack.layers) {
      LagSet z = v.through(layer);
      z.unite(condition);
      acc.unite(z);
      if (layer.residual) v.unite(z);
      model::for_each_branch(layer, [&](const model::Conv& conv) { divisor = std::gcd(divisor, conv.dilation); });
    }
    if (stack.head) acc = acc.through(*stack.head);
  }
  if (net.stacks.empty()) acc = sound;
  for (const model::PostLayer& post : net.post) {
    acc = acc.through(post.conv);
    if (net.stacks.empty()) divisor = std::gcd(divisor, post.conv.dilation);
  }
  if (net.output.input_skip != 0) acc.unite(sound);
  return acc;
}

LagSet lags(const model::Config& config, int& divisor) {
  return lags(config.wavenet, config.front ? lags(config.front->config, divisor) : LagSet::zero(), divisor);
}

Reach reach_of(const LagSet& sound, int divisor) {
  return {sound.size(), {sound.count(), sound.size(), std::max(divisor, 1)}};
}

}  // namespace

Reach reach(const model::WaveNet& net) {
  int divisor = 0;
  const LagSet sound = lags(net, LagSet::zero(), divisor);
  return reach_of(sound, divisor);
}

Reach reach(const model::Config& config) {
  int divisor = 0;
  const LagSet sound = lags(config, divisor);
  return reach_of(sound, divisor);
}

}  // namespace atrous::network
