// fuzz_seeds FOLDER: writes small valid files of every format, a folder for each, for the fuzzers to start from. The
// models that are in FOLDER/nam already become native ones as well.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <atrous/audio.hpp>
#include <atrous/features.hpp>
#include <atrous/network.hpp>

#include "chain_files.hpp"
#include "film_files.hpp"
#include "hyper_files.hpp"
#include "model_files.hpp"
#include "parametric_files.hpp"
#include "slim_files.hpp"
#include "zip_files.hpp"

namespace {

using namespace atrous;
using namespace atrous::test;

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& format, const std::string& content) {
    std::filesystem::create_directories(folder_ / format);
    std::ofstream file(folder_ / format / std::to_string(count_++), std::ios::binary);
    file.write(content.data(), std::streamsize(content.size()));
    if (!file) throw std::runtime_error("cannot write below " + folder_.string());
  }

  // The same model as a native file too.
  void write_both(const std::string& format, const std::string& content) {
    write(format, content);
    write_native(parse(content));
  }

  // Its tensors are tensors too.
  void write_native(const Model& model) {
    const std::string content = saved(model);
    write("native", content);
    write("tensors", content);
  }

  void convert_nam() {
    if (!std::filesystem::exists(folder_ / "nam")) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "nam")) {
      write_native(Model::load(entry.path()));
    }
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

// In every precision, which only generators have.
void write_generators(Seeds& seeds, Random& random) {
  model::UpsampleStage repeat;
  repeat.in = repeat.out = 3;
  repeat.stride = 4;
  model::ModelData branches = random_generator(random);
  add_branches(branches, random);
  for (const model::ModelData& data :
       {random_generator(random), small_hearing_model({repeat}, 3, 4, random), branches}) {
    for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      seeds.write_native(Network(as_model(data), {.precision = precision}).model());
    }
  }
}

// Impulse responses of every sample format.
void write_wavs(Seeds& seeds, Random& random) {
  for (const SampleFormat format :
       {SampleFormat::pcm8, SampleFormat::pcm16, SampleFormat::pcm24, SampleFormat::float32, SampleFormat::float64}) {
    const TemporaryFile file(".wav");
    write_audio(file.path(),
                {.sample_rate = 44100, .channels = 2, .samples = uniform(random, 20), .format = {.samples = format}});
    seeds.write_both("wav", file.read());
  }
}

void write_effects(Seeds& seeds, Random& random) {
  Json nam = random_nam(random);
  seeds.write_both("nam", nam.dump());
  // Metadata that is no nonsense, but written in other ways.
  nam["sample_rate"] = "48000";
  nam["version"] = 0.5;
  nam["metadata"] = {{"name", 7}, {"loudness", "-18.5"}, {"gain", ""}};
  seeds.write("nam", nam.dump());
  for (const unsigned films : {0u, 1u, 255u, 165u}) {
    Json film = random_film_nam(random, films, 1);
    seeds.write_both("nam", film.dump());
    film["config"]["condition_dsp"] = random_film_nam(random, 90, 1);
    seeds.write_both("nam", film.dump());
  }
  seeds.write_both("nam", small_slim(random).dump());
  seeds.write_both("nam", slim_lstm(random, 4).dump());
  seeds.write_both("nam", slim_container({{0.3, slim_lstm(random, 3)}, {1, small_slim(random)}}).dump());
  seeds.write_both("nam", as_concat(random_five_inputs(random)).dump());
  seeds.write_both("nam", as_concat(random_lstm_of_five_inputs(random, 3)).dump());
  seeds.write_both("nam", random_hyper(random, {3}, 2).file().dump());
  seeds.write_both("nam", random_hyper(random, {}, 0, "_conv.weight").file().dump());
  seeds.write_both("nam", named_hyper(random).file().dump());
  seeds.write("nam", with_delta_map(random).dump());
  seeds.write_both("nam", sequential({as_concat(random_lstm_of_five_inputs(random, 2)), small_slim(random)}).dump());
  for (const int taps : {3, 300}) {
    seeds.write_both("nam", Json{{"version", "0.7.0"},
                                 {"architecture", "Linear"},
                                 {"config", {{"receptive_field", taps}, {"bias", true}}},
                                 {"weights", uniform(random, std::size_t(taps) + 1)}}
                                .dump());
  }
  write_wavs(seeds, random);
  seeds.write("nam", R"({"lstm": {}, "conv1d_stride": 12})");  // SmartAmpPro's, which is none of them
  for (const char* activation : {"gated", "softgated", "tanh", "linear"}) {
    seeds.write_both("guitarml", random_guitarml(random, activation, 1 + random() % 2).dump());
  }
  for (int n = 0; n < 12; ++n) {
    Json keras = random_keras(random, 1 + n % 3);
    keras["in_skip"] = n % 2;
    keras["in_gain"] = n - 6;
    if (n % 4 == 3) keras["layers"].insert(keras["layers"].begin(), layer_of("unknown", 1 + n % 3, Json::array()));
    seeds.write_both("keras", keras.dump());
    const char* const unit = n % 3 == 0 ? "GRU" : "LSTM";
    seeds.write_both("guitarml_recurrent",
                     random_guitarml_recurrent(random, 1 + n % 3, 1 + n, 1 + n % 2, n % 4 != 0, unit).dump());
    seeds.write_both("torch_recurrent", random_torch_dict(random, 1 + n % 3, 1 + n, unit).dump());
  }
  model::ModelData branches = Model::Access::data(parse(random_nam(random).dump()));
  add_branches(branches, random);
  seeds.write_native(as_model(branches));
  model::ModelData data = Model::Access::data(parse(random_keras(random, 4).dump()));
  data.config.knobs = {{"Tone", -6, 6, 1.5, {}, -1, 1}, {"Boost", 0, 1, 1, {"off", "on"}}};
  seeds.write_native(Model::Access::make(std::move(data)));
}

// A tensor c (1, 3, 4) of that type, all its bytes alike, as conditioning has it.
std::string tensor(const std::string& type, int item_bytes, char byte) {
  const Json header = {{"c", {{"dtype", type}, {"shape", {1, 3, 4}}, {"data_offsets", {0, 12 * item_bytes}}}}};
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text +
         std::string(std::size_t(12 * item_bytes), byte);
}

// What is no model, or models that do not go together, and is refused for what it is.
void write_refused(Seeds& seeds, Random& random) {
  std::string tar = "a.txt" + std::string(512, '\0');
  seeds.write("nam", tar.replace(257, 5, "ustar"));
  NativeFile effect(saved(parse(slim_lstm(random, 2).dump())));
  effect.config["precision"] = "bf16";
  seeds.write("native", effect.bytes());
  Json slow = slim_lstm(random, 2);
  slow["sample_rate"] = 44100;
  Json container = slim_container({{0.3, slow}, {1, slim_lstm(random, 3)}});
  container.erase("sample_rate");
  seeds.write("nam", container.dump());
  for (const char* name : {"a/constants.pkl", "a/code/b.py", "a/data.pkl", "mel.npy", "model.weights.h5", "a.txt"}) {
    seeds.write("nam", zip({{name, "content", false}}));
  }
}

void write_tensors(Seeds& seeds) {
  for (const auto& [type, bytes] : {std::pair{"F16", 2}, {"BF16", 2}, {"F32", 4}, {"F64", 8}}) {
    seeds.write("tensors", tensor(type, bytes, '\x3c'));
  }
  for (const auto& [type, bytes] : {std::pair{"BOOL", 1}, {"I8", 1}, {"U8", 1}, {"I16", 2}, {"I32", 4}, {"I64", 8}}) {
    seeds.write("tensors", tensor(type, bytes, '\0'));
  }
}

// An array (3, 4) as NumPy writes it.
std::string npy(const std::string& type, int item_bytes, const char* fortran, const char* shape) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  header.append(127 - 10 - header.size(), ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\0", 8) + char(header.size()) + '\0' + header +
         std::string(std::size_t(12 * item_bytes), '\x3c');
}

void write_features(Seeds& seeds) {
  for (const auto& [type, bytes] : {std::pair{"<f2", 2}, {"<f4", 4}, {">f4", 4}, {"<f8", 8}}) {
    for (const char* fortran : {"False", "True"}) {
      seeds.write("npy", npy(type, bytes, fortran, "(3, 4)"));
      seeds.write("npy", zip({{"mel.npy", npy(type, bytes, fortran, "(1, 4, 3)"), bytes == 4}}));
    }
  }
}

void write_sounds(Seeds& seeds, Random& random) {
  for (const char* extension : {"wav", "w64", "aiff", "au", "caf", "flac", "ogg"}) {
    for (const SampleFormat format :
         {SampleFormat::pcm8, SampleFormat::pcm16, SampleFormat::pcm24, SampleFormat::float32, SampleFormat::ulaw}) {
      const TemporaryFile file(std::string("sound.") + extension);
      write_audio(file.path(), {.sample_rate = 8000, .channels = 2, .samples = uniform(random, 200)},
                  {.samples = format});
      seeds.write("sound", file.read());
      if (std::string(extension) == "wav") seeds.write("stream", file.read());
    }
  }
}

void write_all(Seeds& seeds) {
  Random random(1);
  seeds.convert_nam();
  write_effects(seeds, random);
  write_generators(seeds, random);
  write_features(seeds);
  write_tensors(seeds);
  write_refused(seeds, random);
  write_sounds(seeds, random);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: fuzz_seeds FOLDER");
  Seeds seeds(argv[1]);
  write_all(seeds);
} catch (const std::exception& error) {
  return std::cerr << error.what() << "\n", 1;
}
