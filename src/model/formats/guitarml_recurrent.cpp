// The JSON of GuitarML's recurrent models (NeuralPi, Proteus, Chameleon and the trainer behind them): {model_data:
// {input_size, hidden_size, num_layers, output_size, skip, …}, state_dict: PyTorch's tensors}. unit_type says
// whether the cells are LSTMs or GRUs; skip = 1 adds the signal to the output. They start from zeros.
//
// Further inputs are knobs, from 0 to 1, which the file does not name: param1, param2, … in its order. Nor does it say
// where they stand at first; half way, as the plugins have them.
#include <string>
#include <vector>

#include "model/formats/chain.hpp"
#include "model/formats/formats.hpp"
#include "model/formats/torch_cells.hpp"
#include "model/json.hpp"
#include "model/limits.hpp"
#include "model/metadata_json.hpp"

namespace atrous::model {

namespace {

constexpr double default_sample_rate = 44100;  // by convention; hardly any file says

std::size_t size(int number) {
  return std::size_t(number);
}

void expect_simple_rnn(const JsonView& config) {
  const auto json = config.find("model");
  if (json && json->string() != "SimpleRNN") {
    json->fail(ErrorCode::unsupported, in_quotes(json->string()) + " is not supported, only \"SimpleRNN\"");
  }
}

int read_or(const JsonView& parent, const std::string& key, int default_value, int least, int most) {
  const auto json = parent.find(key);
  return json ? json->integer(least, most) : default_value;
}

// LSTMs where nothing is said.
PostKind read_unit(const JsonView& config) {
  const auto json = config.find("unit_type");
  if (!json || json->string() == "LSTM") return PostKind::lstm;
  if (json->string() == "GRU") return PostKind::gru;
  json->fail(ErrorCode::unsupported, in_quotes(json->string()) + " is not supported, only \"LSTM\" and \"GRU\"");
}

void read_head(const JsonView& state, int out, bool biased, Chain& chain) {
  const std::vector<float> weight = state.at("lin.weight").reals({size(out), size(chain.width())});
  std::vector<float> bias;
  if (biased) bias = state.at("lin.bias").reals({size(out)});
  chain.conv({.in = chain.width(), .out = out, .bias = biased}, weight, std::move(bias));
}

void expect_nothing_else(const JsonView& state, int layers, bool biased) {
  const std::size_t expected = torch_cell_tensors * size(layers) + (biased ? 2 : 1);
  if (state.members() != expected) state.expected("an object of " + std::to_string(expected) + " tensors");
}

}  // namespace

bool sniff_guitarml_recurrent(Bytes bytes) {
  return is_json_with(bytes, "state_dict") || is_json_with(bytes, "model_data");
}

ModelData read_guitarml_recurrent(Bytes bytes, const std::string& name) {
  const JsonDocument document(as_text(bytes), name);
  const JsonView root(document, name), config = root.at("model_data"), state = root.at("state_dict");
  ModelData data;
  read_facts(root, default_sample_rate, data);
  expect_simple_rnn(config);
  const PostKind unit = read_unit(config);
  const int cells = config.at("hidden_size").integer(1, max_channels / 4);
  const int layers = read_or(config, "num_layers", 1, 1, max_post_layers - 1);
  const int inputs = read_or(config, "input_size", 1, 1, max_audio_channels);
  const int outputs = read_or(config, "output_size", 1, 1, 1);
  const auto bias = config.find("bias_fl");
  const bool biased = !bias || bias->boolean();
  Chain chain(data, inputs);
  for (int n = 0; n < layers; ++n) read_torch_cells(state, "rec.", n, unit, cells, chain);
  read_head(state, outputs, biased, chain);
  expect_nothing_else(state, layers, biased);
  chain.finish();
  data.architecture = chain.architecture();
  chain.knobs("param", 0.5);
  data.config.wavenet.output.input_skip = float(read_or(config, "skip", 0, 0, 1));
  return data;
}

}  // namespace atrous::model
