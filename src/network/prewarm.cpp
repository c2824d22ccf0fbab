#include <algorithm>

#include "model/model_data.hpp"
#include "network/plan.hpp"

namespace atrous::network {
namespace {

// The past of all convolutions together.
std::int64_t memory(const model::WaveNet& net) noexcept {
  const auto of = [](const model::Conv& conv) { return std::int64_t{conv.kernel - 1} * conv.dilation; };
  std::int64_t samples = 0;
  for (const model::Stack& stack : net.stacks) {
    samples += of(stack.input);
    for (const model::Layer& layer : stack.layers) samples += of(layer.conv);
    if (stack.head) samples += of(*stack.head);
  }
  for (const model::PostLayer& layer : net.post) samples += of(layer.conv);
  return samples;
}

}  // namespace

std::int64_t prewarm_length(const model::Config& config) noexcept {
  const auto& inner = config.wavenet.condition.model;
  const std::int64_t before = inner ? prewarm_length(inner->config) : 0;
  if (!config.prewarm) return before;
  if (config.prewarm_samples > 0) return before + config.prewarm_samples;
  return (inner ? before : 1) + memory(config.wavenet);
}

std::int64_t settling_length(const Plan& plan) noexcept {
  const auto is_lstm = [](const PostPlan& post) { return post.lstm.has_value(); };
  std::int64_t length = plan.info.receptive_field;
  for (const Plan* part = &plan; part; part = part->condition_plan.get()) {
    if (std::any_of(part->post.begin(), part->post.end(), is_lstm)) {
      length += static_cast<std::int64_t>(part->config.sample_rate / 2);
    }
  }
  return length;
}

}  // namespace atrous::network
