// Random files of networks that are chains: RTNeural's Keras JSON and GuitarML's recurrent models.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model_files.hpp"

namespace atrous::test {

inline Json random_array(Random& random, const std::vector<int>& sizes, std::size_t depth = 0) {
  Json array = Json::array();
  for (int i = 0; i < sizes[depth]; ++i) {
    array.push_back(depth + 1 == sizes.size() ? Json(uniform(random)) : random_array(random, sizes, depth + 1));
  }
  return array;
}

inline int pick(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

inline Json layer_of(const char* type, int width, Json weights) {
  return {{"type", type}, {"activation", ""}, {"shape", {nullptr, nullptr, width}}, {"weights", std::move(weights)}};
}

inline const char* random_activation(Random& random) {
  constexpr const char* names[] = {"", "tanh", "relu", "sigmoid", "elu", "softmax"};
  return names[pick(random, 0, 5)];
}

inline Json random_conv(Random& random, int in, int out) {
  const int kernel = pick(random, 1, 4), groups = in % 2 == 0 && out % 2 == 0 ? pick(random, 1, 2) : 1;
  Json layer = layer_of("conv1d", out, {random_array(random, {kernel, in / groups, out}), random_array(random, {out})});
  layer["kernel_size"] = Json::array({kernel});
  layer["dilation"] = Json::array({pick(random, 1, 5)});
  if (groups > 1) layer["groups"] = groups;
  layer["activation"] = random_activation(random);
  return layer;
}

inline Json random_dense(Random& random, int in, int out, bool bias) {
  Json weights = Json::array({random_array(random, {in, out})});
  if (bias) weights.push_back(random_array(random, {out}));
  Json layer = layer_of(bias ? "dense" : "time-distributed-dense", out, weights);
  layer["activation"] = random_activation(random);
  return layer;
}

inline Json random_lstm(Random& random, int in, int cells) {
  Json layer = layer_of("lstm", cells,
                        {random_array(random, {in, 4 * cells}), random_array(random, {cells, 4 * cells}),
                         random_array(random, {4 * cells})});
  layer["activation"] = "tanh";
  return layer;
}

inline Json random_gru(Random& random, int in, int cells) {
  Json layer = layer_of("gru", cells,
                        {random_array(random, {in, 3 * cells}), random_array(random, {cells, 3 * cells}),
                         random_array(random, {2, 3 * cells})});
  layer["activation"] = "";
  return layer;
}

inline Json random_batchnorm(Random& random, int width, bool affine) {
  Json variance = random_array(random, {width});
  for (Json& value : variance) value = 1.5 + value.get<double>();
  Json weights = {random_array(random, {width}), variance};
  if (affine) {
    weights = {random_array(random, {width}), random_array(random, {width}), random_array(random, {width}), variance};
  }
  Json layer = layer_of("batchnorm", width, weights);
  layer["epsilon"] = 1e-3;
  return layer;
}

inline Json random_layer(Random& random, int in, int out) {
  switch (pick(random, 0, 7)) {
    case 0:
      return random_dense(random, in, out, pick(random, 0, 1) == 1);
    case 1:
      return random_lstm(random, in, out);
    case 2:
      return layer_of("prelu", in, Json::array({random_array(random, {1, in})}));
    case 3:
      return random_batchnorm(random, in, pick(random, 0, 1) == 1);
    case 4: {
      Json layer = layer_of("activation", in, Json::array());
      layer["activation"] = random_activation(random);
      return layer;
    }
    case 5:
      return random_gru(random, in, out);
    default:
      return random_conv(random, in, out);
  }
}

inline Json random_keras(Random& random, int inputs) {
  Json layers = Json::array();
  int width = inputs;
  for (int n = pick(random, 1, 6); n > 0; --n) {
    layers.push_back(random_layer(random, width, pick(random, 1, 9)));
    width = layers.back()["shape"][2];
  }
  layers.push_back(random_conv(random, width, 1));
  layers.back()["activation"] = pick(random, 0, 1) == 1 ? "tanh" : "";  // ReLU may leave nothing to compare
  return {{"in_shape", {nullptr, nullptr, inputs}}, {"layers", layers}};
}

// Layer `index` of a module of PyTorch's, the bias split in two.
template <class Tensors>
void add_torch_cells(Random& random, Tensors& state, const std::string& prefix, int index, const std::string& unit,
                     int in, int cells) {
  const std::string suffix = "_l" + std::to_string(index);
  const int rows = (unit == "GRU" ? 3 : 4) * cells;
  state[prefix + "weight_ih" + suffix] = random_array(random, {rows, in});
  state[prefix + "weight_hh" + suffix] = random_array(random, {rows, cells});
  state[prefix + "bias_ih" + suffix] = random_array(random, {rows});
  state[prefix + "bias_hh" + suffix] = random_array(random, {rows});
}

// A recurrent network as a file of GuitarML's trainer.
inline Json random_guitarml_recurrent(Random& random, int inputs, int cells, int layers, bool bias,
                                      const std::string& unit = "LSTM") {
  Json state;
  for (int n = 0; n < layers; ++n) add_torch_cells(random, state, "rec.", n, unit, n == 0 ? inputs : cells, cells);
  state["lin.weight"] = random_array(random, {1, cells});
  if (bias) state["lin.bias"] = random_array(random, {1});
  return {{"model_data",
           {{"model", "SimpleRNN"},
            {"input_size", inputs},
            {"skip", 1},
            {"output_size", 1},
            {"unit_type", unit},
            {"num_layers", layers},
            {"hidden_size", cells},
            {"bias_fl", bias}}},
          {"state_dict", state}};
}

// A bare state dict, whose modules run in the order of the file: not that of the alphabet, unless they are called so.
inline nlohmann::ordered_json random_torch_dict(Random& random, int inputs, int cells, const std::string& unit,
                                                const std::vector<std::string>& names = {"rnn2.", "rnn1.", "hidden.",
                                                                                         "dense."}) {
  nlohmann::ordered_json state;
  add_torch_cells(random, state, names[0], 0, unit, inputs, cells);
  for (int n = 0; n < 2; ++n) add_torch_cells(random, state, names[1], n, unit, cells, cells);
  state[names[2] + "weight"] = random_array(random, {cells + 1, cells});
  state[names[3] + "weight"] = random_array(random, {1, cells + 1});
  state[names[3] + "bias"] = random_array(random, {1});
  return state;
}

}  // namespace atrous::test
