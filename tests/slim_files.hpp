// Slimmable `.nam` WaveNets with random weights, and the same models cut down by hand: what spec and trainer call the
// leading rows and columns, written out tensor by tensor.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "model_files.hpp"

namespace atrous::test {

// One layer array, at its full width.
struct SlimArray {
  int channels = 6, bottleneck = 6;
  std::vector<int> kernels{3, 2}, dilations{1, 2};
  std::vector<std::string> gating{"none", "none"};
  bool layer1x1 = true;
  int head1x1 = 0;  // its rows; 0: inactive
  int head_out = 1, head_kernel = 1;
  bool head_bias = true;
  std::vector<std::string> films;     // active ones, by key
  bool film_shift = true;             // of all of them
  bool slopes = false;                // PReLU with a slope per channel instead of Tanh
  std::vector<int> allowed_channels;  // empty: not slimmable
};

class SlimNam {
 public:
  std::vector<SlimArray> arrays;
  int inputs = 1;

  explicit SlimNam(Random& random) : random_(random) {}

  // The file with every width that it allows.
  Json full() {
    std::vector<int> widths;
    for (const SlimArray& array : arrays) widths.push_back(array.channels);
    Json file = cut(widths);
    for (std::size_t a = 0; a < arrays.size(); ++a) {
      if (arrays[a].allowed_channels.empty()) continue;
      file["config"]["layers"][a]["slimmable"] = {{"method", "slice_channels_uniform"},
                                                  {"kwargs", {{"allowed_channels", arrays[a].allowed_channels}}}};
    }
    return file;
  }

  // A file of one size: so many channels per array.
  Json cut(const std::vector<int>& widths) {
    weights_ = Json::array();
    Json layers = Json::array();
    for (std::size_t a = 0; a < arrays.size(); ++a) layers.push_back(cut_array(a, widths));
    put("head_scale", 1, 1, 1);
    return {{"version", "0.7.0"},
            {"architecture", "WaveNet"},
            {"sample_rate", 48000},
            {"config", {{"in_channels", inputs}, {"layers", layers}, {"head", nullptr}, {"head_scale", 0.5}}},
            {"weights", weights_}};
  }

  // The widths that a size chooses, by the formula of the specification.
  std::vector<int> widths(double size) const {
    std::vector<int> result;
    for (const SlimArray& array : arrays) {
      const auto& allowed = array.allowed_channels;
      const auto n = double(allowed.size());
      const double i = std::max(0.0, std::min(std::floor(size * n), n - 1));
      result.push_back(allowed.empty() ? array.channels : allowed[std::size_t(i)]);
    }
    return result;
  }

 private:
  // Writes the leading part of a tensor, [out][in][k]; all of it where it is written for the first time.
  void put(const std::string& name, int out, int in, int k) {
    auto [found, fresh] = tensors_.try_emplace(name);
    Whole& whole = found->second;
    if (fresh) whole = {in, k, uniform(random_, std::size_t(out) * in * k)};
    for (float& value : whole.values) value *= fresh ? 0.6f : 1.0f;
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) {
        for (int tap = 0; tap < k; ++tap) weights_.push_back(whole.values[(o * whole.in + i) * whole.k + tap]);
      }
    }
  }

  void put_film(const std::string& name, const SlimArray& array, int width) {
    const int rows = (array.film_shift ? 2 : 1) * width;
    put(name, rows, inputs, 1);
    put(name + ".bias", rows, 1, 1);
  }

  Json cut_array(std::size_t index, const std::vector<int>& widths) {
    const SlimArray& array = arrays[index];
    const std::string name = std::to_string(index) + ".";
    const int c = widths[index], b = std::max(1, array.bottleneck * c / array.channels);
    const int in = index == 0 ? inputs : widths[index - 1];
    const int head_in = array.head1x1 > 0 ? array.head1x1 : b;
    const int head_out = index + 1 < arrays.size() ? widths[index + 1] : array.head_out;
    put(name + "rechannel", c, in, 1);
    for (std::size_t l = 0; l < array.kernels.size(); ++l) {
      const std::string layer = name + std::to_string(l) + ".";
      const int z = array.gating[l] == "none" ? b : 2 * b;
      put(layer + "conv", z, c, array.kernels[l]);
      put(layer + "conv.bias", z, 1, 1);
      put(layer + "mixin", z, inputs, 1);
      if (array.layer1x1) put(layer + "1x1", c, b, 1), put(layer + "1x1.bias", c, 1, 1);
      if (array.head1x1 > 0) put(layer + "h1x1", head_in, b, 1), put(layer + "h1x1.bias", head_in, 1, 1);
      const std::vector<std::pair<std::string, int>> films{
          {"conv_pre_film", c},         {"conv_post_film", z},         {"input_mixin_pre_film", inputs},
          {"input_mixin_post_film", z}, {"activation_pre_film", z},    {"activation_post_film", b},
          {"layer1x1_post_film", c},    {"head1x1_post_film", head_in}};
      for (const auto& [key, width] : films) {
        if (std::find(array.films.begin(), array.films.end(), key) != array.films.end())
          put_film(layer + key, array, width);
      }
    }
    put(name + "head", head_out, head_in, array.head_kernel);
    if (array.head_bias) put(name + "head.bias", head_out, 1, 1);
    return array_json(array, in, c, b, head_out);
  }

  Json array_json(const SlimArray& array, int in, int c, int b, int head_out) const {
    Json activation = "Tanh";
    if (array.slopes) {
      activation = {{"type", "PReLU"}, {"negative_slopes", Json::array()}};
      for (int i = 0; i < b; ++i) activation["negative_slopes"].push_back(0.0625 * (i + 1));
    }
    Json json = {{"input_size", in},
                 {"condition_size", inputs},
                 {"channels", c},
                 {"bottleneck", b},
                 {"kernel_sizes", array.kernels},
                 {"dilations", array.dilations},
                 {"activation", activation},
                 {"gating_mode", array.gating},
                 {"layer1x1", {{"active", array.layer1x1}}},
                 {"head", {{"out_channels", head_out}, {"kernel_size", array.head_kernel}, {"bias", array.head_bias}}}};
    if (array.head1x1 > 0) json["head1x1"] = {{"active", true}, {"out_channels", array.head1x1}};
    for (const std::string& film : array.films) json[film] = {{"active", true}, {"shift", array.film_shift}};
    return json;
  }

  struct Whole {
    int in = 0, k = 0;
    std::vector<float> values;
  };

  Random& random_;
  std::map<std::string, Whole> tensors_;
  Json weights_;
};

// A `.nam` LSTM with random weights, small enough to forget.
inline Json slim_lstm(Random& random, int cells) {
  const int weights = 4 * cells * (1 + cells) + 4 * cells + 2 * cells + cells + 1;
  Json values = Json::array();
  for (int i = 0; i < weights; ++i) values.push_back(0.4f * uniform(random));
  return {{"version", "0.7.0"},
          {"architecture", "LSTM"},
          {"sample_rate", 48000},
          {"config", {{"input_size", 1}, {"hidden_size", cells}, {"num_layers", 1}}},
          {"weights", values}};
}

// A container of the models, each for the sizes below its number.
inline Json slim_container(const std::vector<std::pair<double, Json>>& models) {
  Json submodels = Json::array();
  for (const auto& [below, model] : models) submodels.push_back({{"max_value", below}, {"model", model}});
  return {{"version", "0.7.0"},
          {"architecture", "SlimmableContainer"},
          {"sample_rate", 48000},
          {"config", {{"submodels", submodels}}},
          {"weights", Json::array()}};
}

// Two arrays of 4 and 3 channels, each slimmable, with receptive fields that differ little: for running effects.
inline Json small_slim(Random& random) {
  SlimNam nam(random);
  nam.arrays.resize(2);
  nam.arrays[0].channels = nam.arrays[0].bottleneck = 4;
  nam.arrays[0].allowed_channels = {2, 4};
  nam.arrays[0].dilations = {1, 9};
  nam.arrays[0].head_out = 3;
  nam.arrays[1].channels = nam.arrays[1].bottleneck = 3;
  nam.arrays[1].allowed_channels = {1, 2, 3};
  nam.arrays[1].gating = {"gated", "none"};
  nam.arrays[1].dilations = {30, 5};
  return nam.full();
}

}  // namespace atrous::test
