// The `.nam` reader: what it makes of the configuration, and where each weight goes.
#include <atrous/error.hpp>
#include <atrous/network.hpp>
#include <string>

#include "catch.hpp"
#include "golden_folder.hpp"
#include "model/access.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;
using model::ActivationKind;
using model::Gating;

TEST_CASE("the weights of a .nam file go to their tensors in the order of the specification") {
  Random random(1);
  const Json nam = random_nam(random);
  const std::vector<float> weights = nam["weights"];
  const Model model = parse(nam.dump());
  const model::Tensors& tensors = Model::Access::data(model).tensors;
  std::size_t next = 0;
  for (const TensorShape& wanted : nam_tensors()) {
    INFO(wanted.name);
    REQUIRE(tensors.contains(wanted.name));
    const Tensor& tensor = tensors.at(wanted.name);
    CHECK(tensor.shape == wanted.shape);
    REQUIRE(tensor.values.size() == std::size_t(model::value_count(wanted.shape)));
    for (const float value : tensor.values) REQUIRE(value == weights[next++]);
  }
  CHECK(tensors.size() == nam_tensors().size());
  CHECK(Model::Access::data(model).config.wavenet.output.scale == weights[next]);
  CHECK(next + 1 == weights.size());
  CHECK(Network(model).info().parameters == std::int64_t(weights.size()));
}

TEST_CASE("the configuration of a .nam file becomes stacks of layers") {
  Random random(2);
  const Model model = parse(random_nam(random).dump());
  const model::WaveNet& net = Model::Access::data(model).config.wavenet;
  CHECK(model.format() == "nam");
  CHECK(model.architecture() == "WaveNet");
  CHECK(model.sample_rate() == 44100);
  CHECK(Model::Access::data(model).config.prewarm);
  CHECK(net.condition.kind == model::ConditionKind::signal);
  CHECK(net.condition.channels == 1);
  CHECK(net.output.channels == 2);
  REQUIRE(net.stacks.size() == 2);

  const model::Stack& first = net.stacks[0];
  REQUIRE(first.layers.size() == 3);
  CHECK_FALSE(first.input.bias);
  CHECK(first.layers[0].conv.kernel == 4);
  CHECK(first.layers[2].conv.kernel == 1);
  CHECK(first.layers[2].conv.dilation == 5);
  CHECK(first.layers[1].conv.groups == 2);
  CHECK(first.layers[0].gating == Gating::none);
  CHECK(first.layers[1].gating == Gating::gated);
  CHECK(first.layers[2].gating == Gating::blended);
  CHECK(first.layers[1].activation.kind == ActivationKind::leaky_relu);
  CHECK(first.layers[1].activation.slope == 0.25f);
  CHECK(first.layers[1].secondary.kind == ActivationKind::hardswish);
  CHECK(first.layers[2].secondary.kind == ActivationKind::sigmoid);
  CHECK(first.layers[0].residual->groups == 2);
  CHECK(first.layers[0].skip->out == 8);
  CHECK(first.head->dilation == 7);
  CHECK_FALSE(first.head->bias);

  const model::Stack& second = net.stacks[1];
  CHECK_FALSE(second.layers[0].skip.has_value());
  CHECK_FALSE(second.layers[0].residual.has_value());
  CHECK(second.layers[1].activation.slopes == std::vector<float>{0.125f, 0.25f, 0.5f});
  CHECK(second.head->kernel == 1);
  CHECK(second.head->bias);
}

TEST_CASE("a .nam file's metadata may be absent, null or of a wrong type") {
  Random random(3);
  Json nam = random_nam(random);
  const Model model = parse(nam.dump());
  CHECK(model.metadata().name == "an amplifier");
  CHECK(model.metadata().loudness_db == -19.5);
  CHECK(model.metadata().gain == 0.25);
  CHECK_FALSE(model.metadata().input_level_dbu.has_value());
  CHECK(model.warnings().empty());

  nam["metadata"]["loudness"] = "loud";
  CHECK_FALSE(parse(nam.dump()).metadata().loudness_db.has_value());
  REQUIRE(parse(nam.dump()).warnings().size() == 1);
  CHECK(parse(nam.dump()).warnings()[0].find("metadata.loudness") != std::string::npos);
  nam["metadata"] = nullptr;
  CHECK(parse(nam.dump()).metadata().name.empty());
  nam.erase("metadata");
  nam.erase("sample_rate");
  CHECK(parse(nam.dump()).sample_rate() == 48000);
}

TEST_CASE("versions 0.5.0 to 0.7.0 are read, newer 0.7 and what is no version with a warning, others refused") {
  Random random(4);
  Json nam = random_nam(random);
  for (const char* version : {"0.5.0", "0.5.4", "0.6.0", "0.6.12", "0.7.0"}) {
    nam["version"] = version;
    CHECK(parse(nam.dump()).warnings().empty());
  }
  nam["version"] = "0.7.3";
  REQUIRE(parse(nam.dump()).warnings().size() == 1);
  CHECK(parse(nam.dump()).warnings()[0].find("0.7.3") != std::string::npos);
  for (const Json& version : {Json("0.4.9"), Json("0.8.0"), Json("1.0.0"), Json(0.4), Json(1)}) {
    nam["version"] = version;
    INFO(version);
    CHECK_THROWS_AS(parse(nam.dump()), Error);
  }
  nam["version"] = 0.5;
  CHECK(parse(nam.dump()).warnings().empty());
  for (const Json& version : {Json("0.7"), Json("v0.7.0"), Json("0.7.x"), Json(""), Json("0.7.99999999999"), Json(),
                              Json(true), Json::array({0, 7, 0}), Json::object(), Json("-0.7.0")}) {
    nam["version"] = version;
    INFO(version);
    REQUIRE(parse(nam.dump()).warnings().size() == 1);
    CHECK_THAT(parse(nam.dump()).warnings()[0], ContainsSubstring("version"));
  }
  nam.erase("version");
  CHECK(parse(nam.dump()).warnings().size() == 1);
}

TEST_CASE("one value serves all layers, and gated means Sigmoid") {
  Random random(5);
  Json nam = random_nam(random);
  Json& array = nam["config"]["layers"][0];
  array["gating_mode"] = "gated";
  array["activation"] = "LeakyHardTanh";
  array["secondary_activation"] = nullptr;
  array["kernel_size"] = 2;
  array.erase("kernel_sizes");
  // conv: two more groups of 4 rows, other kernels
  nam["weights"] =
      uniform(random, count_values(nam_tensors()) + 1 + (8 * 3 * 2 - 4 * 3 * 4) + 4 + 4 + (8 * 3 * 2 - 8 * 3));
  const Model model = parse(nam.dump());
  for (const model::Layer& layer : Model::Access::data(model).config.wavenet.stacks[0].layers) {
    CHECK(layer.gating == Gating::gated);
    CHECK(layer.activation.kind == ActivationKind::leaky_hardtanh);
    CHECK(layer.secondary.kind == ActivationKind::sigmoid);
    CHECK(layer.conv.kernel == 2);
  }
}

TEST_CASE("a post-stack head follows the scaled output of the stacks") {
  Random random(6);
  Json nam = random_nam(random);
  nam["config"]["head"] = {{"channels", 5}, {"out_channels", 1}, {"kernel_sizes", {3, 1, 2}}, {"activation", "ReLU"}};
  const std::size_t stacks = count_values(nam_tensors());
  const std::vector<float> weights = uniform(random, stacks + (2 * 5 * 3 + 5) + (5 * 5 + 5) + (5 * 2 + 1) + 1);
  nam["weights"] = weights;
  const Model model = parse(nam.dump());
  const model::WaveNet& net = Model::Access::data(model).config.wavenet;
  REQUIRE(net.post.size() == 3);
  CHECK(net.post[0].conv.in == 2);
  CHECK(net.post[1].conv.out == 5);
  CHECK(net.post[2].conv.kernel == 2);
  CHECK(net.post[2].activation.kind == ActivationKind::relu);
  CHECK(net.output.channels == 1);
  CHECK(net.output.scale == 1);

  const float scale = weights.back();
  const Tensor& bias = Model::Access::data(model).tensors.at("stacks.1.head.bias");
  CHECK(bias.values[1] == weights[stacks - 1] * scale);
  CHECK(Model::Access::data(model).tensors.at("post.0.weight").values[0] == weights[stacks]);
  CHECK(Model::Access::data(model).tensors.at("post.2.bias").values[0] == weights[weights.size() - 2]);
}

TEST_CASE("what this version does not run is refused by name") {
  Random random(7);
  const auto refusal = [&](const auto& change) {
    Json nam = random_nam(random);
    change(nam);
    try {
      parse(nam.dump());
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unsupported);
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  CHECK_THAT(refusal([](Json& nam) { nam["architecture"] = "Transformer"; }), ContainsSubstring("Transformer"));
  CHECK_THAT(refusal([](Json& nam) {
               nam["config"]["layers"][0]["slimmable"] = {{"method", "slice"}};
             }),
             ContainsSubstring("slimmable"));
}

TEST_CASE("the .nam files of the golden folder load") {
  if (no_golden_folder()) return;
  for (const char* name :
       {"nam_a1_standard_core", "identity_wavenet_minimal", "identity_wavenet_standard", "wavenet_dyn_free",
        "wavenet_a2_lite", "nam_a2_max_all_features", "nam_condition_dsp", "a2_dynamic_gated_ch8",
        "a2_dynamic_blended_ch3", "crafted_grouped_mixed_gating", "crafted_poststack_head"}) {
    INFO(name);
    CHECK(Model::load(golden_folder() / "nam" / (std::string(name) + ".nam")).format() == "nam");
  }
  for (const std::filesystem::path& path : golden_files("rejected")) {
    INFO(path);
    CHECK_THROWS_AS(Model::load(path), Error);
  }
}
