// Writes the small models and sounds that cli_test.sh works on: cli_fixtures FOLDER
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::json;
using Shape = std::vector<std::int64_t>;

std::size_t size_of(const Shape& shape) {
  std::size_t size = 1;
  for (const std::int64_t n : shape) size *= std::size_t(n);
  return size;
}

std::vector<float> random_values(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> value(-0.4f, 0.4f);
  std::vector<float> values(count);
  for (float& v : values) v = value(random);
  return values;
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), std::streamsize(bytes.size()));
  if (!file.flush()) throw std::runtime_error(path.string() + ": cannot be written");
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

struct Tensor {
  Shape shape;
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;

// `shape` filled with random values.
Tensors random_tensors(const std::map<std::string, Shape>& shapes) {
  std::mt19937 random(1);
  Tensors tensors;
  for (const auto& [name, shape] : shapes) tensors[name] = {shape, random_values(size_of(shape), random)};
  return tensors;
}

void write_safetensors(const std::filesystem::path& path, const Json& metadata, const Tensors& tensors) {
  Json header;
  if (!metadata.is_null()) header["__metadata__"] = metadata;
  std::string body;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = body.size();
    for (const float v : tensor.values) append(body, v);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, body.size()}}};
  }
  std::string text = header.dump(), bytes;
  text.append((8 - text.size() % 8) % 8, ' ');
  append(bytes, std::uint64_t(text.size()));
  write_bytes(path, bytes + text + body);
}

// A .nam WaveNet: one array of 2 channels, kernel 3, dilations 1, 2, 4.
Json amplifier() {
  std::mt19937 random(2);
  const std::size_t weights = 2 + 3 * (2 * 2 * 3 + 2 + 2 + 2 * 2 + 2) + 2 + 1;
  std::vector<float> values = random_values(weights, random);
  values.back() = 1;  // head_scale
  const Json array = {{"input_size", 1},        {"condition_size", 1}, {"channels", 2},
                      {"dilations", {1, 2, 4}}, {"kernel_size", 3},    {"activation", "Tanh"},
                      {"head_size", 1},         {"head_bias", false},  {"gated", false}};
  return {{"version", "0.5.4"},
          {"architecture", "WaveNet"},
          {"sample_rate", 48000},
          {"metadata", {{"name", "tiny"}, {"loudness", -20.0}, {"input_level_dbu", 14.0}, {"output_level_dbu", 9.5}}},
          {"config", {{"layers", Json::array({array})}, {"head", nullptr}, {"head_scale", 1.0}}},
          {"weights", values}};
}

struct Native {
  int audio_channels = 1;  // of an effect
  bool generates = true;
  int bins = 0, hop = 8;
  int speakers = 0;
  bool front_end = true;  // says how its features are made
};

constexpr int width = 4, classes = 16, fft = 64;

Json native_config(const Native& native) {
  const int in = native.generates ? classes : native.audio_channels;
  const int out = native.generates ? classes : native.audio_channels;
  Json layers = Json::array();
  for (const int dilation : {1, 2}) {
    layers.push_back({{"conv", {{"in", width}, {"out", 2 * width}, {"kernel", 2}, {"dilation", dilation}}},
                      {"bottleneck", width},
                      {"gating", "gated"},
                      {"activation", "Tanh"},
                      {"secondary_activation", "Sigmoid"},
                      {"skip", {{"out", width}}},
                      {"residual", {{"out", width}}}});
  }
  const Json stack = {{"input", {{"in", in}, {"out", width}}}, {"layers", layers}, {"head", nullptr}};
  const Json post = {{"activation", "ReLU"}, {"conv", {{"in", width}, {"out", out}}}};
  Json config = {
      {"architecture", "WaveNet"},
      {"sample_rate", 8000},
      {"input", {{"kind", native.generates ? "one_hot" : "signal"}, {"channels", native.audio_channels}}},
      {"stacks", Json::array({stack})},
      {"post", Json::array({post})},
      {"output", {{"kind", native.generates ? "categorical" : "waveform"}, {"channels", out}}},
  };
  if (native.generates) config["code"] = {{"kind", "r9y9"}, {"classes", classes}, {"first", 7}};
  if (native.bins > 0) {
    const Json stage = {{"kind", "repeat"}, {"in", native.bins}, {"out", native.bins}, {"stride", native.hop}};
    config["condition"] = {{"kind", "features"},
                           {"channels", native.bins},
                           {"bins", native.bins},
                           {"pad", 0},
                           {"upsampler", Json::array({stage})}};
    if (native.front_end) {
      config["features"] = {{"sample_rate", 8000}, {"fft", fft}, {"window", fft}, {"hop", native.hop},
                            {"bins", native.bins}, {"fmin", 0},  {"fmax", 4000},  {"normalized", false}};
    }
  }
  if (native.speakers > 0) config["speakers"] = {{"count", native.speakers}, {"channels", 3}};
  return config;
}

void write_native(const std::filesystem::path& path, const Native& native) {
  const int in = native.generates ? classes : native.audio_channels, out = in;
  std::map<std::string, Shape> shapes = {
      {"stacks.0.input.weight", {width, in, 1}},
      {"stacks.0.input.bias", {width}},
      {"post.0.weight", {out, width, 1}},
      {"post.0.bias", {out}},
  };
  for (const std::string layer : {"stacks.0.layers.0.", "stacks.0.layers.1."}) {
    shapes[layer + "conv.weight"] = {2 * width, width, 2};
    shapes[layer + "conv.bias"] = {2 * width};
    shapes[layer + "skip.weight"] = shapes[layer + "residual.weight"] = {width, width};
    shapes[layer + "skip.bias"] = shapes[layer + "residual.bias"] = {width};
    if (native.bins > 0) shapes[layer + "mixin.weight"] = {2 * width, native.bins};
    if (native.speakers > 0) shapes[layer + "speaker.weight"] = {2 * width, 3};
  }
  if (native.speakers > 0) shapes["speakers.weight"] = {native.speakers, 3};
  write_safetensors(path, {{"atrous.version", "1"}, {"atrous.config", native_config(native).dump()}},
                    random_tensors(shapes));
}

// An effect that copies its input: convolutions of one tap with the weight 1.
void write_identity(const std::filesystem::path& path) {
  const Json conv = {{"in", 1}, {"out", 1}, {"kernel", 1}, {"bias", false}};
  const Json layer = {
      {"conv", conv}, {"bottleneck", 1}, {"activation", "Identity"}, {"skip", nullptr}, {"residual", nullptr}};
  const Json stack = {{"input", conv}, {"layers", Json::array({layer})}, {"head", nullptr}};
  const Json config = {
      {"architecture", "WaveNet"},      {"sample_rate", 48000},  {"input", {{"kind", "signal"}, {"channels", 1}}},
      {"stacks", Json::array({stack})}, {"post", Json::array()}, {"output", {{"kind", "waveform"}, {"channels", 1}}}};
  const Tensor one = {{1, 1, 1}, {1.0f}};
  write_safetensors(path, {{"atrous.version", "1"}, {"atrous.config", config.dump()}},
                    {{"stacks.0.input.weight", one}, {"stacks.0.layers.0.conv.weight", one}});
}

// A WAV of `channels` decaying sines; `bits` is 16 or 24 for integers, 32 for floats.
void write_wav(const std::filesystem::path& path, int rate, int channels, int frames, int bits) {
  const int bytes_per_sample = bits / 8, block = channels * bytes_per_sample;
  std::string file = "RIFF";
  append(file, std::uint32_t(36 + frames * block));
  file += "WAVEfmt ";
  append(file, std::uint32_t(16));
  append(file, std::uint16_t(bits == 32 ? 3 : 1));
  append(file, std::uint16_t(channels));
  append(file, std::uint32_t(rate));
  append(file, std::uint32_t(rate * block));
  append(file, std::uint16_t(block));
  append(file, std::uint16_t(bits));
  file += "data";
  append(file, std::uint32_t(frames * block));
  for (int t = 0; t < frames; ++t) {
    for (int c = 0; c < channels; ++c) {
      const double phase = 2 * std::numbers::pi * 110 * (c + 1) * t / rate;
      const double value = 0.5 * std::sin(phase) * std::exp(-2.0 * t / rate);
      if (bits == 32) {
        append(file, float(value));
      } else {
        const auto integer = std::int32_t(std::lround(value * std::ldexp(1.0, bits - 1)));
        file.append(reinterpret_cast<const char*>(&integer), std::size_t(bytes_per_sample));
      }
    }
  }
  write_bytes(path, file);
}

// The amplifier with one channel or two, and a container of it and of itself at half the volume.
void write_sizes(const std::filesystem::path& folder, Json nam) {
  Json quiet = nam;
  quiet["weights"].back() = 0.5;
  quiet["metadata"]["loudness"] = nam["metadata"]["loudness"].get<double>() - 20 * std::log10(2.0);
  const Json submodels = Json::array({{{"max_value", 0.4}, {"model", quiet}}, {{"max_value", 1}, {"model", nam}}});
  const Json container = {{"version", "0.7.0"},
                          {"architecture", "SlimmableContainer"},
                          {"sample_rate", 48000},
                          {"config", {{"submodels", submodels}}},
                          {"weights", Json::array()}};
  write_bytes(folder / "container.nam", container.dump());
  nam["config"]["layers"][0]["slimmable"] = {{"method", "slice_channels_uniform"}};
  write_bytes(folder / "slim.nam", nam.dump());
}

Json lstm() {  // one cell
  return {{"version", "0.5.4"},
          {"architecture", "LSTM"},
          {"sample_rate", 48000},
          {"config", {{"input_size", 1}, {"hidden_size", 1}, {"num_layers", 1}}},
          {"weights", std::vector<double>(16, 0.5)}};
}

void write_models(const std::filesystem::path& folder) {
  Json nam = amplifier();
  write_bytes(folder / "amp.nam", nam.dump());
  write_sizes(folder, nam);
  nam["metadata"]["loudness"] = nullptr;
  nam["metadata"]["output_level_dbu"] = nullptr;
  nam.erase("sample_rate");
  write_bytes(folder / "no_loudness.nam", nam.dump());
  nam["weights"] = Json::array();
  write_bytes(folder / "no_weights.nam", nam.dump());
  nam["architecture"] = "Transformer";
  write_bytes(folder / "transformer.nam", nam.dump());
  write_bytes(folder / "lstm.nam", lstm().dump());
  // y = x + 2 PARAM1 - PARAM2
  const Json sum = {{"type", "dense"},
                    {"activation", ""},
                    {"shape", {nullptr, nullptr, 1}},
                    {"weights", {{{1.0}, {2.0}, {-1.0}}, {0.0}}}};
  write_bytes(folder / "knobs.json",
              Json{{"in_shape", {nullptr, nullptr, 3}}, {"samplerate", 48000}, {"layers", {sum}}}.dump());
  write_native(folder / "voice.safetensors", {});
  write_native(folder / "mel.safetensors", {.bins = 5});
  write_native(folder / "no_front_end.safetensors", {.bins = 5, .front_end = false});
  write_native(folder / "speakers.safetensors", {.speakers = 3});
  write_identity(folder / "identity.safetensors");
  write_native(folder / "two_inputs.safetensors", {.audio_channels = 2, .generates = false});
}

void write_sounds(const std::filesystem::path& folder) {
  write_wav(folder / "s16.wav", 48000, 1, 4801, 16);
  write_wav(folder / "stereo24.wav", 48000, 2, 3001, 24);
  write_wav(folder / "float.wav", 48000, 1, 4801, 32);
  write_wav(folder / "rate44.wav", 44100, 1, 4410, 16);
  write_wav(folder / "speech.wav", 8000, 1, 4000, 16);
  write_wav(folder / "stereo22.wav", 22050, 2, 11025, 16);
  write_wav(folder / "three.wav", 48000, 3, 1000, 16);
  write_wav(folder / "silent.wav", 48000, 1, 0, 16);
  write_bytes(folder / "empty.wav", "");
  write_bytes(folder / "empty.nam", "");
  write_bytes(folder / "text.wav", "this is no sound\n");
  write_bytes(folder / "text.nam", "this is no model\n");
  write_bytes(folder / "text.safetensors", "no model either\n");
  write_safetensors(folder / "c.safetensors", nullptr, random_tensors({{"c", {1, 5, 40}}}));
  write_safetensors(folder / "c_wrong.safetensors", nullptr, random_tensors({{"c", {1, 6, 40}}}));
  write_safetensors(folder / "other.safetensors", nullptr, random_tensors({{"other", {3}}}));
}

// The same classes as numbers and as one-hot columns, what is no one-hot column, and a speaker.
void write_classes(const std::filesystem::path& folder) {
  constexpr std::size_t length = 40;
  std::mt19937 random(3);
  Tensor labels = {{length}, {}}, one_hot = {{1, classes, length}, std::vector<float>(classes * length)};
  for (std::size_t t = 0; t < length; ++t) {
    const std::size_t label = random() % classes;
    labels.values.push_back(float(label));
    one_hot.values[label * length + t] = 1;
  }
  write_safetensors(folder / "classes.safetensors", nullptr, {{"classes", labels}});
  write_safetensors(folder / "one_hot.safetensors", nullptr, {{"x", one_hot}});
  write_safetensors(folder / "speaker2.safetensors", nullptr, {{"classes", labels}, {"g", {{1}, {2.0f}}}});
  write_safetensors(folder / "not_one_hot.safetensors", nullptr, random_tensors({{"x", {1, classes, length}}}));
  labels.values[7] = classes;
  write_safetensors(folder / "class_16.safetensors", nullptr, {{"classes", labels}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: cli_fixtures FOLDER\n";
    return 2;
  }
  try {
    std::filesystem::create_directories(argv[1]);
    write_models(argv[1]);
    write_sounds(argv[1]);
    write_classes(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
