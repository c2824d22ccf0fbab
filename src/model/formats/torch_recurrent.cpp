// A bare state dict of PyTorch in JSON, as RTNeural's examples write it: {"gru.weight_ih_l0": …, "dense.weight": …}.
// Modules run in the order of the file: LSTMs and GRUs, of as many layers as have tensors, and dense ones, {weight
// [out][in], bias [out]}. Nothing tells an LSTM from a GRU but its rows for each cell. They start from zeros; further
// inputs are knobs, from 0 to 1.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/formats/formats.hpp"
#include "model/formats/torch_cells.hpp"
#include "model/limits.hpp"
#include "model/metadata_json.hpp"

namespace atrous::model {
namespace {

constexpr double default_sample_rate = 48000;
constexpr std::string_view first_of_cells = ".weight_ih_l0";

// "gru" of "gru.weight_ih_l0", with its dot.
std::string_view module_of(std::string_view key) {
  return key.substr(0, key.rfind('.') + 1);
}

// The modules in the order of the file. Keys are views of its text, so that their addresses tell.
std::vector<std::string> modules(const JsonView& root) {
  std::vector<std::string_view> keys;
  for (std::size_t n = 0; n < root.members(); ++n) keys.push_back(root.key(n));
  std::sort(keys.begin(), keys.end(),
            [](std::string_view a, std::string_view b) { return std::less<>()(a.data(), b.data()); });
  std::vector<std::string> names;
  for (const std::string_view key : keys) {
    const std::string name(module_of(key));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

std::size_t columns(const JsonView& matrix) {
  return matrix.size() == 0 ? 0 : matrix[0].size();
}

// Returns how many tensors it has.
std::size_t read_cells(const JsonView& root, const std::string& name, Chain& chain) {
  const JsonView recurrent = root.at(name + "weight_hh_l0");
  const std::size_t cells = columns(recurrent), rows = recurrent.size();
  if (cells < 1 || cells > std::size_t{max_channels} / 4) {
    recurrent.expected("columns for 1 to " + std::to_string(max_channels / 4) + " cells");
  }
  if (rows != 3 * cells && rows != 4 * cells) {
    recurrent.expected(std::to_string(4 * cells) + " rows for an LSTM, or " + std::to_string(3 * cells) + " for a GRU");
  }
  const PostKind kind = rows == 3 * cells ? PostKind::gru : PostKind::lstm;
  int layers = 0;
  while (root.has(name + "weight_ih_l" + std::to_string(layers))) {
    read_torch_cells(root, name, layers++, kind, int(cells), chain);
  }
  return torch_cell_tensors * std::size_t(layers);
}

std::size_t read_dense(const JsonView& root, const std::string& name, Chain& chain) {
  const JsonView matrix = root.at(name + "weight");
  const std::size_t out = matrix.size(std::size_t{max_channels});
  if (out == 0) matrix.expected("at least one row");
  std::vector<float> weight = matrix.reals({out, std::size_t(chain.width())}), bias;
  const auto offsets = root.find(name + "bias");
  if (offsets) bias = offsets->reals({out});
  chain.conv({.in = chain.width(), .out = int(out), .bias = offsets.has_value()}, std::move(weight), std::move(bias));
  return offsets ? 2 : 1;
}

bool is_recurrent(const JsonView& root, const std::string& name) {
  return root.has(name + "weight_ih_l0");
}

int read_inputs(const JsonView& root, const std::string& first) {
  const JsonView matrix = root.at(first + (is_recurrent(root, first) ? "weight_ih_l0" : "weight"));
  const std::size_t inputs = columns(matrix);
  if (inputs < 1 || inputs > std::size_t{max_audio_channels}) {
    matrix.expected("1 to " + std::to_string(max_audio_channels) + " columns");
  }
  return int(inputs);
}

}  // namespace

bool sniff_torch_recurrent(Bytes bytes) {
  return is_json(bytes) && as_text(bytes).find(std::string(first_of_cells) + '"') != std::string_view::npos;
}

ModelData read_torch_recurrent(Bytes bytes, const std::string& name) {
  const JsonDocument document(as_text(bytes), name);
  const JsonView root(document, name);
  const std::vector<std::string> names = modules(root);
  if (names.empty()) root.expected("tensors");
  ModelData data;
  read_facts(root, default_sample_rate, data);
  Chain chain(data, read_inputs(root, names.front()));
  std::size_t tensors = 0;
  for (const std::string& each : names) {
    if (chain.layers() >= max_post_layers) root.expected("at most " + std::to_string(max_post_layers) + " layers");
    tensors += is_recurrent(root, each) ? read_cells(root, each, chain) : read_dense(root, each, chain);
  }
  if (tensors != root.members()) {
    root.expected("the tensors of LSTMs, GRUs and dense layers alone, which are " + std::to_string(tensors));
  }
  if (chain.width() != 1) root.at(names.back() + "weight").expected("one row, since an effect has one output");
  chain.finish();
  chain.knobs("param", 0.5);
  data.architecture = chain.architecture();
  return data;
}

}  // namespace atrous::model
