#include "model/cost.hpp"

#include <algorithm>

#include "model/field.hpp"
#include "model/limits.hpp"
#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::model {

namespace {

// Every convolution of the model alone, without the one that makes its condition.
template <class Visit>
void for_each_conv(const WaveNet& net, const Visit& visit) {
  for (const Stack& stack : net.stacks) {
    visit(stack.input);
    for (const Layer& layer : stack.layers) visit(layer.conv);
    if (stack.head) visit(*stack.head);
  }
  for (const PostLayer& layer : net.post) visit(layer.conv);
}

std::int64_t past_samples(const Conv& conv) {
  return std::int64_t{conv.kernel - 1} * conv.dilation;
}

std::int64_t past_samples(const WaveNet& net) {
  std::int64_t samples = 0;
  for_each_conv(net, [&](const Conv& conv) { samples += past_samples(conv); });
  return samples;
}

// What the queues of one stream hold: the past of every convolution, and room for the block at hand.
std::int64_t state_values(const WaveNet& net) {
  constexpr std::int64_t block = 128;
  std::int64_t count = 0;
  for_each_conv(net, [&](const Conv& conv) {
    count = std::min(count + (past_samples(conv) + block) * conv.in, max_state_values + 1);
  });
  return count;
}

// The skip and the residual of a layer become one matrix in which groups are written out with their zeros.
std::int64_t output_weights(const WaveNet& net) {
  std::int64_t count = 0;
  for (const Stack& stack : net.stacks) {
    for (const Layer& layer : stack.layers) {
      const int skip = layer.skip ? layer.skip->out : layer.bottleneck, residual = layer.residual ? stack.input.out : 0;
      count += std::int64_t{layer.bottleneck} * (skip + residual);
    }
  }
  return count;
}

int nested_models(const Config& config) {
  const auto& inner = config.wavenet.condition.model;
  return inner ? 1 + nested_models(inner->config) : 0;
}

void check_weights(const Field& at, const Config& config) {
  std::int64_t weights = 0;
  for (const TensorShape& tensor : tensor_shapes(config)) {
    const std::int64_t count = value_count(tensor.shape);
    (at / tensor.name).range(count, 1, max_weights);
    weights += count;
    (at / tensor.name).range(weights, 1, max_weights);
  }
}

// In tenths of nanoseconds: multiplications per sample, and what a layer costs however narrow it is. Cells take every
// step by itself.
std::int64_t cost_per_sample(const Config& config) {
  constexpr std::int64_t layer_cost = 64, cells_cost = 400;
  std::int64_t cost = 0;
  for (const TensorShape& tensor : tensor_shapes(config)) cost += value_count(tensor.shape);
  for_each_conv(config.wavenet, [&](const Conv&) { cost += layer_cost; });
  for (const PostLayer& layer : config.wavenet.post) cost += layer.kind == PostKind::lstm ? cells_cost : 0;
  const auto& inner = config.wavenet.condition.model;
  return inner ? cost + cost_per_sample(inner->config) : cost;
}

// Whether queues are all that is remembered, of this model and those inside it, and prewarming is to fill them all.
bool only_convolves(const Config& config) {
  const auto& inner = config.wavenet.condition.model;
  const auto& post = config.wavenet.post;
  return config.prewarm && config.prewarm_samples == 0 && (!inner || only_convolves(inner->config)) &&
         std::none_of(post.begin(), post.end(),
                      [](const PostLayer& layer) { return layer.kind == PostKind::lstm || layer.is_fir(); });
}

// A frame for every queue, which costs as much as a vector of them.
std::int64_t settling_frames(const Config& config) {
  constexpr std::int64_t vector = 16;
  std::int64_t frames = 0;
  for_each_conv(config.wavenet, [&](const Conv& conv) { frames += past_samples(conv) > 0 ? vector : 0; });
  const auto& inner = config.wavenet.condition.model;
  return inner ? frames + settling_frames(inner->config) : frames;
}

// Frames of silence that are run before the first sample.
std::int64_t silent_frames(const Config& config) {
  return settles_by_queues(config) ? settling_frames(config) : prewarm_length(config);
}

// What one stream remembers.
std::int64_t remembered(const Config& config) {
  const auto& inner = config.wavenet.condition.model;
  return state_values(config.wavenet) + (inner ? remembered(inner->config) : 0);
}

std::int64_t count_weights(const ModelData& data) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : data.tensors) count += static_cast<std::int64_t>(tensor.values.size());
  for (const Size& size : data.sizes) count += size.model ? count_weights(*size.model) : 0;
  const auto& inner = data.config.wavenet.condition.model;
  return inner ? count + count_weights(*inner) : count;
}

}  // namespace

std::int64_t prewarm_length(const Config& config) noexcept {
  const auto& inner = config.wavenet.condition.model;
  const std::int64_t before = inner ? prewarm_length(inner->config) : 0;
  if (!config.prewarm) return before;
  if (config.prewarm_samples > 0) return before + config.prewarm_samples;
  return (inner ? before : 1) + past_samples(config.wavenet);
}

bool settles_by_queues(const Config& config) noexcept {
  return only_convolves(config) && settling_frames(config) < prewarm_length(config);
}

void check_streams(const Config& config, const std::string& file, int streams) {
  const std::int64_t values = remembered(config);
  if (values <= max_effect_values / (streams + 1)) return;
  fail(ErrorCode::argument, file, "channels",
       std::to_string(streams) + " of a model that remembers " + std::to_string(values) + " values: expected at most " +
           std::to_string(max_effect_values) + " of all together");
}

void check_memory(const Config& config, const std::string& file) {
  const Field root{file, ""};
  const WaveNet& net = config.wavenet;
  (root / "condition.model").range(nested_models(config), 0, max_nested_models);
  const auto most = [&](const char* what, std::int64_t found, std::int64_t limit) {
    if (found > limit) (root / "stacks").fail(std::string(what) + ": expected at most " + std::to_string(limit));
  };
  most("samples that the convolutions look back over", past_samples(net), max_past_samples);
  most("values that the convolutions remember", remembered(config), max_state_values);
  most("weights of skips and residuals without groups", output_weights(net), max_output_weights);
  check_weights(root, config);
}

void check_cost(const ModelData& data) {
  std::int64_t values = 0, silence = 0;
  const auto add = [&](const Config& config) {
    values += remembered(config);
    silence += silent_frames(config) * cost_per_sample(config);
  };
  add(data.config);
  for (const Size& size : data.sizes) add(size.model ? size.model->config : data.config);
  const Field root{data.name, ""};
  const auto cut = std::count_if(data.sizes.begin(), data.sizes.end(), [](const Size& size) { return !size.model; });
  if (cut > 0 && count_weights(data) > max_weights / (cut + 1)) {
    (root / "sizes").fail("they have too many weights together");
  }
  if (values > max_state_values) (root / "sizes").fail("they remember too many values together");
  if (silence > std::max(max_silence_cost, max_silence_cost_per_weight * count_weights(data))) {
    (root / "stacks").fail("too long a silence before the first sample for a model of this size");
  }
}

}  // namespace atrous::model
