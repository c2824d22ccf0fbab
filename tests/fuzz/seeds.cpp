// fuzz_seeds FOLDER: writes small valid files of every format, a folder for each, for the fuzzers to start from.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "chain_files.hpp"
#include "model_files.hpp"
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
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file) throw std::runtime_error("cannot write below " + folder_.string());
  }

  // The same model as a native file too.
  void write_both(const std::string& format, const std::string& content) {
    write(format, content);
    write("native", saved(parse(content)));
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

// Arrays of every type and order, by themselves and in archives, and a tensor.
void write_features(Seeds& seeds, Random& random) {
  for (const auto& [type, bytes] : {std::pair("<f4", 4), std::pair(">f8", 8), std::pair("<f2", 2)}) {
    for (const char* shape : {"(2, 3)", "(1, 3, 2)"}) {
      const std::string order = bytes == 8 ? "True" : "False";
      const std::string header =
          "{'descr': '" + std::string(type) + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
      std::string array = std::string("\x93NUMPY\x01\0", 8) + char(header.size()) + '\0' + header;
      for (int i = 0; i < 6 * bytes; ++i) array += char(random() % 64);
      seeds.write("features", array);
      seeds.write("features", zip({{"mel.npy", array, bytes == 4}}));
    }
  }
  const TemporaryFile file("c.safetensors");
  write_tensors(file.path(), {{"c", {{1, 3, 2}, uniform(random, 6)}}});
  seeds.write("features", file.read());
}

void write_all(Seeds& seeds) {
  Random random(1);
  seeds.write_both("nam", random_nam(random).dump());
  for (const char* activation : {"gated", "softgated", "tanh", "linear"}) {
    seeds.write_both("guitarml", random_guitarml(random, activation, 1 + random() % 2).dump());
  }
  for (int n = 0; n < 12; ++n) {
    Json keras = random_keras(random, 1 + n % 3);
    keras["in_skip"] = n % 2;
    keras["in_gain"] = n - 6;
    seeds.write_both("keras", keras.dump());
    seeds.write_both("guitarml_lstm", random_guitarml_lstm(random, 1 + n % 3, 1 + n, 1 + n % 2, n % 4 != 0).dump());
  }
  seeds.write("native", saved(as_model(random_generator(random))));
  // Metadata that is no nonsense, but written in other ways.
  Json nam = random_nam(random);
  nam["sample_rate"] = "48000";
  nam["version"] = 0.5;
  nam["metadata"] = {{"name", 7}, {"loudness", "-18.5"}, {"gain", ""}};
  seeds.write("nam", nam.dump());
  write_features(seeds, random);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: fuzz_seeds FOLDER");
  Seeds seeds(argv[1]);
  write_all(seeds);
} catch (const std::exception& error) {
  return std::cerr << error.what() << "\n", 1;
}
