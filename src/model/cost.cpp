#include "model/cost.hpp"

#include <algorithm>
#include <cmath>

#include "model/limits.hpp"
#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"
#include "model/work.hpp"

namespace atrous::model {

namespace {

// What a convolution reads, or several side by side.
struct Reader {
  explicit Reader(const Conv& conv)
      : in(conv.in), out(conv.out), past(past_samples(conv)), ahead(conv.kernel > 1 ? conv.dilation : 0) {}
  explicit Reader(const Layer& layer) : Reader(layer.conv) {
    out = layer.z_rows();
    for (const Conv& branch : layer.branches) {
      const Reader other(branch);
      past = std::max(past, other.past);
      ahead = std::max(ahead, other.ahead);
    }
  }

  int in, out;
  std::int64_t past;  // samples
  int ahead;          // steps that some of it may be known ahead
};

// Every one of the model alone, without those of the model that makes its condition.
template <class Visit>
void for_each_reader(const WaveNet& net, const Visit& visit) {
  for (const Stack& stack : net.stacks) {
    visit(Reader(stack.input));
    for (const Layer& layer : stack.layers) visit(Reader(layer));
    if (stack.head) visit(Reader(*stack.head));
  }
  for (const PostLayer& layer : net.post) visit(Reader(layer.conv));
}

std::int64_t past_samples(const WaveNet& net) {
  std::int64_t samples = 0;
  for_each_reader(net, [&](const Reader& reader) { samples += reader.past; });
  return samples;
}

// The history of `rows` inputs over `past` samples, with room for a few blocks (stream/block_queue.hpp).
double queue_values(double rows, std::int64_t past) {
  constexpr double block = block_frames;
  return rows * (std::ceil(double(past) / block) + (past > 0 ? 5 : 2)) * block;
}

// One sample of history is a row of all inputs, and there are a power of two of them; what is known of steps ahead
// stands beside it (stream/columns.hpp).
double ring_values(const Reader& reader) {
  const double ring = std::exp2(std::ceil(std::log2(double(reader.past) + 1)));
  return ring * reader.in + std::min(reader.ahead, steps_ahead) * (reader.out + double{vector_floats});
}

// What a block passes through on its way (stream/block_buffers.cpp).
double chunk_values(const WaveNet& net) {
  constexpr double block = block_frames;
  double z = 0, u = 0, modulated = 0;
  for (const Stack& stack : net.stacks) {
    for (const Layer& layer : stack.layers) {
      z = std::max<double>(z, layer.z_rows());
      u = std::max<double>(u, layer.bottleneck);
      if (!layer.modulated()) continue;
      const double widest =
          std::max({layer.z_rows(), layer.conv.in, layer.bottleneck, layer.skip ? layer.skip->out : 0});
      modulated = std::max(modulated, 3 * widest + layer.z_rows() + layer.conv.in);
    }
  }
  const double sum = net.stacks.empty() ? 0 : net.stacks[0].layers[0].skip_width();
  return block * (z + u + modulated + sum + net.output.channels);
}

// `steps`: it runs in steps too, as what generates does and what makes the condition of that.
double post_values(const PostLayer& layer, bool steps) {
  const Conv& conv = layer.conv;
  if (has_cells(layer.kind)) {
    return queue_values(conv.in, 0) + (steps ? 2 : 1) * 11.0 * (conv.out + vector_floats);
  }
  if (layer.is_fir() && !steps) return queue_values(1, 0) + 256 + 3.0 * conv.kernel;
  return queue_values(conv.in, past_samples(conv));
}

// With the models before it and of its condition.
double stream_values(const Config& config, bool steps) noexcept {
  const WaveNet& net = config.wavenet;
  double values = chunk_values(net);
  for (const Stack& stack : net.stacks) {
    values += queue_values(stack.input.in, past_samples(stack.input));
    for (const Layer& layer : stack.layers) values += queue_values(layer.conv.in, Reader(layer).past);
    if (stack.head) values += queue_values(stack.head->in, past_samples(*stack.head));
  }
  for (const PostLayer& layer : net.post) values += post_values(layer, steps);
  if (steps) for_each_reader(net, [&](const Reader& reader) { values += ring_values(reader); });
  if (config.front) values += stream_values(config.front->config, steps);
  if (config.hypernet) values += 3 * double(value_counts(tensor_shapes(config)));  // a plan of its own
  return values + (net.condition.model ? stream_values(net.condition.model->config, steps) : 0);
}

// Where a layer of a generator has a skip and a residual, they become one matrix in which groups are written out with
// their zeros.
double written_out(const WaveNet& net) {
  double count = 0;
  for (const Stack& stack : net.stacks) {
    for (const Layer& layer : stack.layers) {
      if (layer.residual) count += double(layer.bottleneck) * (stack.input.out + layer.skip_width());
    }
  }
  return count;
}

int nested_models(const Config& config) {
  int models = 0;
  for (const auto& inner : {config.front, config.wavenet.condition.model}) {
    if (inner) models += 1 + nested_models(inner->config);
  }
  return models;
}

// Returns how many there are.
double check_weights(const Field& at, const Config& config) {
  std::int64_t weights = 0;
  for (const TensorShape& tensor : tensor_shapes(config)) {
    const std::int64_t count = value_count(tensor.shape);
    (at / tensor.name).range(count, 1, max_weights);
    weights += count;
    (at / tensor.name).range(weights, 1, max_weights);
  }
  return double(weights);
}

// Whether queues are all that is remembered, of this model and those inside it, and prewarming is to fill them all.
bool only_convolves(const Config& config) {
  const auto& inner = config.wavenet.condition.model;
  const auto& post = config.wavenet.post;
  return !config.front && config.prewarm && config.prewarm_samples == 0 && (!inner || only_convolves(inner->config)) &&
         std::none_of(post.begin(), post.end(),
                      [](const PostLayer& layer) { return has_cells(layer.kind) || layer.is_fir(); });
}

// That of the model that makes the condition, or null.
const Config* inner_config(const Config& config) {
  return config.wavenet.condition.model ? &config.wavenet.condition.model->config : nullptr;
}

std::int64_t own_queues(const Config& config) {
  std::int64_t queues = 0;
  for_each_reader(config.wavenet, [&](const Reader& reader) { queues += reader.past > 0 ? 1 : 0; });
  return queues;
}

std::int64_t settling_queues(const Config& config) {
  const Config* inner = inner_config(config);
  return own_queues(config) + (inner ? settling_queues(*inner) : 0);
}

// Each queue is settled by a frame through its model and those inside it, which have settled before.
double settling_cost(const Config& config) {
  const Config* inner = inner_config(config);
  return double(own_queues(config)) * block_cost(config, 1) + (inner ? settling_cost(*inner) : 0);
}

double running_cost(const Config& config, std::int64_t frames) {
  constexpr std::int64_t block = block_frames;
  const std::int64_t whole = frames / block;
  const int first = int(frames % block);
  return (first > 0 ? block_cost(config, first) : 0) + double(whole) * block_cost(config, block);
}

}  // namespace

std::int64_t count_weights(const ModelData& data) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : data.tensors) count += std::int64_t(tensor.values.size());
  for (const Size& size : data.sizes) count += size.model ? count_weights(*size.model) : 0;
  for (const auto& inner : {data.config.front, data.config.wavenet.condition.model}) {
    if (inner) count += count_weights(*inner);
  }
  return count;
}

double stream_values(const Config& config) noexcept {
  return stream_values(config, config.wavenet.generates());
}

double silence_cost(const Config& config) noexcept {
  constexpr double per_value = 10, per_conv = 10000;  // to make and copy, and to fill once more
  double convs = 0;
  for (const Config* each = &config; each; each = inner_config(*each)) {
    for_each_reader(each->wavenet, [&](const Reader&) { ++convs; });
  }
  const double before = config.front ? silence_cost(config.front->config) : 0;
  return before + (settles_by_queues(config) ? settling_cost(config) : running_cost(config, prewarm_length(config))) +
         per_value * stream_values(config) + per_conv * convs;
}

std::int64_t prewarm_length(const Config& config) noexcept {
  const auto& inner = config.wavenet.condition.model;
  const std::int64_t before = inner ? prewarm_length(inner->config) : 0;
  if (!config.prewarm) return before;
  if (config.prewarm_samples > 0) return before + config.prewarm_samples;
  return (inner ? before : 1) + past_samples(config.wavenet);
}

bool settles_by_queues(const Config& config) noexcept {
  constexpr std::int64_t vector = 16;  // what a frame costs
  return only_convolves(config) && vector * settling_queues(config) < prewarm_length(config);
}

void check_streams(const Config& config, const std::string& file, int streams) {
  const double values = stream_values(config);
  if (values <= max_effect_values / (streams + 1)) return;
  fail(ErrorCode::argument, file, "channels",
       std::to_string(streams) + " of a model that remembers " + number_text(values) + " values: expected at most " +
           number_text(max_effect_values) + " of all together");
}

void check_memory(const Field& root, const Config& config) {
  const WaveNet& net = config.wavenet;
  (root / "condition.model").range(nested_models(config), 0, max_nested_models);
  const auto most = [&](const char* what, double found, double limit) {
    if (found > limit) (root / "stacks").fail(std::string(what) + ": expected at most " + number_text(limit));
  };
  most("samples that the convolutions look back over", double(past_samples(net)), max_past_samples);
  most("values that the convolutions remember", stream_values(config), max_state_values);
  const double weights = check_weights(root, config);
  if (!net.generates()) return;
  most("weights of skips and residuals without groups", written_out(net),
       std::max(max_written_out, max_written_out_per_weight * weights));
}

void check_cost(const ModelData& data) {
  double values = 0, silence = 0;
  const auto add = [&](const Config& config) {
    values += stream_values(config);
    silence += silence_cost(config);
  };
  add(data.config);
  for (const Size& size : data.sizes) add(size.model ? size.model->config : data.config);
  const Field root{data.name, ""};
  const auto weights = double(count_weights(data));
  const auto cut = std::count_if(data.sizes.begin(), data.sizes.end(), [](const Size& size) { return !size.model; });
  if (cut > 0 && weights > max_weights / double(cut + 1)) {
    (root / "sizes").fail("they have too many weights together");
  }
  if (values > max_state_values) (root / "sizes").fail("they remember too many values together");
  if (silence > std::max(max_silence_cost, max_silence_cost_per_weight * weights)) {
    (root / "stacks").fail("too long a silence before the first sample for a model of this size");
  }
  const double sample = sample_cost(data.config), condition = condition_cost(data.config),
               second = data.config.sample_rate * (sample + condition),
               dense = data.config.sample_rate * max_cost_per_weight * weights;
  if (second > max_second_cost + dense) {
    (root / (condition > sample ? "condition.upsampler" : "stacks"))
        .fail("a second of sound would take about " + number_text(std::round(second / 1e9) / 10) +
              " s: too long for a model of this size");
  }
}

}  // namespace atrous::model
