// `.nam` HyperWaveNets of random weights, and the stock files that they are at a setting of their knobs.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "parametric_files.hpp"

namespace atrous::test {

// A knob from 0 to 10 and a switch of three positions (parametric_files.hpp): -1 to 1, then 0 or 1 for each position.
inline std::vector<double> encoded(double gain, int voice) {
  return {-1 + 2 * gain / 10, double(voice == 0), double(voice == 1), double(voice == 2)};
}

struct HyperFile {
  Json stock;
  std::vector<int> hidden{5};
  int rank = 2;  // 0: full mode
  Json selector;
  std::vector<float> hyper;  // weights behind those of the stock file

  // Tensors of the stock file that the selector names, and where they stand among its weights.
  struct Target {
    std::size_t offset = 0, rows = 0, columns = 0, rank = 0;
    std::size_t width() const { return rank > 0 ? rank * (rows + columns) : rows * columns; }
  };
  std::vector<Target> targets;

  Json file() const {
    Json json = stock;
    json["version"] = "1.0.0";
    json["architecture"] = "HyperWaveNet";
    json["config"]["params"] = random_params();
    Json& hypernet = json["config"]["hypernet"];
    hypernet = {{"hidden_sizes", hidden}, {"activation", {{"name", "LeakyReLU"}, {"negative_slope", 0.25}}}};
    hypernet["mode"] = rank > 0 ? "low_rank" : "full";
    if (rank > 0) hypernet["rank"] = rank;
    if (!selector.is_null()) hypernet["selector"] = selector;
    for (const float weight : hyper) json["weights"].push_back(weight);
    return json;
  }

  // What it is at a setting, in double precision until the weights are written.
  Json baked(double gain, int voice) const {
    std::vector<double> t = encoded(gain, voice);
    const float* next = hyper.data();
    const auto layer = [&](const std::vector<double>& in, std::size_t rows) {
      std::vector<double> out(rows);
      for (double& value : out) {
        for (const double each : in) value += double(*next++) * each;
      }
      for (double& value : out) value += double(*next++);
      return out;
    };
    for (const int width : hidden) {
      t = layer(t, std::size_t(width));
      for (double& value : t) value = value > 0 ? value : 0.25 * value;
    }
    std::size_t rows = 0;
    for (const Target& target : targets) rows += target.width();
    std::vector<double> f = layer(t, rows);
    Json json = stock;
    std::size_t first = 0;
    for (const Target& target : targets) {
      add(target, f.data() + first, next + first, json["weights"]);
      first += target.width();
    }
    return json;
  }

 private:
  static void add(const Target& target, const double* f, const float* anchor, Json& weights) {
    for (std::size_t o = 0; o < target.rows; ++o) {
      for (std::size_t i = 0; i < target.columns; ++i) {
        double sum = target.rank == 0 ? f[o * target.columns + i] : 0;
        for (std::size_t k = 0; k < target.rank; ++k) {
          const std::size_t u = o * target.rank + k, v = target.rows * target.rank + k * target.columns + i;
          sum += (f[u] + double(anchor[u])) * (f[v] + double(anchor[v]));
        }
        Json& weight = weights[target.offset + o * target.columns + i];
        weight = float(weight.get<double>() + sum);
      }
    }
  }
};

// The tensors of its stock file: those of random_nam, with one output.
inline std::vector<TensorShape> hyper_tensors() {
  std::vector<TensorShape> list = nam_tensors();
  list[list.size() - 2].shape[0] = list.back().shape[0] = 1;
  return list;
}

// Of a stock WaveNet of two arrays with all that has a name there (model_files.hpp), whose PReLU is another activation.
// Without a selector all but the weights of the dilated convolutions change.
inline HyperFile random_hyper(Random& random, std::vector<int> hidden, int rank, const std::string& suffix = "") {
  HyperFile hyper;
  hyper.stock = random_nam(random);
  hyper.hidden = std::move(hidden);
  hyper.rank = rank;
  hyper.stock["config"]["layers"][1]["activation"] = "Tanh";
  hyper.stock["config"]["layers"][1]["head_size"] = 1;
  hyper.stock["weights"] = uniform(random, count_values(hyper_tensors()) + 1);
  if (!suffix.empty()) hyper.selector = {{"include_suffixes", {suffix}}};
  std::size_t offset = 0, in = 4, count = 0, width = 0;
  for (const TensorShape& tensor : hyper_tensors()) {
    const std::string& name = tensor.name;
    const auto size = std::size_t(model::value_count(tensor.shape));
    const bool selected = suffix.empty() ? !name.ends_with("conv.weight") : name.ends_with(suffix.substr(1));
    if (selected) {
      HyperFile::Target target{offset, std::size_t(tensor.shape[0]), size / std::size_t(tensor.shape[0])};
      if (rank > 0 && target.rows > 1 && target.columns > 1) {
        target.rank = std::min({std::size_t(rank), target.rows, target.columns});
      }
      hyper.targets.push_back(target);
      width += target.width();
    }
    offset += size;
  }
  for (const int out : hyper.hidden) {
    count += std::size_t(out) * (in + 1);
    in = std::size_t(out);
  }
  hyper.hyper = uniform(random, count + width * (in + 2));
  for (float& weight : hyper.hyper) weight *= 0.3f;
  return hyper;
}

// One target, which the selector names.
inline HyperFile named_hyper(Random& random) {
  HyperFile hyper = random_hyper(random, {}, 0);
  hyper.selector = {{"include_names", {"_layer_arrays.0._rechannel.weight"}}};
  hyper.targets = {{0, 6, 1}};
  hyper.hyper = uniform(random, 6 * (4 + 2));
  return hyper;
}

// One target, and a delta_map that says so; behind the stacks a head, whose tensors have names that are not known.
inline Json with_delta_map(Random& random) {
  HyperFile hyper = random_hyper(random, {}, 0, "_head_rechannel.bias");
  const std::size_t base = count_values(hyper_tensors());
  hyper.targets = {{base - 1, 1, 1}};
  hyper.hyper = uniform(random, 4 + 2);
  Json file = hyper.file();
  file["config"]["hypernet"]["delta_map"] = Json::array({{{"name", "_layer_arrays.1._head_rechannel.bias"},
                                                          {"mode", "full"},
                                                          {"numel", 1},
                                                          {"export_offset", base - 1}}});
  file["config"]["head"] = {{"channels", 3}, {"out_channels", 1}, {"kernel_sizes", {2}}, {"activation", "Tanh"}};
  std::vector<float> weights = file["weights"];
  const std::vector<float> head = uniform(random, 2 + 1);
  weights.insert(weights.begin() + std::ptrdiff_t(base), head.begin(), head.end());
  file["weights"] = weights;
  return file;
}

}  // namespace atrous::test
