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
  if (!value || std::abs(*value) > static_cast<double>(std::numeric_limits<float>::max())) {
    json.expected("a number within the range of a float");
  }
  return static_cast<float>(*value);
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
    if (!data.is_array() || static_cast<std::int64_t>(data.size()) != count) {
      data.expected("an array of " + std::to_string(count));
    }
    std::vector<float> values(static_cast<std::size_t>(count));
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

class Weights {
 public:
  Weights(const JsonView& list, Tensors& tensors) : variables_(list), tensors_(tensors) {}

  // `suffix` is what the file appends to W and b.
  void conv(int layer, const std::string& suffix, const std::string& name, const Conv& conv) {
    const std::int64_t count = std::int64_t{conv.out} * conv.in * conv.kernel;
    put(name + ".weight", {conv.out, conv.in, conv.kernel},
        transposed(variables_.take(layer, "W" + suffix, count), conv.kernel, conv.in, conv.out));
    put(name + ".bias", {conv.out}, variables_.take(layer, "b" + suffix, conv.out));
  }

  void pointwise(int layer, const std::string& suffix, const std::string& name, int in, int out) {
    put(name + ".weight", {out, in},
        transposed(variables_.take(layer, "W" + suffix, std::int64_t{in} * out), 1, in, out));
    put(name + ".bias", {out}, variables_.take(layer, "b" + suffix, out));
  }

  // The mix [layers·channels][out], dealt out to the layers.
  void mix(int layers, int channels, int out) {
    const auto values = variables_.take(layers, "W", std::int64_t{layers} * channels * out);
    const std::int64_t block = std::int64_t{channels} * out;
    for (int n = 0; n < layers; ++n) {
      const std::vector<float> part(values.begin() + n * block, values.begin() + (n + 1) * block);
      put(layer_prefix(0, n) + "skip.weight", {out, channels}, transposed(part, 1, channels, out));
    }
    put(layer_prefix(0, layers - 1) + "skip.bias", {out}, variables_.take(layers, "b", out));
  }

  void expect_none_left() const { variables_.expect_none_left(); }

 private:
  void put(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    tensors_[name] = {std::move(shape), std::move(values)};
  }

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

  const Stack& stack = data.config.wavenet.stacks[0];
  const int layers = static_cast<int>(stack.layers.size());
  Weights weights(root.at("variables"), data.tensors);
  weights.conv(-1, "", "stacks.0.input", stack.input);
  for (int n = 0; n < layers; ++n) {
    weights.conv(n, "_conv", layer_prefix(0, n) + "conv", stack.layers[n].conv);
    weights.pointwise(n, "_out", layer_prefix(0, n) + "residual", stack.input.out, stack.input.out);
  }
  weights.mix(layers, stack.input.out, data.config.wavenet.output.channels);
  weights.expect_none_left();
  return data;
}

}  // namespace atrous::model
