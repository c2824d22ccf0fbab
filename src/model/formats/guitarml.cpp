// The JSON of WaveNetVA, PedalNetRT, SmartGuitarAmp and SmartGuitarPedal: a WaveNet without conditioning whose skip
// outputs, concatenated, feed one linear mix. The mix of a concatenation is a sum of products, so every layer gets its
// block of the mix matrix as skip convolution, and the last one the bias.
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "model/formats/chain.hpp"
#include "model/formats/formats.hpp"
#include "model/json.hpp"
#include "model/limits.hpp"
#include "model/metadata_json.hpp"
#include "model/tensor_shapes.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

constexpr double default_sample_rate = 44100;  // by convention; the files do not say

struct Nonlinearity {
  std::string_view name;
  Gating gating;
  ActivationKind activation, secondary;
};

constexpr std::array nonlinearities{
    Nonlinearity{"gated", Gating::gated, ActivationKind::tanh, ActivationKind::sigmoid},
    Nonlinearity{"softgated", Gating::gated, ActivationKind::softsign, ActivationKind::softsign},
    Nonlinearity{"tanh", Gating::none, ActivationKind::tanh, ActivationKind::identity},
    Nonlinearity{"sigmoid", Gating::none, ActivationKind::sigmoid, ActivationKind::identity},
    Nonlinearity{"relu", Gating::none, ActivationKind::relu, ActivationKind::identity},
    Nonlinearity{"softsign", Gating::none, ActivationKind::softsign, ActivationKind::identity},
    Nonlinearity{"linear", Gating::none, ActivationKind::identity, ActivationKind::identity},
};

const Nonlinearity& read_nonlinearity(const JsonView& json) {
  for (const Nonlinearity& candidate : nonlinearities) {
    if (json.string() == candidate.name) return candidate;
  }
  json.fail(ErrorCode::unsupported, "unknown activation " + in_quotes(json.string()));
}

// A number, or a string that holds one: these files have both.
float read_value(const JsonView& json) {
  const auto value = number_or_text(json);
  if (!value || std::abs(*value) > double(std::numeric_limits<float>::max())) {
    json.expected("a number within the range of a float");
  }
  return float(*value);
}

WaveNet read_config(const JsonView& root) {
  const Nonlinearity f = read_nonlinearity(root.at("activation"));
  const int channels = root.at("residual_channels").integer(1, max_channels / 2);
  const int kernel = root.at("filter_width").integer(1, max_kernel);
  const JsonView dilations = root.at("dilations");
  if (dilations.size(max_layers) == 0) dilations.expected("at least one dilation");

  WaveNet net;
  net.input.channels = root.at("input_channels").integer(1, max_audio_channels);
  net.output.channels = root.at("output_channels").integer(1, max_audio_channels);
  const auto level = root.find("level_adjust");
  if (level && read_value(*level) != 0) net.output.scale = read_value(*level);
  Stack& stack = net.stacks.emplace_back();
  stack.input.in = net.input.channels;
  stack.input.out = channels;
  for (std::size_t n = 0; n < dilations.size(); ++n) {
    Layer& layer = stack.layers.emplace_back();
    layer.gating = f.gating;
    layer.activation.kind = f.activation;
    layer.secondary.kind = f.secondary;
    layer.bottleneck = channels;
    layer.conv.in = channels;
    layer.conv.out = f.gating == Gating::none ? channels : 2 * channels;
    layer.conv.kernel = kernel;
    layer.conv.dilation = dilations[n].integer(1, max_dilation);
    layer.skip = Pointwise{net.output.channels, 1, n + 1 == dilations.size()};
    layer.residual = Pointwise{channels, 1, true};
  }
  return net;
}

// The variables of the file by layer and name, each taken once.
class Variables {
 public:
  explicit Variables(const JsonView& list) : list_(list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const JsonView variable = list[i];
      const int layer = variable.at("layer_idx").integer(-1, max_layers);
      const std::string name(variable.at("name").string());
      if (!variables_.emplace(std::pair(layer, name), variable.at("data")).second) {
        variable.fail(ErrorCode::format, "a second " + in_quotes(name) + " of layer " + std::to_string(layer));
      }
    }
  }

  std::vector<float> take(int layer, const std::string& name, std::int64_t count) {
    const auto found = variables_.find({layer, name});
    if (found == variables_.end()) {
      list_.fail(ErrorCode::format, in_quotes(name) + " of layer " + std::to_string(layer) + " is missing");
    }
    const JsonView data = found->second;
    if (!data.is_array() || std::int64_t(data.size()) != count) {
      data.expected("an array of " + std::to_string(count));
    }
    auto values = std::vector<float>(std::size_t(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = read_value(data[i]);
    variables_.erase(found);
    return values;
  }

  void expect_none_left() const {
    if (variables_.empty()) return;
    const auto& [layer, name] = variables_.begin()->first;
    list_.fail(ErrorCode::format, "unexpected " + in_quotes(name) + " of layer " + std::to_string(layer));
  }

 private:
  JsonView list_;
  std::map<std::pair<int, std::string>, JsonView> variables_;
};

// From [kernel][in][out] to [out][in] or [out][in][kernel], the sizes of `shape`.
std::vector<float> turned(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  const auto size = [&](std::size_t axis) { return axis < shape.size() ? int(shape[axis]) : 1; };
  return transposed(values, size(2), size(1), size(0));
}

class Weights {
 public:
  Weights(const JsonView& list, Tensors& tensors) : variables_(list), tensors_(tensors) {}

  // `suffix` is what the file appends to W and b.
  void product(int layer, const std::string& suffix, const ProductTensors& tensors) {
    const std::vector<std::int64_t>& shape = tensors.weight.shape;  // [out, in] or [out, in, kernel]
    put_tensor(tensors_, tensors.weight, turned(variables_.take(layer, "W" + suffix, value_count(shape)), shape));
    put_tensor(tensors_, *tensors.bias, variables_.take(layer, "b" + suffix, shape[0]));
  }

  // The mix [layers·channels][out], dealt out to the skips, of which the last has the bias.
  void mix(const std::vector<LayerTensors>& layers) {
    const std::vector<std::int64_t>& shape = layers[0].skip->weight.shape;  // [out, channels]
    const std::int64_t block = value_count(shape);
    const int after = int(layers.size());
    const auto values = variables_.take(after, "W", after * block);
    for (int n = 0; n < after; ++n) {
      const std::vector<float> part(values.begin() + n * block, values.begin() + (n + 1) * block);
      put_tensor(tensors_, layers[std::size_t(n)].skip->weight, turned(part, shape));
    }
    put_tensor(tensors_, *layers.back().skip->bias, variables_.take(after, "b", shape[0]));
  }

  void expect_none_left() const { variables_.expect_none_left(); }

 private:
  Variables variables_;
  Tensors& tensors_;
};

}  // namespace

bool sniff_guitarml(Bytes bytes) {
  return is_json_with(bytes, "residual_channels") || is_json_with(bytes, "variables");
}

ModelData read_guitarml(Bytes bytes, const std::string& name) {
  const JsonDocument document(as_text(bytes), name);
  const JsonView root(document, name);
  ModelData data;
  data.architecture = "WaveNet";
  read_facts(root, default_sample_rate, data);
  data.config.wavenet = read_config(root);
  validate_config(data.config, name);  // before any weight is counted

  const StackTensors tensors = model_tensors(data.config).stacks[0];
  Weights weights(root.at("variables"), data.tensors);
  weights.product(-1, "", tensors.input);
  for (std::size_t n = 0; n < tensors.layers.size(); ++n) {
    weights.product(int(n), "_conv", tensors.layers[n].conv);
    weights.product(int(n), "_out", *tensors.layers[n].residual);
  }
  weights.mix(tensors.layers);
  weights.expect_none_left();
  return data;
}

}  // namespace atrous::model
