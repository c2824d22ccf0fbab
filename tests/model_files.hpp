// Small model files of every format with random weights, for the tests to read, change and break.
#pragma once

#include <atrous/model.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/access.hpp"
#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::test {

// Rates of hosts, Hz; none: that of the model.
using Rates = std::vector<std::optional<double>>;

using Json = nlohmann::json;
using Random = std::mt19937;

inline float uniform(Random& random) {
  return std::uniform_real_distribution<float>(-1, 1)(random);
}

inline std::vector<float> uniform(Random& random, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline Model parse(const std::string& content, const std::string& name = "memory") {
  return Model::from_memory(as_bytes(content), name);
}

// A path in the folder of temporary files, removed with whatever stands there at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / (std::to_string(std::random_device{}()) + name)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

  std::string read() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& content) const {
    std::ofstream file(path_, std::ios::binary);
    file.write(content.data(), std::streamsize(content.size()));
  }

 private:
  std::filesystem::path path_;
};

using model::TensorShape;

inline std::size_t count_values(const std::vector<TensorShape>& list) {
  std::size_t count = 0;
  for (const TensorShape& tensor : list) count += std::size_t(model::value_count(tensor.shape));
  return count;
}

// A `.nam` of two layer arrays: groups, a bottleneck, kernels and gating per layer, both 1x1s, both forms of the head.
inline Json nam_config() {
  return Json::parse(R"({"in_channels": 1, "head_scale": 0.5, "head": null, "condition_dsp": null, "layers": [
    {"input_size": 1, "condition_size": 1, "channels": 6, "bottleneck": 4, "dilations": [1, 2, 5],
     "kernel_sizes": [4, 2, 1], "groups_input": 2, "groups_input_mixin": 1,
     "activation": ["Tanh", {"type": "LeakyReLU", "negative_slope": 0.25}, "Softsign"],
     "gating_mode": ["none", "gated", "blended"], "secondary_activation": [null, "Hardswish", {"type": "Sigmoid"}],
     "layer1x1": {"active": true, "groups": 2}, "head1x1": {"active": true, "out_channels": 8, "groups": 2},
     "head": {"out_channels": 3, "kernel_size": 2, "bias": false, "head_dilation": 7},
     "conv_pre_film": false, "layer1x1_post_film": {"active": false, "shift": true, "groups": 1}, "slimmable": null},
    {"input_size": 6, "condition_size": 1, "channels": 3, "dilations": [1, 3], "kernel_size": 2,
     "activation": {"type": "PReLU", "negative_slopes": [0.125, 0.25, 0.5]}, "gated": false,
     "layer1x1": {"active": false}, "head_size": 2, "head_bias": true}]})");
}

// Its tensors in the order of the file, written out from the specification; head_scale follows.
inline std::vector<TensorShape> nam_tensors() {
  std::vector<TensorShape> list{{"stacks.0.input.weight", {6, 1, 1}}};
  const std::int64_t rows[] = {4, 8, 8};
  const std::int64_t kernels[] = {4, 2, 1};
  for (std::size_t n = 0; n < 3; ++n) {
    const std::string layer = "stacks.0.layers." + std::to_string(n);
    list.push_back({layer + ".conv.weight", {rows[n], 3, kernels[n]}});
    list.push_back({layer + ".conv.bias", {rows[n]}});
    list.push_back({layer + ".mixin.weight", {rows[n], 1}});
    list.push_back({layer + ".residual.weight", {6, 2}});
    list.push_back({layer + ".residual.bias", {6}});
    list.push_back({layer + ".skip.weight", {8, 2}});
    list.push_back({layer + ".skip.bias", {8}});
  }
  list.push_back({"stacks.0.head.weight", {3, 8, 2}});
  list.push_back({"stacks.1.input.weight", {3, 6, 1}});
  for (std::size_t n = 0; n < 2; ++n) {
    const std::string layer = "stacks.1.layers." + std::to_string(n);
    list.push_back({layer + ".conv.weight", {3, 3, 2}});
    list.push_back({layer + ".conv.bias", {3}});
    list.push_back({layer + ".mixin.weight", {3, 1}});
  }
  list.push_back({"stacks.1.head.weight", {2, 3, 1}});
  list.push_back({"stacks.1.head.bias", {2}});
  return list;
}

inline Json random_nam(Random& random) {
  return {{"version", "0.7.0"},
          {"architecture", "WaveNet"},
          {"sample_rate", 44100},
          {"metadata", {{"name", "an amplifier"}, {"loudness", -19.5}, {"gain", 0.25}, {"input_level_dbu", nullptr}}},
          {"config", nam_config()},
          {"weights", uniform(random, count_values(nam_tensors()) + 1)}};
}

// WaveNetVA's JSON: 2 inputs, 3 channels, kernel 2, dilations 1 and 4, `outputs` outputs; every other number is a
// string.
inline Json random_guitarml(Random& random, const std::string& activation, std::size_t outputs) {
  const bool gated = activation == "gated" || activation == "softgated";
  const std::size_t rows = gated ? 6 : 3;
  Json variables = Json::array();
  const auto add = [&](int layer, const std::string& name, std::size_t count) {
    Json data = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
      const float value = uniform(random);
      data.push_back(i % 2 == 0 ? Json(value) : Json(Json(value).dump()));
    }
    variables.push_back({{"layer_idx", layer}, {"name", name}, {"data", data}});
  };
  add(-1, "W", 2 * 3);
  add(-1, "b", 3);
  for (int layer = 0; layer < 2; ++layer) {
    add(layer, "W_conv", 2 * 3 * rows);
    add(layer, "b_conv", rows);
    add(layer, "W_out", 3 * 3);
    add(layer, "b_out", 3);
  }
  add(2, "W", 2 * 3 * outputs);
  add(2, "b", outputs);
  return {{"activation", activation}, {"input_channels", 2}, {"output_channels", outputs}, {"residual_channels", 3},
          {"filter_width", 2},        {"dilations", {1, 4}}, {"level_adjust", 0.75},       {"variables", variables}};
}

inline model::Activation activation(model::ActivationKind kind) {
  model::Activation result;
  result.kind = kind;
  return result;
}

// A vocoder with everything that only generators have: features through every kind of upsampling stage, speakers, a
// code.
inline model::Config generator_config() {
  using namespace model;
  Config config;
  config.sample_rate = 16000;
  config.code = Code{CodeKind::kan_bayashi, 32, 16};
  WaveNet& net = config.wavenet;
  net.input = {InputKind::one_hot, 1};
  net.speakers = Speakers{3, 2};
  net.condition.kind = ConditionKind::features;
  net.condition.bins = 6;
  net.condition.channels = 8;
  net.condition.pad = 1;
  net.condition.upsampler = {
      {UpsampleKind::conv, 6, 4, 3, 1, 0, 0, 1, 2, 1, true, activation(ActivationKind::leaky_relu)},
      {UpsampleKind::repeat, 4, 4, 1, 2, 0, 0, 1, 1, 1, false, {}},
      {UpsampleKind::stretch, 4, 4, 5, 2, 0, 0, 1, 1, 3, false, {}},
      {UpsampleKind::transposed2d, 4, 4, 4, 2, 1, 0, 1, 1, 3, true, activation(ActivationKind::relu)},
      {UpsampleKind::transposed, 4, 8, 6, 3, 1, 1, 2, 4, 1, true, {}},
  };
  Stack& stack = net.stacks.emplace_back();
  stack.input = {32, 4, 2, 1, 1, true};
  stack.input_activation = activation(ActivationKind::tanh);
  for (const int dilation : {1, 2}) {
    Layer& layer = stack.layers.emplace_back();
    layer.conv = {4, 10, 3, dilation, 2, true};
    layer.bottleneck = 5;
    layer.gating = Gating::gated;
    layer.activation = activation(ActivationKind::prelu);
    layer.activation.slopes = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f};
    layer.mixin_groups = 2;
    layer.mixin_bias = dilation == 1;
    layer.speaker_bias = dilation == 2;
    layer.skip = Pointwise{7, 1, true};
    layer.residual = Pointwise{4, 1, dilation == 1};
    layer.skip_scale = 0.70710677f;
    layer.residual_scale = 0.7f;
  }
  stack.head = Conv{7, 9, 1, 1, 1, false};
  net.post = {{activation(ActivationKind::relu), {9, 12, 1, 1, 3, true}},
              {activation(ActivationKind::leaky_hardtanh), {12, 32, 2, 4, 1, true}}};
  net.post[1].activation.max = 0.9f;
  net.output = {OutputKind::categorical, 32, 1.25f, 65536, -7};
  config.features = Features{};
  config.features->bins = 6;
  config.features->clip_min = -4.0f;
  config.features->normalized = true;
  config.features->log_base = LogBase::e;
  config.waveform.preemphasis = 0.85;
  return config;
}

inline void fill_tensors(model::ModelData& data, Random& random) {
  for (const TensorShape& tensor : model::tensor_shapes(data.config)) {
    put_tensor(data.tensors, tensor, uniform(random, std::size_t(model::value_count(tensor.shape))));
  }
}

// Gives every layer further convolutions beside its own, whose taps are some of them those of its own: added up, or in
// turn one below the other. All weights are new.
inline void add_branches(model::ModelData& data, Random& random) {
  int count = 0;
  for (model::Stack& stack : data.config.wavenet.stacks) {
    for (model::Layer& layer : stack.layers) {
      model::Conv wide = layer.conv, far = layer.conv;
      wide.kernel += 1;
      far.dilation += 5;
      if (++count % 2 == 0 && layer.conv.out > 2) {
        layer.merge = model::Merge::concatenate;
        layer.conv.groups = wide.groups = far.groups = 1;
        wide.out = far.out = 1;
        layer.conv.out -= 2;
      }
      layer.branches = {wide, far};
    }
  }
  data.tensors.clear();
  fill_tensors(data, random);
}

// The smallest generator that reads features: one layer of `rows` behind an upsampler.
inline model::ModelData small_hearing_model(const std::vector<model::UpsampleStage>& upsampler, int bins, int rows,
                                            Random& random) {
  model::ModelData data;
  data.name = "small";
  data.format = "native";
  data.architecture = "WaveNet";
  data.config.sample_rate = 8000;
  model::WaveNet& net = data.config.wavenet;
  net.condition.kind = model::ConditionKind::features;
  net.condition.bins = net.condition.channels = bins;
  net.condition.upsampler = upsampler;
  model::Stack& stack = net.stacks.emplace_back();
  stack.input = {1, 2, 1, 1, 1, true};
  model::Layer& layer = stack.layers.emplace_back();
  layer.conv = {2, rows, 2, 8, 1, true};
  layer.bottleneck = rows;
  layer.activation = activation(model::ActivationKind::tanh);
  net.output = {model::OutputKind::gaussian, 2, 1, 65536, -7};
  fill_tensors(data, random);
  return data;
}

inline model::ModelData random_generator(Random& random) {
  model::ModelData data;
  data.name = "generator";
  data.format = "native";
  data.architecture = "WaveNet";
  data.config = generator_config();
  data.metadata.name = "a voice";
  data.metadata.loudness_db = -18.25;
  fill_tensors(data, random);
  return data;
}

inline Model as_model(const model::ModelData& data) {
  return Model::Access::make(data);
}

// A native file taken apart, to be changed and put together again.
struct NativeFile {
  Json header, config;
  std::string data;

  explicit NativeFile(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof(length));
    header = Json::parse(bytes.substr(8, length));
    config = Json::parse(header["__metadata__"]["atrous.config"].get<std::string>());
    data = bytes.substr(8 + length);
  }

  std::string bytes() const {
    Json complete = header;
    if (!config.is_null()) complete["__metadata__"]["atrous.config"] = config.dump();
    const std::string text = complete.dump();
    const std::uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text + data;
  }
};

inline std::string saved(const Model& model) {
  const TemporaryFile file("model.safetensors");
  model.save(file.path());
  return file.read();
}

}  // namespace atrous::test
