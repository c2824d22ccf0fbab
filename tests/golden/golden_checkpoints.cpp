// PyTorch checkpoints through the exporter: teacher-forced outputs, greedy generation and likelihoods.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include <atrous/audio.hpp>
#include <atrous/generator.hpp>
#include <atrous/score.hpp>
#include <atrous/tensors.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "golden_folder.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"
#include "run/code.hpp"

namespace {

namespace fs = std::filesystem;
using namespace atrous;

const fs::path checkpoints = golden_folder() / "checkpoints";

bool available() {
  if (no_golden_folder()) return false;
  if (std::system("/usr/bin/python3 -c 'import torch, numpy' >/dev/null 2>&1") != 0) {
    WARN("SKIPPED: /usr/bin/python3 has no torch");
    return false;
  }
  return true;
}

// The checkpoint as the exporter writes it.
Model exported(const std::string& name) {
  const fs::path out = fs::temp_directory_path() / ("atrous-" + fs::path(name).filename().string() + ".safetensors");
  const std::string from = (checkpoints / name).string();
  const std::string command = "/usr/bin/python3 -B '" ATROUS_SOURCE_DIR "/tools/export/export.py' '" + from +
                              ".pth' --hparams '" + from + ".json' -o '" + out.string() + "' >/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  const Model model = Model::load(out);
  fs::remove(out);
  return model;
}

std::vector<int> to_classes(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

// (1, bins, frames) as (frames, bins)
std::vector<float> frames_of(const Tensor& c) {
  const std::size_t bins = c.shape[1], frames = c.shape[2];
  std::vector<float> rows(bins * frames);
  for (std::size_t b = 0; b < bins; ++b) {
    for (std::size_t f = 0; f < frames; ++f) rows[f * bins + b] = c.values[b * frames + f];
  }
  return rows;
}

TeacherForcing forcing(const Tensors& golden) {
  TeacherForcing input;
  const Tensor& x = golden.at("x");  // (1, channels, T): one-hot or scalar
  const std::size_t channels = x.shape[1], length = x.shape[2];
  for (std::size_t t = 0; t < length; ++t) {
    if (channels == 1) {
      input.signal.push_back(x.values[t]);
    } else {
      int hot = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        if (x.values[c * length + t] > 0.5f) hot = int(c);
      }
      input.classes.push_back(hot);
    }
  }
  if (golden.count("c")) {
    input.features = frames_of(golden.at("c"));
    input.padded = true;
  }
  if (golden.count("g")) input.speaker = int(golden.at("g").values[0]);
  return input;
}

}  // namespace

TEST_CASE("r9y9 checkpoints give the outputs of their original under teacher forcing, and the same greedy classes") {
  if (!available()) return;
  for (const char* name : {"gaussian_mel", "mol_mel", "softmax_mel", "softmax_speakers"}) {
    INFO(name);
    const Model model = exported(std::string("r9y9/") + name);
    const Tensors golden = read_tensors(checkpoints / "r9y9" / (std::string(name) + ".safetensors"));
    const TeacherForcing input = forcing(golden);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      const Network network(model, {isa});
      CHECK(largest_difference(score(network, input, true).outputs, golden.at("y").values) <= 1e-5);
      if (!golden.count("greedy")) continue;
      Generator generator(network, {0, 0, 1, true, input.speaker});
      if (!input.features.empty()) generator.append_features(input.features, true), generator.finish();
      std::vector<float> sound(golden.at("greedy").values.size());
      REQUIRE(generator.fill(sound) == sound.size());
      std::vector<float> expected;
      for (const int label : to_classes(golden.at("greedy").values)) {
        expected.push_back(run::decode(*Model::Access::data(model).config.code, label));
      }
      CHECK(sound == expected);
    }
  }
}

TEST_CASE("vincentherrmann's trained models give their logits and their likelihoods") {
  if (!available()) return;
  for (const char* name : {"hihat", "piano", "violin"}) {
    INFO(name);
    const Network network(exported(std::string("vincentherrmann/") + name));
    const fs::path base = checkpoints / "vincentherrmann" / name;
    const Tensors golden = read_tensors(base.string() + ".safetensors");
    TeacherForcing input;
    input.classes = to_classes(golden.at("classes").values);
    const Tensor& logits = golden.at("logits");  // (T, classes) of the first steps
    const std::size_t steps = logits.shape[0], classes = logits.shape[1];
    TeacherForcing start;
    start.classes.assign(input.classes.begin(), input.classes.begin() + steps);
    const std::vector<float> outputs = score(network, start, true).outputs;
    std::vector<float> transposed(outputs.size());
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t c = 0; c < classes; ++c) transposed[t * classes + c] = outputs[c * steps + t];
    }
    CHECK(largest_difference(transposed, logits.values) <= 5e-4);

    std::ifstream file(base.string() + ".json");
    const nlohmann::json facts = nlohmann::json::parse(file);
    const Score whole =
        score(network, teacher_forcing(network.model(), mix_to_mono(read_audio(base.string() + ".wav"))));
    CHECK(whole.nll_nats == Approx(facts["nll_nats_all"].get<double>()).margin(1e-3));
    CHECK(whole.nll_nats_after_receptive_field ==
          Approx(facts["nll_nats_after_receptive_field"].get<double>()).margin(1e-3));
  }
}
