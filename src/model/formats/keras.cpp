// RTNeural's JSON of a sequential Keras network, and AIDA-X's of the same kind: {in_shape, layers: [{type, activation,
// shape, weights, …}]}. A convolution's weights are [kernel][in/groups][out], tap 0 the oldest; a dense layer's
// [in][out]; those of an LSTM [in][4·cells] and [cells][4·cells], gates i, f, c, o. It starts from zeros.
//
// AIDA-X adds in_gain and out_gain (dB), in_skip and samplerate: y = out_gain · (net(in_gain · x) + in_skip · in_gain ·
// x). The inputs behind the first are knobs, from 0 to 1 and 0 at first, which the files do not name and AIDA-X calls
// PARAM1, PARAM2, …; gain and skip are of the sound alone.
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "model/formats/chain.hpp"
#include "model/formats/formats.hpp"
#include "model/json.hpp"
#include "model/limits.hpp"
#include "model/metadata_json.hpp"

namespace atrous::model {

namespace {

constexpr double default_sample_rate = 48000;
constexpr double most_gain_db = 200;

// A number, or the last one of a list: shapes and kernels are lists in which Keras leaves null what it does not know.
// The shape of an InputLayer is a list of one shape.
JsonView last(const JsonView& json) {
  if (!json.is_array()) return json;
  if (json.size() == 0) json.expected("at least one number");
  return last(json[json.size() - 1]);
}

// The samples of a shape, where it says how many.
std::optional<int> samples(const JsonView& shape) {
  if (!shape.is_array() || shape.size() < 2 || !shape[shape.size() - 2].is_number()) return std::nullopt;
  return shape[shape.size() - 2].integer(0, std::numeric_limits<int>::max());
}

// Layers that give fewer samples than they read are not padded: they are of a model of frames, not of a signal.
void expect_all_samples(const JsonView& in_shape, const JsonView& layers) {
  std::optional<int> inputs = samples(in_shape);
  for (std::size_t n = 0; n < layers.size(); ++n) {
    const JsonView shape = layers[n].at("shape");
    const std::optional<int> made = samples(shape);
    if (inputs && made && *made < *inputs) {
      shape.fail(ErrorCode::unsupported, "a layer that makes " + std::to_string(*made) + " samples of " +
                                             std::to_string(*inputs) + " is not supported");
    }
    inputs = made;
  }
}

int read_or(const JsonView& layer, const std::string& key, int default_value, int most) {
  const auto json = layer.find(key);
  return json ? last(*json).integer(1, most) : default_value;
}

// Text and true mean what they say, although AIDA-X's plugins pass over settings that are no numbers.
void note_reading(const JsonView& json, double value, Warnings& warnings) {
  if (json.is_number()) return;
  warnings.push_back(json.path() + ": " + json.describe() + " is read as " + number_text(value) +
                     "; AIDA-X itself takes numbers alone");
}

double read_gain(const JsonView& root, const char* key, Warnings& warnings) {
  const auto json = root.find(key);
  if (!json) return 1;
  const auto db = number_or_text(*json);
  if (!db || std::abs(*db) > most_gain_db) json->expected("a gain in dB from -200 to 200");
  note_reading(*json, *db, warnings);
  return std::pow(10.0, *db / 20);
}

bool read_skip(const JsonView& root, Warnings& warnings) {
  const auto json = root.find("in_skip");
  if (!json) return false;
  const auto skip = json->is_boolean() ? std::optional<double>(json->boolean()) : number_or_text(*json);
  if (skip != 0.0 && skip != 1.0) json->expected("0 or 1");
  note_reading(*json, *skip, warnings);
  return *skip == 1;
}

std::size_t size(int number) {
  return std::size_t(number);
}

// The arrays of a layer's weights: `least` to `most` of them.
JsonView read_arrays(const JsonView& layer, std::size_t least, std::size_t most) {
  JsonView weights = layer.at("weights");
  if (!weights.is_array() || weights.size() < least || weights.size() > most) {
    weights.expected(std::to_string(most) + (most == 1 ? " array" : " arrays"));
  }
  return weights;
}

// The last array of `count`, where it may be absent because the layer has no bias.
std::vector<float> read_bias(const JsonView& weights, std::size_t count, int width) {
  return weights.size() < count ? std::vector<float>{} : weights[count - 1].reals({size(width)});
}

// None where it is not known.
std::optional<ActivationKind> activation_kind(std::string_view wanted) {
  constexpr std::array kinds{
      std::pair<std::string_view, ActivationKind>{"", ActivationKind::identity},
      std::pair<std::string_view, ActivationKind>{"linear", ActivationKind::identity},
      std::pair<std::string_view, ActivationKind>{"tanh", ActivationKind::tanh},
      std::pair<std::string_view, ActivationKind>{"relu", ActivationKind::relu},
      std::pair<std::string_view, ActivationKind>{"sigmoid", ActivationKind::sigmoid},
      std::pair<std::string_view, ActivationKind>{"elu", ActivationKind::elu},
  };
  for (const auto& [name, kind] : kinds) {
    if (name == wanted) return kind;
  }
  return std::nullopt;
}

void add_activation(const JsonView& layer, Chain& chain) {
  const auto json = layer.find("activation");
  if (!json) return;
  if (json->string() == "softmax") return chain.softmax();
  const auto kind = activation_kind(json->string());
  if (!kind) json->fail(ErrorCode::unsupported, "the activation " + in_quotes(json->string()) + " is not supported");
  if (*kind == ActivationKind::identity) return;
  Activation activation;
  activation.kind = *kind;
  chain.activation(activation);
}

void read_conv(const JsonView& layer, int out, Chain& chain) {
  Conv conv;
  conv.in = chain.width();
  conv.out = out;
  conv.kernel = read_or(layer, "kernel_size", 1, max_kernel);
  conv.dilation = read_or(layer, "dilation", 1, max_dilation);
  conv.groups = read_or(layer, "groups", 1, max_channels);
  if (conv.in % conv.groups != 0 || conv.out % conv.groups != 0) {
    layer.at("groups").expected("a divisor of " + std::to_string(conv.in) + " and " + std::to_string(conv.out));
  }
  const JsonView weights = read_arrays(layer, 1, 2);
  const int inputs = conv.in / conv.groups;
  const std::vector<float> kernel = weights[0].reals({size(conv.kernel), size(inputs), size(out)});
  std::vector<float> bias = read_bias(weights, 2, out);
  conv.bias = !bias.empty();
  chain.conv(conv, transposed(kernel, conv.kernel, inputs, out), std::move(bias));
  add_activation(layer, chain);
}

void read_dense(const JsonView& layer, int out, Chain& chain) {
  const JsonView weights = read_arrays(layer, 1, 2);
  const std::vector<float> kernel = weights[0].reals({size(chain.width()), size(out)});
  std::vector<float> bias = read_bias(weights, 2, out);
  const bool biased = !bias.empty();
  chain.conv({.in = chain.width(), .out = out, .bias = biased}, transposed(kernel, 1, chain.width(), out),
             std::move(bias));
  add_activation(layer, chain);
}

void expect_cells(const JsonView& layer, int cells) {
  if (cells > max_channels / 4) layer.at("shape").expected("at most " + std::to_string(max_channels / 4) + " cells");
}

// The activation that stands there is ignored, as RTNeural does: that of the cell is always tanh.
void read_cells(PostKind kind, const JsonView& weights, int cells, std::vector<float> bias, Chain& chain) {
  const int in = chain.width(), rows = gates(kind) * cells;
  const std::vector<float> input = transposed(weights[0].reals({size(in), size(rows)}), 1, in, rows);
  const std::vector<float> recurrent = transposed(weights[1].reals({size(cells), size(rows)}), 1, cells, rows);
  bias.resize(size(cell_biases * cells));
  chain.cells(kind, cells, joined(input, recurrent, in, cells), std::move(bias));
}

void read_lstm(const JsonView& layer, int cells, Chain& chain) {
  expect_cells(layer, cells);
  const JsonView weights = read_arrays(layer, 2, 3);
  read_cells(PostKind::lstm, weights, cells, read_bias(weights, 3, 4 * cells), chain);
}

// Its biases are two rows, of what it reads and of its state, where the reset gate comes after the product with the
// state; that before it is another network.
void read_gru(const JsonView& layer, int cells, Chain& chain) {
  expect_cells(layer, cells);
  const JsonView weights = read_arrays(layer, 2, 3);
  std::vector<float> bias;
  if (weights.size() == 3) {
    if (weights[2].size() > 0 && !weights[2][0].is_array()) {
      weights[2].fail(ErrorCode::unsupported, "a GRU whose bias has one row (reset_after = False) is not supported");
    }
    bias = joined_gru_bias(weights[2].reals({2, size(3 * cells)}));
  }
  read_cells(PostKind::gru, weights, cells, std::move(bias), chain);
}

void expect_same_width(const JsonView& layer, int out, const Chain& chain) {
  if (out != chain.width()) layer.at("shape").expected(std::to_string(chain.width()) + " channels");
}

// A slope per channel, shared by all samples, or one for all channels; whatever axes of one stand around them.
void read_prelu(const JsonView& layer, int out, Chain& chain) {
  expect_same_width(layer, out, chain);
  JsonView slopes = read_arrays(layer, 1, 1);
  while (slopes.size() == 1 && slopes[0].is_array()) slopes = slopes[0];
  Activation prelu;
  prelu.kind = ActivationKind::prelu;
  prelu.slopes = slopes.reals({slopes.size() == 1 ? 1 : size(out)});
  if (prelu.slopes.size() < size(out)) {
    prelu.slope = prelu.slopes[0];
    prelu.slopes.clear();
  }
  chain.activation(prelu);
}

// gamma, beta, mean, variance; the last two alone where the layer neither scales nor shifts.
void read_batchnorm(const JsonView& layer, int out, Chain& chain) {
  expect_same_width(layer, out, chain);
  const JsonView arrays = read_arrays(layer, 2, 4);
  const bool affine = arrays.size() == 4;
  if (arrays.size() == 3) arrays.expected("2 or 4 arrays");
  const auto values = [&](std::size_t index) { return arrays[index].reals({size(out)}); };
  Batchnorm norm;
  norm.gamma = affine ? values(0) : std::vector<float>(size(out), 1);
  norm.beta = affine ? values(1) : std::vector<float>(size(out), 0);
  norm.mean = values(affine ? 2 : 0);
  norm.variance = values(affine ? 3 : 1);
  norm.epsilon = layer.at("epsilon").number();
  for (const float variance : norm.variance) {
    if (!(double(variance) + norm.epsilon > 0)) arrays.expected("variances above 0");
  }
  chain.batchnorm(norm);
}

// What the exporter did not know. Without weights and activation it is Keras's InputLayer; with them it did something.
void read_unknown(const JsonView& layer, int out, Chain& chain) {
  const auto weights = layer.find("weights");
  const auto activation = layer.find("activation");
  if ((weights && weights->size() > 0) || (activation && !activation->string().empty())) {
    layer.at("type").fail(ErrorCode::unsupported,
                          "a layer of type \"unknown\" is not supported unless it has no weights");
  }
  expect_same_width(layer, out, chain);
}

void read_activation_layer(const JsonView& layer, int out, Chain& chain) {
  expect_same_width(layer, out, chain);
  add_activation(layer, chain);
}

struct LayerType {
  std::string_view name;
  void (*read)(const JsonView& layer, int out, Chain& chain);
};

constexpr std::array layer_types{
    LayerType{"conv1d", read_conv},
    LayerType{"dense", read_dense},
    LayerType{"time-distributed-dense", read_dense},
    LayerType{"lstm", read_lstm},
    LayerType{"gru", read_gru},
    LayerType{"prelu", read_prelu},
    LayerType{"batchnorm", read_batchnorm},
    LayerType{"activation", read_activation_layer},
    LayerType{"unknown", read_unknown},
};

void read_layer(const JsonView& layer, Chain& chain) {
  const JsonView type = layer.at("type");
  for (const LayerType& candidate : layer_types) {
    if (type.string() != candidate.name) continue;
    return candidate.read(layer, last(layer.at("shape")).integer(1, max_channels), chain);
  }
  type.fail(ErrorCode::unsupported, "a layer of type " + in_quotes(type.string()) + " is not supported");
}

}  // namespace

bool sniff_keras(Bytes bytes) {
  return is_json_with(bytes, "in_shape");
}

ModelData read_keras(Bytes bytes, const std::string& name) {
  const JsonDocument document(as_text(bytes), name);
  const JsonView root(document, name);
  ModelData data;
  read_facts(root, default_sample_rate, data);
  const double input_gain = read_gain(root, "in_gain", data.warnings);
  const double output_gain = read_gain(root, "out_gain", data.warnings);
  Chain chain(data, last(root.at("in_shape")).integer(1, max_audio_channels), input_gain);
  const JsonView layers = root.at("layers");
  if (layers.size(max_post_layers) == 0) layers.expected("at least one layer");
  expect_all_samples(root.at("in_shape"), layers);
  for (std::size_t n = 0; n < layers.size(); ++n) read_layer(layers[n], chain);
  if (chain.width() != 1) last(layers[layers.size() - 1].at("shape")).expected("1, since an effect has one output");
  chain.finish();
  chain.knobs("PARAM", 0);
  data.architecture = chain.architecture();
  Output& output = data.config.wavenet.output;
  output.scale = float(output_gain);
  if (read_skip(root, data.warnings)) {
    output.input_skip = float(output_gain * input_gain);
  }
  return data;
}

}  // namespace atrous::model
