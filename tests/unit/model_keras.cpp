// The readers of recurrent and sequential networks from JSON: RTNeural's and AIDA-X's Keras files, GuitarML's PyTorch
// files. What they render is compared with an evaluation in double precision of what the file says.
#include <cmath>
#include <string>

#include <atrous/error.hpp>

#include "catch.hpp"
#include "chain_files.hpp"
#include "model_files.hpp"
#include "rendering.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

using Frames = std::vector<std::vector<double>>;  // [frame][channel]

double activate(const std::string& name, double x) {
  if (name == "tanh") return std::tanh(x);
  if (name == "relu") return std::max(x, 0.0);
  if (name == "sigmoid") return 1 / (1 + std::exp(-x));
  if (name == "elu") return x > 0 ? x : std::expm1(x);
  return x;
}

// In place, of the channels of a sample.
void activate(const std::string& name, std::vector<double>& frame) {
  double sum = 0;
  for (double& x : frame) {
    x = name == "softmax" ? std::exp(x) : activate(name, x);
    sum += x;
  }
  for (double& x : frame) x = name == "softmax" ? x / sum : x;
}

Frames evaluate_conv(const Json& weights, int dilation, int groups, const Frames& in) {
  const Json& kernel = weights[0];
  const int taps = int(kernel.size()), inputs = int(kernel[0].size());
  const int outputs = int(kernel[0][0].size());
  const auto w = kernel.get<std::vector<std::vector<std::vector<double>>>>();
  Frames out(in.size(), std::vector<double>(std::size_t(outputs)));
  for (int t = 0; t < int(in.size()); ++t) {
    for (int o = 0; o < outputs; ++o) {
      double sum = weights.size() > 1 ? weights[1][o].get<double>() : 0.0;
      for (int k = 0; k < taps; ++k) {
        const int past = t - (taps - 1 - k) * dilation;
        for (int i = 0; past >= 0 && i < inputs; ++i) sum += w[k][i][o] * in[past][o / (outputs / groups) * inputs + i];
      }
      out[t][o] = sum;
    }
  }
  return out;
}

Frames evaluate_lstm(const Json& weights, const Frames& in) {
  const auto w = weights[0].get<Frames>(), u = weights[1].get<Frames>();
  const auto b = weights[2].get<std::vector<double>>();
  const std::size_t cells = u.size();
  std::vector<double> h(cells), c(cells);
  Frames out;
  for (const std::vector<double>& x : in) {
    std::vector<double> z = b;
    for (std::size_t r = 0; r < z.size(); ++r) {
      for (std::size_t i = 0; i < x.size(); ++i) z[r] += w[i][r] * x[i];
      for (std::size_t i = 0; i < cells; ++i) z[r] += u[i][r] * h[i];
    }
    for (std::size_t i = 0; i < cells; ++i) {
      c[i] = activate("sigmoid", z[cells + i]) * c[i] + activate("sigmoid", z[i]) * std::tanh(z[2 * cells + i]);
      h[i] = activate("sigmoid", z[3 * cells + i]) * std::tanh(c[i]);
    }
    out.push_back(h);
  }
  return out;
}

// As Keras has it: kernels [inputs][3 cells] and [cells][3 cells], z, r, n; bias [2][3 cells].
Frames evaluate_gru(const Json& weights, const Frames& in) {
  const auto w = weights[0].get<Frames>(), u = weights[1].get<Frames>(), b = weights[2].get<Frames>();
  const std::size_t cells = u.size();
  std::vector<double> h(cells);
  Frames out;
  for (const std::vector<double>& x : in) {
    std::vector<double> read = b[0], state = b[1];
    for (std::size_t r = 0; r < 3 * cells; ++r) {
      for (std::size_t i = 0; i < x.size(); ++i) read[r] += w[i][r] * x[i];
      for (std::size_t i = 0; i < cells; ++i) state[r] += u[i][r] * h[i];
    }
    for (std::size_t i = 0; i < cells; ++i) {
      const double z = activate("sigmoid", read[i] + state[i]);
      const double r = activate("sigmoid", read[cells + i] + state[cells + i]);
      h[i] = z * h[i] + (1 - z) * std::tanh(read[2 * cells + i] + r * state[2 * cells + i]);
    }
    out.push_back(h);
  }
  return out;
}

// What the layer does to channel `c` alone.
double evaluate_channel(const Json& layer, std::size_t c, double x) {
  const Json& weights = layer["weights"];
  if (layer["type"] == "prelu") return x < 0 ? weights[0][0][c].get<double>() * x : x;
  const std::size_t mean = weights.size() - 2;
  const double centred = x - weights[mean][c].get<double>();
  const double normal = centred / std::sqrt(weights[mean + 1][c].get<double>() + layer["epsilon"].get<double>());
  return mean == 0 ? normal : normal * weights[0][c].get<double>() + weights[1][c].get<double>();
}

Frames evaluate(const Json& layer, const Frames& in) {
  const std::string type = layer["type"];
  if (type == "lstm") return evaluate_lstm(layer["weights"], in);
  if (type == "gru") return evaluate_gru(layer["weights"], in);
  Frames out = in;
  if (type == "conv1d" || type == "dense" || type == "time-distributed-dense") {
    const bool conv = type == "conv1d";
    Json weights = layer["weights"];
    if (!conv) weights[0] = Json::array({weights[0]});
    out = evaluate_conv(weights, conv ? layer["dilation"][0].get<int>() : 1, layer.value("groups", 1), in);
  }
  if (type != "prelu" && type != "batchnorm") {
    for (auto& frame : out) activate(layer["activation"], frame);
    return out;
  }
  for (auto& frame : out) {
    for (std::size_t c = 0; c < frame.size(); ++c) frame[c] = evaluate_channel(layer, c, frame[c]);
  }
  return out;
}

std::vector<double> evaluate_keras(const Json& file, const Channels& in) {
  const double input_gain = std::pow(10.0, file.value("in_gain", 0.0) / 20);
  const double output_gain = std::pow(10.0, file.value("out_gain", 0.0) / 20);
  Frames frames(in[0].size(), std::vector<double>(in.size()));
  for (std::size_t t = 0; t < frames.size(); ++t) {
    for (std::size_t c = 0; c < in.size(); ++c) frames[t][c] = (c == 0 ? input_gain : 1) * double(in[c][t]);
  }
  Frames out = frames;
  for (const Json& layer : file["layers"]) out = evaluate(layer, out);
  std::vector<double> result;
  for (std::size_t t = 0; t < out.size(); ++t) {
    result.push_back(output_gain * (out[t][0] + file.value("in_skip", 0) * frames[t][0]));
  }
  return result;
}

Channels random_signal(Random& random, std::size_t channels, std::size_t frames) {
  Channels signal(channels);
  for (auto& channel : signal) channel = uniform(random, frames);
  return signal;
}

Json transposed(const Json& matrix) {
  Json result = Json::array();
  for (std::size_t i = 0; i < matrix[0].size(); ++i) {
    Json row = Json::array();
    for (const Json& line : matrix) row.push_back(line[i]);
    result.push_back(row);
  }
  return result;
}

// The gates r and z of PyTorch's GRU, in either order in which they stand along the first axis.
Json swapped_gates(const Json& rows) {
  Json result = rows;
  const std::size_t gate = rows.size() / 3;
  for (std::size_t i = 0; i < gate; ++i) std::swap(result[i], result[gate + i]);
  return result;
}

// PyTorch's cells as Keras has them.
Json as_keras(const Json& state, const std::string& prefix, int index, const std::string& unit) {
  const auto tensor = [&](const char* name) { return state[prefix + name + "_l" + std::to_string(index)]; };
  if (unit == "GRU") {
    const auto matrix = [&](const char* name) { return transposed(swapped_gates(tensor(name))); };
    const Json bias = {swapped_gates(tensor("bias_ih")), swapped_gates(tensor("bias_hh"))};
    return layer_of("gru", 0, {matrix("weight_ih"), matrix("weight_hh"), bias});
  }
  Json bias = tensor("bias_ih");
  for (std::size_t i = 0; i < bias.size(); ++i) {
    bias[i] = bias[i].get<double>() + tensor("bias_hh")[i].get<double>();
  }
  return layer_of("lstm", 0, {transposed(tensor("weight_ih")), transposed(tensor("weight_hh")), bias});
}

Json dense_as_keras(const Json& state, const std::string& prefix) {
  Json weights = Json::array({transposed(state[prefix + "weight"])});
  if (state.contains(prefix + "bias")) weights.push_back(state[prefix + "bias"]);
  return layer_of("dense", 1, weights);
}

std::vector<double> evaluate_guitarml(const Json& file, const Channels& in) {
  const Json& state = file["state_dict"];
  Json layers = Json::array();
  for (int n = 0; n < file["model_data"]["num_layers"]; ++n) {
    layers.push_back(as_keras(state, "rec.", n, file["model_data"]["unit_type"]));
  }
  layers.push_back(dense_as_keras(state, "lin."));
  return evaluate_keras({{"layers", layers}, {"in_skip", file["model_data"]["skip"]}}, in);
}

std::string refusal(const Json& file) {
  try {
    parse(file.dump(), "model.json");
  } catch (const Error& error) {
    CHECK(error.code() != ErrorCode::io);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Keras networks render as their equations say, on any instruction set, in any blocks, from any file") {
  Random random(31);
  for (int n = 0; n < 40; ++n) {
    const int inputs = n % 5 == 4 ? 3 : 1;
    Json file = random_keras(random, inputs);
    if (n % 2 == 1) file["in_skip"] = 1;
    if (n % 3 == 1) file["in_gain"] = -4.5;
    if (n % 3 == 2) file["out_gain"] = 7.25;
    INFO("model " << n << ": " << file.dump().substr(0, 200));
    const Model model = parse(file.dump());
    CHECK(model.format() == "keras");
    const Channels in = random_signal(random, std::size_t(inputs), 400);
    CHECK(Network(model).info().inputs == 1);
    CHECK(Network(model).info().knobs.size() == std::size_t(inputs) - 1);
    const bool gru = model.architecture() == "GRU";  // 2.5e-12 measured; with libm's functions 1.5e-12
    check_renders(with_knobs_as_channels(model), in, evaluate_keras(file, in), gru ? 5e-12 : 2e-12);
  }
}

TEST_CASE("GuitarML's recurrent networks render as their equations say") {
  Random random(32);
  for (int n = 0; n < 12; ++n) {
    const int inputs = 1 + n % 3;
    const std::string unit = n % 2 == 0 ? "LSTM" : "GRU";
    Json file = random_guitarml_recurrent(random, inputs, pick(random, 1, 20), 1 + n / 2 % 2, n % 4 != 3, unit);
    file["model_data"]["skip"] = n % 5 == 0 ? 0 : 1;
    const Model model = parse(file.dump());
    CHECK(model.format() == "guitarml_recurrent");
    CHECK(model.architecture() == unit);
    CHECK(model.sample_rate() == 44100);
    const Channels in = random_signal(random, std::size_t(inputs), 400);
    CHECK(Network(model).info().inputs == 1);
    check_renders(with_knobs_as_channels(model), in, evaluate_guitarml(file, in));
  }
}

TEST_CASE("bare state dicts of PyTorch run their modules in the order of the file") {
  Random random(38);
  for (int n = 0; n < 8; ++n) {
    const std::string unit = n % 2 == 0 ? "LSTM" : "GRU";
    const int inputs = 1 + n % 3;
    const auto file = random_torch_dict(random, inputs, pick(random, 1, 9), unit);
    const Model model = parse(file.dump());
    CHECK(model.format() == "torch_recurrent");
    CHECK(model.architecture() == unit);
    const Json state = Json::parse(file.dump());
    const Json layers = {as_keras(state, "rnn2.", 0, unit), as_keras(state, "rnn1.", 0, unit),
                         as_keras(state, "rnn1.", 1, unit), dense_as_keras(state, "hidden."),
                         dense_as_keras(state, "dense.")};
    const Channels in = random_signal(random, std::size_t(inputs), 300);
    check_renders(with_knobs_as_channels(model), in, evaluate_keras({{"layers", layers}}, in), 5e-12);
  }
}

TEST_CASE("a GRU may be without biases, but not with those of one that resets before the product") {
  Random random(39);
  Json file = {{"in_shape", {nullptr, nullptr, 1}},
               {"layers", {random_gru(random, 1, 5), random_dense(random, 5, 1, true)}}};
  file["layers"][1]["activation"] = "";
  for (Json& row : file["layers"][0]["weights"][2]) {
    for (Json& value : row) value = 0;
  }
  const Channels in = random_signal(random, 1, 200);
  const Channels wanted = render(parse(file.dump()), Isa::automatic, in, 64);
  Json bare = file;
  bare["layers"][0]["weights"].erase(2);
  CHECK(render(parse(bare.dump()), Isa::automatic, in, 64) == wanted);
  file["layers"][0]["weights"][2] = random_array(random, {15});
  CHECK_THAT(refusal(file), ContainsSubstring("layers[0].weights[2]: a GRU whose bias has one row"));
}

TEST_CASE("inputs behind the first are knobs, with the names and ranges that are usual where files state none") {
  Random random(36);
  const std::vector<KnobInfo> aidax = Network(parse(random_keras(random, 3).dump())).info().knobs;
  REQUIRE(aidax.size() == 2);
  CHECK(aidax[1].name == "PARAM2");
  const std::vector<KnobInfo> proteus =
      Network(parse(random_guitarml_recurrent(random, 2, 4, 1, true).dump())).info().knobs;
  REQUIRE(proteus.size() == 1);
  CHECK(proteus[0].name == "param1");
  for (const KnobInfo& knob : {aidax[0], aidax[1], proteus[0]}) {
    CHECK((knob.min == 0 && knob.max == 1 && knob.positions.empty()));
  }
  CHECK(aidax[0].default_value == 0);
  CHECK(proteus[0].default_value == 0.5);
}

TEST_CASE("networks of more than one output are no effects") {
  Random random(37);
  const Json file = {{"in_shape", {nullptr, nullptr, 2}}, {"layers", {random_dense(random, 2, 2, true)}}};
  CHECK_THAT(refusal(file), ContainsSubstring("layers[0].shape[2]: expected 1"));
  Json lstm = random_guitarml_recurrent(random, 2, 3, 1, false);
  lstm["model_data"]["output_size"] = 2;
  CHECK_THAT(refusal(lstm), ContainsSubstring("model_data.output_size"));
}

TEST_CASE("gains and the skip of AIDA-X are those of its plugin") {
  const Json dense = layer_of("dense", 1, {{{2.0}}, {0.0}});
  const Json file = {{"in_shape", {nullptr, nullptr, 1}},
                     {"layers", {dense}},
                     {"in_skip", 1},
                     {"in_gain", 20.0},
                     {"out_gain", -20.0},
                     {"samplerate", 44100.0}};
  const Model model = parse(file.dump());
  CHECK(model.sample_rate() == 44100);
  CHECK(model.architecture() == "ConvNet");
  // x' = 10 x; (2 x' + x') / 10
  CHECK(render(model, Isa::automatic, {{0.5f}}, 1)[0][0] == Approx(1.5f));
}

TEST_CASE("AIDA-X's metadata") {
  Json file = {{"in_shape", {nullptr, nullptr, 1}},
               {"layers", {layer_of("dense", 1, {{{2.0}}, {0.0}})}},
               {"metadata", {{"name", "an amplifier"}, {"samplerate", "48000"}}}};
  CHECK(parse(file.dump()).warnings().empty());
  file["metadata"]["samplerate"] = 96000;
  CHECK(parse(file.dump()).sample_rate() == 96000);
  CHECK(parse(file.dump()).metadata().name == "an amplifier");
  file["metadata"] = "none";
  CHECK(parse(file.dump()).sample_rate() == 48000);
}

TEST_CASE("layers and activations that are not supported are named") {
  Random random(33);
  Json file = {{"in_shape", {nullptr, nullptr, 1}},
               {"layers", {random_dense(random, 1, 3, true), random_dense(random, 3, 1, true)}}};
  for (const char* type : {"rnn", "conv2d", "batchnorm2d", "unknown", "gated_activation", "Conv1D"}) {
    Json broken = file;
    broken["layers"][1]["type"] = type;
    CHECK_THAT(refusal(broken), ContainsSubstring("layers[1].type"));
    CHECK_THAT(refusal(broken), ContainsSubstring(type));
  }
  for (const char* name : {"gelu", "selu", "swish"}) {
    Json broken = file;
    broken["layers"][0]["activation"] = name;
    CHECK_THAT(refusal(broken), ContainsSubstring("layers[0].activation"));
    CHECK_THAT(refusal(broken), ContainsSubstring(name));
  }
}

TEST_CASE("what stands beside cells and layers without weights changes nothing") {
  Random random(34);
  Json file = {{"in_shape", {nullptr, nullptr, 1}},
               {"layers", {random_lstm(random, 1, 3), random_dense(random, 3, 1, true)}}};
  const Channels in = random_signal(random, 1, 200);
  const Channels wanted = render(parse(file.dump()), Isa::automatic, in, 64);
  file["layers"][0]["activation"] = "relu";
  const Json unknown = {
      {"type", "unknown"}, {"shape", Json::array({Json::array({nullptr, 1})})}, {"weights", Json::array()}};
  file["layers"].insert(file["layers"].begin(), unknown);
  CHECK(render(parse(file.dump()), Isa::automatic, in, 64) == wanted);
  file["layers"][0]["activation"] = "tanh";
  CHECK_THAT(refusal(file), ContainsSubstring("layers[0].type"));
  file["layers"][0]["activation"] = "";
  file["layers"][0]["shape"] = {nullptr, 2};
  CHECK_THAT(refusal(file), ContainsSubstring("layers[0].shape"));
}

TEST_CASE("PReLU may share one slope among all channels") {
  Random random(35);
  const Json conv = random_conv(random, 1, 4), end = random_dense(random, 4, 1, true);
  const auto with_slopes = [&](Json slopes) {
    return Json{{"in_shape", {nullptr, nullptr, 1}}, {"layers", {conv, layer_of("prelu", 4, std::move(slopes)), end}}};
  };
  const Channels in = random_signal(random, 1, 200);
  const Channels wanted =
      render(parse(with_slopes(Json::parse("[[[0.25, 0.25, 0.25, 0.25]]]")).dump()), Isa::automatic, in, 64);
  for (const char* slopes : {"[[[0.25]]]", "[[[[0.25]]]]", "[[0.25]]", "[[[[0.25, 0.25, 0.25, 0.25]]]]"}) {
    CHECK(render(parse(with_slopes(Json::parse(slopes)).dump()), Isa::automatic, in, 64) == wanted);
  }
  CHECK_THAT(refusal(with_slopes(Json::parse("[[[0.25, 0.5]]]"))), ContainsSubstring("layers[1].weights[0][0]"));
}

TEST_CASE("models of frames are refused") {
  Random random(36);
  Json file = {{"in_shape", {nullptr, 100, 1}},
               {"layers", {random_conv(random, 1, 4), random_dense(random, 4, 1, true)}}};
  file["layers"][0]["shape"] = {nullptr, 100, 4};
  CHECK(refusal(file) == "accepted");
  file["layers"][1]["shape"] = {nullptr, 64, 1};
  CHECK_THAT(refusal(file), ContainsSubstring("layers[1].shape: a layer that makes 64 samples of 100"));
}
