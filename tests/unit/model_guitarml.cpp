// The reader of WaveNetVA's JSON: [kernel][in][out] turned round, and the mix dealt out to the layers.
#include <atrous/error.hpp>
#include <string>

#include "catch.hpp"
#include "golden_folder.hpp"
#include "model/access.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;
using model::ActivationKind;
using model::Gating;

namespace {

// The numbers of one variable of the file, as floats.
std::vector<float> variable(const Json& file, int layer, const std::string& name) {
  std::vector<float> values;
  for (const Json& entry : file["variables"]) {
    if (entry["layer_idx"] != layer || entry["name"] != name) continue;
    for (const Json& value : entry["data"]) {
      values.push_back(value.is_string() ? std::stof(value.get<std::string>()) : value.get<float>());
    }
  }
  return values;
}

}  // namespace

TEST_CASE("convolutions of a GuitarML file are turned from [kernel][in][out] to [out][in][kernel]") {
  Random random(1);
  const Json file = random_guitarml(random, "gated", 2);
  const Model model = parse(file.dump());
  const auto& tensors = Model::Access::data(model).tensors;
  for (int n = 0; n < 2; ++n) {
    const std::vector<float> values = variable(file, n, "W_conv");
    const Tensor& weight = tensors.at("stacks.0.layers." + std::to_string(n) + ".conv.weight");
    REQUIRE(weight.shape == std::vector<std::int64_t>{6, 3, 2});
    for (int o = 0; o < 6; ++o) {
      for (int i = 0; i < 3; ++i) {
        for (int k = 0; k < 2; ++k) CHECK(weight.values[(o * 3 + i) * 2 + k] == values[(k * 3 + i) * 6 + o]);
      }
    }
    CHECK(tensors.at("stacks.0.layers." + std::to_string(n) + ".conv.bias").values == variable(file, n, "b_conv"));
    CHECK(tensors.at("stacks.0.layers." + std::to_string(n) + ".residual.bias").values == variable(file, n, "b_out"));
    CHECK(tensors.at("stacks.0.layers." + std::to_string(n) + ".residual.weight").values[1] ==
          variable(file, n, "W_out")[3]);
  }
  CHECK(tensors.at("stacks.0.input.weight").values[1] == variable(file, -1, "W")[3]);
  CHECK(tensors.at("stacks.0.input.bias").values == variable(file, -1, "b"));
}

TEST_CASE("every layer of a GuitarML file gets its block of the mix, the last one the bias") {
  Random random(2);
  const Json file = random_guitarml(random, "tanh", 2);
  const Model model = parse(file.dump());
  const std::vector<float> mix = variable(file, 2, "W");  // [2 layers · 3 channels][2 outputs]
  for (int n = 0; n < 2; ++n) {
    const Tensor& skip = Model::Access::data(model).tensors.at("stacks.0.layers." + std::to_string(n) + ".skip.weight");
    REQUIRE(skip.shape == std::vector<std::int64_t>{2, 3});
    for (int o = 0; o < 2; ++o) {
      for (int i = 0; i < 3; ++i) CHECK(skip.values[o * 3 + i] == mix[(n * 3 + i) * 2 + o]);
    }
  }
  CHECK_FALSE(Model::Access::data(model).tensors.contains("stacks.0.layers.0.skip.bias"));
  CHECK(Model::Access::data(model).tensors.at("stacks.0.layers.1.skip.bias").values == variable(file, 2, "b"));
}

TEST_CASE("the settings of a GuitarML file") {
  Random random(3);
  Json file = random_guitarml(random, "softgated", 1);
  const model::Config config = Model::Access::data(parse(file.dump())).config;
  CHECK(parse(file.dump()).format() == "guitarml");
  CHECK(config.sample_rate == 44100);
  CHECK_FALSE(config.prewarm);
  CHECK(config.wavenet.condition.kind == model::ConditionKind::none);
  CHECK(config.wavenet.input.channels == 2);
  CHECK(config.wavenet.output.channels == 1);
  CHECK(config.wavenet.output.scale == 0.75f);
  CHECK(config.wavenet.stacks[0].layers[1].conv.dilation == 4);
  CHECK(config.wavenet.stacks[0].layers[0].gating == Gating::gated);
  CHECK(config.wavenet.stacks[0].layers[0].activation.kind == ActivationKind::softsign);
  CHECK(config.wavenet.stacks[0].layers[0].secondary.kind == ActivationKind::softsign);

  file["level_adjust"] = 0.0;
  CHECK(Model::Access::data(parse(file.dump())).config.wavenet.output.scale == 1);
  const std::pair<const char*, ActivationKind> kinds[] = {{"tanh", ActivationKind::tanh},
                                                          {"sigmoid", ActivationKind::sigmoid},
                                                          {"relu", ActivationKind::relu},
                                                          {"softsign", ActivationKind::softsign},
                                                          {"linear", ActivationKind::identity}};
  for (const auto& [name, kind] : kinds) {
    const model::Layer layer =
        Model::Access::data(parse(random_guitarml(random, name, 1).dump())).config.wavenet.stacks[0].layers[0];
    CHECK(layer.activation.kind == kind);
    CHECK(layer.gating == Gating::none);
  }
}

TEST_CASE("the GuitarML files of the golden folder load") {
  if (no_golden_folder()) return;
  int count = 0;
  for (const std::filesystem::path& path : golden_files("guitarml")) {
    if (path.extension() != ".json") continue;
    INFO(path);
    CHECK(Model::load(path).format() == "guitarml");
    ++count;
  }
  CHECK(count == 3);
}
