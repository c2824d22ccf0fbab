// Good files of every format, broken in one place: each must be refused with an Error of one line that names the file
// and the field, and nothing else may happen.
#include <atrous/error.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "broken_files.hpp"
#include "catch.hpp"
#include "film_files.hpp"
#include "model/limits.hpp"
#include "model/validate.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

const std::vector<Case>& nam_cases() {
  static const std::vector<Case> cases{
      {"/version", "0.9.0", "version"},
      {"/version", 1.5, "version"},
      {"/architecture", removed, "architecture"},
      {"/architecture", "Transformer", "Transformer"},
      {"/architecture", nullptr, "architecture"},
      {"/config", removed, "config"},
      {"/config", "x", "config"},
      {"/config", Json::array(), "config"},
      {"/config/in_channels", 0, "in_channels"},
      {"/config/in_channels", 2, "condition_size"},
      {"/config/in_channels", 1e9, "in_channels"},
      {"/config/layers", removed, "config.layers"},
      {"/config/layers", Json::array(), "config.layers"},
      {"/config/layers", Json::object(), "config.layers"},
      {"/config/layers/0", nullptr, "config.layers[0]"},
      {"/config/condition_dsp", Json::object(), "condition_dsp"},
      {"/config/head", "none", "config.head"},
      {"/config/head", Json::object(), "config.head"},
      {"/config/head",
       {{"activation", "ReLU"}, {"channels", 2}, {"out_channels", 1}, {"kernel_sizes", Json::array()}},
       "kernel_sizes"},
      {"/config/layers/0/input_size", removed, "input_size"},
      {"/config/layers/0/input_size", 2, "input"},
      {"/config/layers/1/input_size", 5, "config.layers[1].input_size"},
      {"/config/layers/0/condition_size", removed, "condition_size"},
      {"/config/layers/1/condition_size", 2, "config.layers[1].condition_size"},
      {"/config/layers/0/channels", 0, "channels"},
      {"/config/layers/0/channels", -6, "channels"},
      {"/config/layers/0/channels", 6.5, "channels"},
      {"/config/layers/0/channels", "6", "channels"},
      {"/config/layers/0/channels", 1000000000, "channels"},
      {"/config/layers/0/channels", 1e300, "channels"},
      {"/config/layers/0/channels", true, "channels"},
      {"/config/layers/1/channels", 4, "config.layers[1].channels"},
      {"/config/layers/0/bottleneck", 0, "bottleneck"},
      {"/config/layers/0/bottleneck", 1.5, "bottleneck"},
      {"/config/layers/1/bottleneck", 2, "config.layers[1].layer1x1"},
      {"/config/layers/0/dilations", removed, "dilations"},
      {"/config/layers/0/dilations", Json::array(), "dilations"},
      {"/config/layers/0/dilations", 2, "dilations"},
      {"/config/layers/0/dilations", {1, 2}, "gating_mode"},
      {"/config/layers/0/dilations/1", 0, "dilations[1]"},
      {"/config/layers/0/dilations/1", -2, "dilations[1]"},
      {"/config/layers/0/dilations/1", 2.5, "dilations[1]"},
      {"/config/layers/0/dilations/1", 1000000000, "dilations[1]"},
      {"/config/layers/0/dilations/1", nullptr, "dilations[1]"},
      {"/config/layers/0/kernel_size", 3, "kernel_sizes"},
      {"/config/layers/1/kernel_size", removed, "kernel_size"},
      {"/config/layers/1/kernel_size", 0, "kernel_size"},
      {"/config/layers/1/kernel_size", 3.5, "kernel_size"},
      {"/config/layers/0/kernel_sizes", 3, "kernel_sizes"},
      {"/config/layers/0/kernel_sizes", {3, 3, 3, 3}, "kernel_sizes"},
      {"/config/layers/0/kernel_sizes/2", 1 << 20, "kernel_sizes[2]"},
      {"/config/layers/0/activation", removed, "activation"},
      {"/config/layers/0/activation", "Swish", "Swish"},
      {"/config/layers/0/activation", 3, "activation"},
      {"/config/layers/0/activation/1", "Swish", "activation[1]"},
      {"/config/layers/0/activation/1/type", removed, "activation[1].type"},
      {"/config/layers/0/activation/1/negative_slope", "steep", "negative_slope"},
      {"/config/layers/0/activation/1/negative_slope", 1e39, "negative_slope"},
      {"/config/layers/1/activation/negative_slopes", {0.1, 0.2}, "negative_slopes"},
      {"/config/layers/1/activation/negative_slopes", 0.1, "negative_slopes"},
      {"/config/layers/0/gating_mode", "open", "gating_mode"},
      {"/config/layers/0/gating_mode", {"none", "none"}, "gating_mode"},
      {"/config/layers/0/gating_mode", true, "gating_mode"},
      {"/config/layers/1/gated", "yes", "gated"},
      {"/config/layers/0/secondary_activation/1", "Swish", "secondary_activation[1]"},
      {"/config/layers/0/head", "x", "head"},
      {"/config/layers/0/head/out_channels", 4, "config.layers[1].channels"},
      {"/config/layers/0/head/out_channels", 0, "out_channels"},
      {"/config/layers/0/head/kernel_size", removed, "head.kernel_size"},
      {"/config/layers/0/head/bias", 1, "head.bias"},
      {"/config/layers/0/head/head_dilation", 0, "head_dilation"},
      {"/config/layers/1/head_size", removed, "head_size"},
      {"/config/layers/1/head_bias", removed, "head_bias"},
      {"/config/layers/1/head_size", 65, "channels"},
      {"/config/layers/0/groups_input", 0, "groups_input"},
      {"/config/layers/0/groups_input", -1, "groups_input"},
      {"/config/layers/0/groups_input", 4, "groups_input"},
      {"/config/layers/0/groups_input_mixin", 0, "groups_input_mixin"},
      {"/config/layers/0/groups_input_mixin", 3, "groups_input_mixin"},
      {"/config/layers/0/layer1x1", 1, "layer1x1"},
      {"/config/layers/0/layer1x1/active", false, "layer1x1"},
      {"/config/layers/0/layer1x1/active", "no", "layer1x1.active"},
      {"/config/layers/0/layer1x1/groups", 0, "layer1x1.groups"},
      {"/config/layers/0/layer1x1/groups", 4, "layer1x1.groups"},
      {"/config/layers/0/head1x1/out_channels", removed, "head1x1.out_channels"},
      {"/config/layers/0/head1x1/groups", 3, "head1x1.groups"},
      {"/config/layers/0/conv_pre_film", {{"active", true}, {"groups", 0}}, "conv_pre_film.groups"},
      {"/config/layers/0/conv_pre_film", {{"active", true}, {"groups", 2}}, "conv_pre_film.groups"},
      {"/config/layers/0/conv_pre_film", {{"active", true}}, "weights"},
      {"/config/layers/1/head1x1_post_film", Json::object(), "head1x1_post_film"},
      {"/config/layers/1/layer1x1_post_film", Json::object(), "layer1x1_post_film"},
      {"/config/layers/0/conv_pre_film", 1, "conv_pre_film"},
      {"/config/layers/0/slimmable", {{"method", "x"}}, "slimmable"},
      {"/weights", removed, "weights"},
      {"/weights", nullptr, "weights"},
      {"/weights", Json::array(), "weights"},
      {"/weights", "0.1", "weights"},
      {"/weights", Json::object(), "weights"},
      {"/weights/7", nullptr, "weights[7]"},
      {"/weights/7", "0.5", "weights[7]"},
      {"/weights/7", true, "weights[7]"},
      {"/weights/7", 1e39, "weights[7]"},
      {"/weights/7", Json::array({1}), "weights[7]"},
  };
  return cases;
}

const std::vector<Case>& guitarml_cases() {
  static const std::vector<Case> cases{
      {"/activation", removed, "activation"},
      {"/activation", "swish", "swish"},
      {"/activation", 1, "activation"},
      {"/input_channels", 0, "input_channels"},
      {"/input_channels", 1, "variables[0].data"},
      {"/output_channels", 65, "output_channels"},
      {"/output_channels", 1.5, "output_channels"},
      {"/residual_channels", "3", "residual_channels"},
      {"/residual_channels", -3, "residual_channels"},
      {"/residual_channels", 1000000000, "residual_channels"},
      {"/filter_width", 0, "filter_width"},
      {"/filter_width", 3, "data"},
      {"/filter_width", removed, "filter_width"},
      {"/dilations", Json::array(), "dilations"},
      {"/dilations", {1, 4, 16}, "layer 2"},
      {"/dilations/0", 0, "dilations[0]"},
      {"/dilations/0", -1, "dilations[0]"},
      {"/dilations/0", 1.5, "dilations[0]"},
      {"/level_adjust", "loud", "level_adjust"},
      {"/variables", removed, "variables"},
      {"/variables", Json::object(), "variables"},
      {"/variables/0", nullptr, "variables[0]"},
      {"/variables/0/name", removed, "name"},
      {"/variables/0/name", "V", "variables"},
      {"/variables/0/layer_idx", 7, "variables"},
      {"/variables/0/layer_idx", 0.5, "layer_idx"},
      {"/variables/0/layer_idx", -2, "layer_idx"},
      {"/variables/2/layer_idx", 1, "W_conv"},
      {"/variables/0/data", removed, "data"},
      {"/variables/0/data", Json::array(), "data"},
      {"/variables/0/data", nullptr, "data"},
      {"/variables/0/data/1", "a half", "data[1]"},
      {"/variables/0/data/1", "nan", "data[1]"},
      {"/variables/0/data/1", "1e400", "data[1]"},
      {"/variables/0/data/1", "", "data[1]"},
      {"/variables/0/data/1", "[1]", "data[1]"},
      {"/variables/0/data/1", nullptr, "data[1]"},
      {"/variables/0/data/1", Json::array({1}), "data[1]"},
  };
  return cases;
}

// Changes of the configuration in a native file made from generator_config().
const std::vector<Case>& config_cases() {
  static const std::vector<Case> cases{
      {"/architecture", removed, "architecture"},
      {"/architecture", "Transformer", "Transformer"},
      {"/prewarm", 1, "prewarm"},
      {"/colour", "blue", "colour"},
      {"/input", nullptr, "input"},
      {"/input/kind", "image", "input.kind"},
      {"/input/kind", 1, "input.kind"},
      {"/input/kind", "class_value", "stacks[0].input.in"},
      {"/input/kind", "signal", "stacks[0].input.in"},
      {"/input/channels", 2, "input.channels"},
      {"/code", nullptr, "code"},
      {"/code/kind", "alaw", "code.kind"},
      {"/code/kind", "nsynth", "code.classes"},
      {"/code/classes", 1, "code.classes"},
      {"/code/classes", 33, "stacks[0].input.in"},
      {"/code/first", 32, "code.first"},
      {"/code/first", -1, "code.first"},
      {"/condition/kind", "signal", "condition"},
      {"/condition/kind", "none", "condition"},
      {"/condition", {{"kind", "model"}, {"channels", 1}}, "condition"},
      {"/condition/channels", 7, "condition.channels"},
      {"/condition/bins", 0, "condition.bins"},
      {"/condition/bins", 5, "condition.upsampler[0].in"},
      {"/condition/pad", -1, "condition.pad"},
      {"/condition/pad", 1000000, "condition.pad"},
      {"/condition/upsampler", Json::object(), "condition.upsampler"},
      {"/condition/upsampler/0/kind", "sinc", "condition.upsampler[0].kind"},
      {"/condition/upsampler/0/groups", 0, "condition.upsampler[0].groups"},
      {"/condition/upsampler/0/groups", 3, "condition.upsampler[0].groups"},
      {"/condition/upsampler/0/stride", 2, "condition.upsampler[0].stride"},
      {"/condition/upsampler/0/padding", 1, "condition.upsampler[0].padding"},
      {"/condition/upsampler/1/stride", 0, "condition.upsampler[1].stride"},
      {"/condition/upsampler/1/stride", 65536, "stride"},
      {"/condition/upsampler/1/kernel", 3, "condition.upsampler[1].kernel"},
      {"/condition/upsampler/1/bias", true, "condition.upsampler[1].bias"},
      {"/condition/upsampler/2/kernel", 4, "condition.upsampler[2].kernel"},
      {"/condition/upsampler/2/frequency_kernel", 2, "condition.upsampler[2].frequency_kernel"},
      {"/condition/upsampler/3/out", 5, "condition.upsampler[3].out"},
      {"/condition/upsampler/3/padding", 4, "condition.upsampler[3].padding"},
      {"/condition/upsampler/4/output_padding", 3, "condition.upsampler[4].output_padding"},
      {"/condition/upsampler/4/dilation", 0, "condition.upsampler[4].dilation"},
      {"/speakers", nullptr, "speaker_bias"},
      {"/speakers/count", 0, "speakers.count"},
      {"/speakers/count", 2, "speakers.weight"},
      {"/speakers/channels", 1000000000, "speakers.channels"},
      {"/stacks", Json::array(), "stacks"},
      {"/stacks", 4, "stacks"},
      {"/stacks/0/name", "first", "stacks[0]"},
      {"/stacks/0/layers", Json::array(), "stacks[0].layers"},
      {"/stacks/0/input/out", 5, "stacks[0].layers[0].conv.in"},
      {"/stacks/0/input/kernel", 0, "stacks[0].input.kernel"},
      {"/stacks/0/input/kernel", 3, "stacks.0.input.weight"},
      {"/stacks/0/input/bias", false, "stacks.0.input.bias"},
      {"/stacks/0/input_activation", {{"type", "Tanh"}, {"gain", 2}}, "input_activation"},
      {"/stacks/0/layers/0/conv/out", 12, "stacks[0].layers[0].conv.out"},
      {"/stacks/0/layers/0/conv/dilation", 0, "stacks[0].layers[0].conv.dilation"},
      {"/stacks/0/layers/0/conv/dilation", -1, "stacks[0].layers[0].conv.dilation"},
      {"/stacks/0/layers/0/conv/dilation", 1.5, "stacks[0].layers[0].conv.dilation"},
      {"/stacks/0/layers/0/conv/dilation", "2", "stacks[0].layers[0].conv.dilation"},
      {"/stacks/0/layers/0/conv/groups", 0, "stacks[0].layers[0].conv.groups"},
      {"/stacks/0/layers/0/conv/groups", 4, "stacks[0].layers[0].conv.groups"},
      {"/stacks/0/layers/0/conv/kernel", 1000000000, "stacks[0].layers[0].conv.kernel"},
      {"/stacks/0/layers/0/bottleneck", 0, "stacks[0].layers[0].bottleneck"},
      {"/stacks/0/layers/0/bottleneck", 1 << 30, "stacks[0].layers[0].bottleneck"},
      {"/stacks/0/layers/0/gating", "none", "stacks[0].layers[0].conv.out"},
      {"/stacks/0/layers/0/gating", "half", "stacks[0].layers[0].gating"},
      {"/stacks/0/layers/0/activation", "Swish", "stacks[0].layers[0].activation"},
      {"/stacks/0/layers/0/activation/negative_slopes", {0.5}, "stacks[0].layers[0].activation.negative_slopes"},
      {"/stacks/0/layers/0/secondary_activation", nullptr, "stacks[0].layers[0].secondary_activation"},
      {"/stacks/0/layers/0/mixin_groups", 0, "stacks[0].layers[0].mixin_groups"},
      {"/stacks/0/layers/0/mixin_groups", 3, "stacks[0].layers[0].mixin_groups"},
      {"/stacks/0/layers/0/mixin_bias", false, "stacks.0.layers.0.mixin.bias"},
      {"/stacks/0/layers/0/speaker_bias", true, "stacks.0.layers.0.speaker.bias"},
      {"/stacks/0/layers/0/skip", nullptr, "stacks[0].layers[1]"},
      {"/stacks/0/layers/1/skip/out", 6, "stacks[0].layers[1]"},
      {"/stacks/0/layers/1/skip/groups", 0, "stacks[0].layers[1].skip.groups"},
      {"/stacks/0/layers/0/residual/out", 5, "stacks[0].layers[0].residual.out"},
      {"/stacks/0/layers/0/residual", nullptr, "stacks.0.layers.0.residual"},
      {"/stacks/0/layers/0/skip_scale", "1", "stacks[0].layers[0].skip_scale"},
      {"/stacks/0/layers/0/residual_scale", 1e300, "stacks[0].layers[0].residual_scale"},
      {"/stacks/0/head", nullptr, "post[0].conv.in"},
      {"/stacks/0/head/in", 6, "stacks[0].head.in"},
      {"/post/0/conv/in", 6, "post[0].conv.in"},
      {"/post/0/conv/groups", 5, "post[0].conv.groups"},
      {"/post/1/conv/out", 31, "output.channels"},
      {"/post/1/activation/min_val", 2, "post[1].activation.min_val"},
      {"/output/kind", "image", "output.kind"},
      {"/output/kind", "gaussian", "output.channels"},
      {"/output/kind", "logistic_mixture", "output.channels"},
      {"/output/channels", 31, "output.channels"},
      {"/output/scale", nullptr, "output.scale"},
      {"/output/input_skip", 1, "output.input_skip"},
      {"/output/input_skip", "1", "output.input_skip"},
      {"/output/quantize_channels", 1, "output.quantize_channels"},
      {"/features/fft", 0, "features.fft"},
      {"/features/window", 2000, "features.window"},
      {"/features/hop", 0, "features.hop"},
      {"/features/fft", 1 << 20, "features.fft"},
      {"/features/bins", 7, "features.bins"},
      {"/features/fmax", 9000, "features.fmax"},
      {"/features/fmin", 8000, "features.fmin"},
      {"/features/fmin", -1, "features.fmin"},
      {"/features/power", 0, "features.power"},
      {"/features/floor", 0, "features.floor"},
      {"/features/clip_max", -5, "features.clip_min"},
      {"/features/mel_scale", "bark", "features.mel_scale"},
      {"/features/normalized", false, "features.mean"},
      {"/waveform/highpass_hz", -1, "waveform.highpass_hz"},
      {"/waveform/highpass_taps", 254, "waveform.highpass_taps"},
      {"/waveform/gain", 0, "waveform.gain"},
      {"/waveform/preemphasis", 1, "waveform.preemphasis"},
      {"/waveform/mulaw", -1, "waveform.mulaw"},
      {"/waveform/mulaw", 255, "waveform.mulaw"},  // the model's classes have a code
  };
  return cases;
}

// Changes of the header of such a file.
const std::vector<Case>& header_cases() {
  static const std::vector<Case> cases{
      {"/__metadata__", removed, "atrous.version"},
      {"/__metadata__", "x", "__metadata__"},
      {"/__metadata__/atrous.version", removed, "atrous.version"},
      {"/__metadata__/atrous.version", "2", "atrous.version"},
      {"/__metadata__/atrous.version", 1, "atrous.version"},
      {"/speakers.weight", removed, "data_offsets"},
      {"/speakers.weight", nullptr, "speakers.weight"},
      {"/speakers.weight/dtype", "I32", "speakers.weight"},
      {"/speakers.weight/dtype", "F8", "speakers.weight"},
      {"/speakers.weight/dtype", "F16", "speakers.weight"},
      {"/speakers.weight/dtype", removed, "dtype"},
      {"/speakers.weight/shape", {2, 3}, "speakers.weight"},
      {"/speakers.weight/shape", {6}, "speakers.weight"},
      {"/speakers.weight/shape", {3, 3}, "shape"},
      {"/speakers.weight/shape", {-3, -2}, "shape"},
      {"/speakers.weight/shape", {3, 2.5}, "shape"},
      {"/speakers.weight/shape", {4294967296, 4294967296}, "shape"},
      {"/speakers.weight/shape", {9223372036854775807, 3}, "shape"},
      {"/speakers.weight/shape", {1, 1, 1, 1, 1, 1, 1, 3, 2}, "shape"},
      {"/speakers.weight/shape", 6, "shape"},
      {"/speakers.weight/data_offsets", {0, 24}, "data_offsets"},
      {"/speakers.weight/data_offsets", {24, 0}, "data_offsets"},
      {"/speakers.weight/data_offsets", {0, 1000000000000}, "data_offsets"},
      {"/speakers.weight/data_offsets", {-24, 0}, "data_offsets"},
      {"/speakers.weight/data_offsets", {0}, "data_offsets"},
      {"/speakers.weight/data_offsets", "0", "data_offsets"},
      {"/speakers.weight/color", "blue", "speakers.weight"},
      {"/extra", {{"dtype", "F32"}, {"shape", {0}}, {"data_offsets", {0, 0}}}, "extra"},
  };
  return cases;
}

}  // namespace

TEST_CASE("every broken field of a .nam file is named") {
  Random random(1);
  const Json good = random_nam(random);
  REQUIRE(refusal(good.dump(), "bad.nam").empty());
  check_cases(nam_cases(), "bad.nam", [&](const Case& change) {
    Json nam = good;
    apply(nam, change);
    return nam.dump();
  });
  check_every_value(good, "bad.nam", [](const Json& nam) { return nam.dump(); });
}

TEST_CASE("a .nam file with too many or too few weights states both counts") {
  Random random(2);
  Json nam = random_nam(random);
  const std::size_t count = nam["weights"].size();
  for (const std::size_t wrong : {count - 1, count + 1, std::size_t{1}, 2 * count}) {
    nam["weights"] = uniform(random, wrong);
    check_refused(nam.dump(), "bad.nam", "weights");
    CHECK_THAT(refusal(nam.dump(), "bad.nam"), ContainsSubstring(std::to_string(count)));
    CHECK_THAT(refusal(nam.dump(), "bad.nam"), ContainsSubstring(std::to_string(wrong)));
  }
}

TEST_CASE("every broken field of a GuitarML file is named") {
  Random random(3);
  const Json good = random_guitarml(random, "gated", 2);
  REQUIRE(refusal(good.dump(), "bad.json").empty());
  check_cases(guitarml_cases(), "bad.json", [&](const Case& change) {
    Json file = good;
    apply(file, change);
    return file.dump();
  });
  check_every_value(good, "bad.json", [](const Json& file) { return file.dump(); });
}

TEST_CASE("every broken field of a native file is named") {
  Random random(4);
  const NativeFile good(saved(as_model(random_generator(random))));
  REQUIRE(refusal(good.bytes(), "bad.safetensors").empty());
  check_cases(config_cases(), "bad.safetensors", [&](const Case& change) {
    NativeFile file = good;
    apply(file.config, change);
    return file.bytes();
  });
  check_cases(header_cases(), "bad.safetensors", [&](const Case& change) {
    NativeFile file = good;
    apply(file.header, change);
    if (!file.header.contains("__metadata__") || !file.header["__metadata__"].is_object()) file.config = nullptr;
    return file.bytes();
  });
  check_every_value(good.config, "bad.safetensors", [&](const Json& config) {
    NativeFile file = good;
    file.config = config;
    return file.bytes();
  });
}

TEST_CASE("tensors missing, left over or not finite are named") {
  Random random(5);
  const model::ModelData good = random_generator(random);
  for (const auto& [name, tensor] : good.tensors) {
    INFO(name);
    model::ModelData data = good;
    data.tensors.erase(name);
    check_refused(saved(as_model(data)), "bad.safetensors", name);
    for (const float value :
         {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
      data = good;
      data.tensors[name].values.back() = value;
      check_refused(saved(as_model(data)), "bad.safetensors", name);
    }
    data = good;
    data.tensors[name].shape.push_back(1);
    check_refused(saved(as_model(data)), "bad.safetensors", name);
  }
  model::ModelData data = good;
  data.tensors["stacks.0.layers.9.conv.weight"] = {{1}, {0}};
  check_refused(saved(as_model(data)), "bad.safetensors", "stacks.0.layers.9.conv.weight");
}

TEST_CASE("a configuration that would need too much memory is refused before anything is allocated") {
  Random random(6);
  NativeFile file(saved(as_model(random_generator(random))));
  Json& conv = file.config["stacks"][0]["layers"][0]["conv"];
  conv["kernel"] = model::max_kernel;
  conv["dilation"] = model::max_dilation;
  check_refused(file.bytes(), "bad.safetensors", "stacks");
  conv["dilation"] = 1;
  check_refused(file.bytes(), "bad.safetensors", "stacks.0.layers.0.conv.weight");

  Json nam = random_nam(random);
  nam["config"]["layers"][1]["dilations"] = std::vector<int>(model::max_layers, 1);
  check_refused(nam.dump(), "bad.nam", "config.layers[1].dilations");
}

TEST_CASE("cells cannot ask for minutes of silence") {
  Random random(13);
  model::ModelData data;
  data.architecture = "LSTM";
  data.config.prewarm = true;
  data.config.prewarm_samples = 24000;
  model::PostLayer cells;
  cells.kind = model::PostKind::lstm;
  data.config.wavenet.post.assign(200, cells);
  data.config.wavenet.post.emplace_back();
  fill_tensors(data, random);
  CHECK(refusal(saved(as_model(data)), "bad.safetensors").empty());
  data.config.prewarm_samples = 1 << 20;
  check_refused(saved(as_model(data)), "bad.safetensors", "silence");
}

TEST_CASE("a front end cannot ask for minutes of work for a second of sound") {
  Random random(12);
  const NativeFile good(saved(as_model(random_generator(random))));
  NativeFile file = good;
  file.config["features"]["fft"] = 4096;
  file.config["features"]["hop"] = 16;
  CHECK(refusal(file.bytes(), "bad.safetensors").empty());
  file.config["features"]["hop"] = 1;
  check_refused(file.bytes(), "bad.safetensors", "features.hop: expected at most 0.3 s of work");
  file = good;
  file.config["waveform"]["highpass_hz"] = 50;
  file.config["waveform"]["highpass_taps"] = 65535;
  CHECK(refusal(file.bytes(), "bad.safetensors").empty());
  file.config["sample_rate"] = 48000;
  check_refused(file.bytes(), "bad.safetensors", "waveform.highpass_taps: expected at most 0.2 s of work");
}

TEST_CASE("a small file cannot ask for gigabytes or for minutes of silence") {
  const auto nam = [](Json array, int weights) {
    array["input_size"] = array["condition_size"] = 1;
    array["activation"] = "Tanh";
    array["head_size"] = 1;
    array["head_bias"] = false;
    const Json config = {{"layers", Json::array({array})}, {"head", nullptr}};
    return Json{{"version", "0.7.0"},
                {"architecture", "WaveNet"},
                {"config", config},
                {"weights", std::vector<int>(std::size_t(weights))}};
  };
  const auto layers = [](int count, int dilation) {
    return Json{{"channels", 1}, {"kernel_size", 2}, {"dilations", std::vector<int>(std::size_t(count), dilation)}};
  };
  const int per_layer = 2 + 1 + 1 + 2;
  CHECK(refusal(nam(layers(3, 40000), 3 + 3 * per_layer).dump(), "bad.nam").empty());
  check_refused(nam(layers(2, 1 << 20), 3 + 2 * per_layer).dump(), "bad.nam", "look back over");
  CHECK(refusal(nam(layers(1000, 1000), 3 + 1000 * per_layer).dump(), "bad.nam").empty());
  check_refused(nam(layers(4000, 250), 3 + 4000 * per_layer).dump(), "bad.nam", "silence");
  Json wide = {{"channels", 8192},     {"kernel_size", 2},   {"dilations", {3}},
               {"groups_input", 8192}, {"bottleneck", 8192}, {"layer1x1", {{"groups", 8192}}}};
  CHECK(refusal(nam(wide, 65537).dump(), "bad.nam").empty());
  wide["layer1x1"] = {{"active", false}};
  wide["dilations"] = {8192};
  check_refused(nam(wide, 100000).dump(), "bad.nam", "remember");

  Json slimmable = {{"channels", 200}, {"kernel_size", 2}, {"dilations", {900}}};
  const int slimmable_weights = 200 + (200 * 200 * 2 + 200 + 200 + 200 * 200 + 200) + 200 + 1;
  CHECK(refusal(nam(slimmable, slimmable_weights).dump(), "bad.nam").empty());
  slimmable["slimmable"] = {{"method", "slice_channels_uniform"}, {"kwargs", Json::object()}};
  check_refused(nam(slimmable, slimmable_weights).dump(), "bad.nam", "sizes");

  Json nested = nam(layers(1, 1), 3 + per_layer);
  for (int depth = 0; depth <= model::max_nested_models; ++depth) {
    INFO(depth);
    CHECK(refusal(nested.dump(), "bad.nam").empty());
    Json outer = nam(layers(1, 1), 3 + per_layer);
    outer["config"]["condition_dsp"] = nested;
    nested = outer;
  }
  check_refused(nested.dump(), "bad.nam", "condition.model");
}

TEST_CASE("a small generator cannot ask for matrices of gigabytes, nor for minutes a second") {
  Random random(13);
  model::ModelData data = random_generator(random);
  data.config = {};
  data.config.sample_rate = 16000;
  data.config.wavenet.output = {model::OutputKind::gaussian, 2, 1, 65536, -7};
  model::Stack& stack = data.config.wavenet.stacks.emplace_back();
  const auto refused = [&](int channels, int layers, const char* problem) {
    stack.input = {1, channels, 1, 1, 1, true};
    model::Layer layer;
    layer.conv = {channels, channels, 1, 1, channels, true};
    layer.bottleneck = channels;
    layer.skip = layer.residual = model::Pointwise{channels, channels, true};
    stack.layers.assign(std::size_t(layers), layer);
    stack.head = model::Conv{channels, 2, 1, 1, 1, true};
    data.tensors.clear();
    fill_tensors(data, random);
    const std::string file = saved(as_model(data));
    if (problem) return check_refused(file, "bad.safetensors", problem);
    CHECK(refusal(file, "bad.safetensors").empty());
  };
  refused(300, 2, nullptr);
  refused(8000, 2, "without groups");
  refused(1, 200, nullptr);
  refused(1, 4000, "a second of sound would take");
}

TEST_CASE("a cut or noisy file is refused by name") {
  Random random(7);
  const std::string nam = random_nam(random).dump();
  const std::string guitarml = random_guitarml(random, "tanh", 1).dump();
  const std::string native = saved(as_model(random_generator(random)));
  check_truncations(nam, "cut.nam");
  check_truncations(guitarml, "cut.json");
  check_truncations(native, "cut.safetensors");
  check_refused(native + "x", "long.safetensors", "data");
  check_noise(nam, "noisy.nam", random);
  check_noise(guitarml, "noisy.json", random);
  check_noise(native, "noisy.safetensors", random);
  check_noise(native.substr(0, 400), "noisy.safetensors", random);
}

TEST_CASE("JSON that is nested too deeply, repeats a key or is no JSON is refused") {
  Random random(8);
  Json nam = random_nam(random);
  nam["metadata"]["deep"] = nested(200);
  check_refused(nam.dump(), "bad.nam", "nested");
  const std::string good = random_nam(random).dump();
  check_refused(std::string(1000000, '[') + "\"config\"", "bad.nam", "not a model file");
  check_refused("{\"config\":" + std::string(1000000, '['), "bad.nam", "nested");
  check_refused("{\"config\":" + std::string(1000000, '{'), "bad.nam", "JSON");
  check_refused("{\"version\":\"0.7.0\"," + good.substr(1), "bad.nam", "\"version\"");
  check_refused("{\"config\":1,\"config\":2}", "bad.nam", "\"config\"");
  check_refused("{\"config\": nan}", "bad.nam", "JSON");
  check_refused("{\"architecture\": \"Linear\", \"weights\": [], \"config\": NaN}", "bad.nam", "config: expected");
  check_refused(good + std::string(1, '\0') + good, "bad.nam", "JSON");
  check_refused("{\"config\": 1e999}", "bad.nam", "JSON");
  check_refused("{\"config\": \"\xff\xfe\"}", "bad.nam", "architecture");
  check_refused(good + "}", "bad.nam", "JSON");
  check_refused("{\"a\\nb\": 1, \"a\\nb\": 2, \"config\": 3}", "bad.nam", "a?b");
}

TEST_CASE("a native file that is conditioned on a model, but has none, is refused") {
  Random random(10);
  NativeFile file(saved(parse(random_nam(random).dump())));
  REQUIRE(refusal(file.bytes(), "bad.safetensors").empty());
  file.config["condition"]["kind"] = "model";
  check_refused(file.bytes(), "bad.safetensors", "condition.model");
  file.config["condition"]["model"] = nullptr;
  check_refused(file.bytes(), "bad.safetensors", "condition.model");
}

TEST_CASE("the model that makes the condition is checked with the one around it") {
  Random random(12);
  Json nam = random_film_nam(random, 0, 1);
  nam["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  model::ModelData data = Model::Access::data(parse(nam.dump()));
  model::validate(data);
  model::ModelData inner = *data.config.wavenet.condition.model;
  inner.config.wavenet.stacks[0].layers.clear();
  data.config.wavenet.condition.model = std::make_shared<const model::ModelData>(inner);
  try {
    model::validate_config(data.config, "bad");
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid);
    CHECK_THAT(error.what(), Catch::Matchers::StartsWith("bad: condition.model.stacks[0].layers:"));
  }
}

TEST_CASE("a native file that has a model, but is not conditioned on it, is refused") {
  Random random(11);
  Json nam = random_film_nam(random, 0, 1);
  nam["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  const NativeFile good(saved(parse(nam.dump())));
  REQUIRE(refusal(good.bytes(), "bad.safetensors").empty());
  for (const char* kind : {"none", "signal", "features"}) {
    INFO(kind);
    NativeFile file = good;
    file.config["condition"]["kind"] = kind;
    check_refused(file.bytes(), "bad.safetensors", "condition.model");
  }
}

TEST_CASE("a header length beyond the file is refused") {
  Random random(9);
  std::string native = saved(as_model(random_generator(random)));
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{native.size()}, std::uint64_t{1} << 40}) {
    INFO(length);
    std::memcpy(native.data(), &length, sizeof(length));
    check_refused(native, "bad.safetensors", "header");
  }
}
