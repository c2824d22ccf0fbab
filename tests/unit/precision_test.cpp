// What a precision does to a model's tensors, and which of them.
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include <atrous/error.hpp>
#include <atrous/network.hpp>
#include <atrous/score.hpp>

#include "catch.hpp"
#include "model/access.hpp"
#include "model/precision.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

model::ModelData generator_data(unsigned seed) {
  Random random(seed);
  return random_generator(random);
}

}  // namespace

TEST_CASE("bf16 is the nearest number of eight bits, ties to the even one") {
  CHECK(model::to_bf16(1.0f) == 1.0f);
  CHECK(model::to_bf16(-0x1.fep10f) == -0x1.fep10f);
  CHECK(model::to_bf16(1.0f + 0x1p-8f) == 1.0f);            // a tie
  CHECK(model::to_bf16(1.0f + 0x3p-8f) == 1.0f + 0x1p-6f);  // a tie
  CHECK(model::to_bf16(1.0f + 0x1.1p-8f) == 1.0f + 0x1p-7f);
  CHECK(model::to_bf16(-1.0f - 0x1.1p-8f) == -1.0f - 0x1p-7f);
  CHECK(model::to_bf16(0x1.ffp0f) == 2.0f);
  CHECK(model::to_bf16(0.0f) == 0.0f);
  Random random(1);
  for (const float value : uniform(random, 1000)) {
    int exponent = 0;
    std::frexp(value, &exponent);
    CHECK(std::fabs(model::to_bf16(value) - value) <= std::ldexp(1.0f, exponent - 9));
  }
}

TEST_CASE("a precision takes the weights of large products, and leaves the rest") {
  const model::ModelData data = generator_data(2);
  const model::ModelData halves = model::reduced(data, Precision::bf16), bytes = model::reduced(data, Precision::int8);
  for (const char* name :
       {"stacks.0.layers.1.conv.weight", "stacks.0.layers.0.mixin.weight", "post.0.weight",
        "stacks.0.layers.0.residual.weight", "stacks.0.layers.1.skip.weight", "stacks.0.head.weight"}) {
    INFO(name);
    CHECK(halves.tensors.at(name).values != data.tensors.at(name).values);
    CHECK(bytes.tensors.at(name).values != data.tensors.at(name).values);
    CHECK(bytes.scales.contains(name));
  }
  // One gives the output, the others mix channels of features.
  const std::set<std::string> sensitive = {"post.1.weight", "upsampler.0.weight", "upsampler.4.weight"};
  for (const std::string& name : sensitive) {
    INFO(name);
    CHECK(halves.tensors.at(name).values != data.tensors.at(name).values);
    CHECK(bytes.tensors.at(name).values == halves.tensors.at(name).values);
  }
  for (const auto& [name, tensor] : data.tensors) {
    if (sensitive.contains(name) || bytes.scales.contains(name)) continue;
    INFO(name);
    CHECK(halves.tensors.at(name).values == tensor.values);
    CHECK(bytes.tensors.at(name).values == tensor.values);
  }
  for (const char* name : {"stacks.0.input.weight", "stacks.0.layers.0.conv.bias", "upsampler.2.weight",
                           "speakers.weight", "stacks.0.layers.0.speaker.weight", "features.mean"}) {
    CHECK_FALSE(bytes.scales.contains(name));
  }
}

TEST_CASE("int8 weights are whole multiples of their row's scale, the largest 127") {
  model::ModelData data = generator_data(3);
  const std::string name = "stacks.0.layers.1.conv.weight";
  std::vector<float>& values = data.tensors.at(name).values;
  const std::size_t rows = std::size_t(data.tensors.at(name).shape[0]), width = values.size() / rows;
  std::fill_n(values.begin(), width, 0.0f);                                // row 0 is zero,
  for (std::size_t i = 0; i < width; ++i) values[width + i] *= 1e-42f;     // row 1 far below what counts,
  for (std::size_t i = 0; i < width; ++i) values[2 * width + i] *= 3e37f;  // row 2 huge
  const model::ModelData bytes = model::reduced(data, Precision::int8);
  const std::vector<float>& rounded = bytes.tensors.at(name).values;
  const std::vector<float>& scales = bytes.scales.at(name);
  REQUIRE(scales.size() == rows);
  for (std::size_t r = 0; r < rows; ++r) {
    INFO("row " << r);
    REQUIRE(scales[r] > 0);
    long largest = 0;
    for (std::size_t i = r * width; i < (r + 1) * width; ++i) {
      const double multiple = double(rounded[i]) / double(scales[r]);
      CHECK(std::fabs(multiple - std::nearbyint(multiple)) < 1e-4);
      CHECK(std::fabs(rounded[i] - values[i]) <= 0.5001f * scales[r]);
      largest = std::max(largest, std::labs(std::lround(multiple)));
    }
    CHECK(largest == (r < 2 ? 0 : 127));
  }
}

TEST_CASE("rounding what is rounded changes nothing, and f32 keeps what was rounded") {
  const model::ModelData data = generator_data(4);
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    const model::ModelData once = model::reduced(data, precision), twice = model::reduced(once, precision);
    const model::ModelData back = model::reduced(once, Precision::f32);
    CHECK(once.scales == twice.scales);
    CHECK(back.scales.empty());
    CHECK(back.precision == Precision::f32);
    for (const auto& [name, tensor] : once.tensors) {
      CHECK(tensor.values == twice.tensors.at(name).values);
      CHECK(tensor.values == back.tensors.at(name).values);
    }
  }
}

TEST_CASE("a network runs in the precision asked for, or its model's, and reads fewer bytes") {
  const Model model = as_model(generator_data(5));
  const Network whole(model), halves(model, {.precision = Precision::bf16}),
      bytes(model, {.precision = Precision::int8});
  CHECK(whole.precision() == Precision::f32);
  CHECK(halves.precision() == Precision::bf16);
  CHECK(bytes.precision() == Precision::int8);
  CHECK(bytes.model().precision() == Precision::int8);
  CHECK(Network(bytes.model()).precision() == Precision::int8);
  CHECK(Network(bytes.model(), {.precision = Precision::f32}).precision() == Precision::f32);
  CHECK(halves.info().weight_bytes < whole.info().weight_bytes);
  CHECK(bytes.info().weight_bytes < whole.info().weight_bytes);
  CHECK(bytes.info().macs_per_sample == whole.info().macs_per_sample);
}

TEST_CASE("an effect has no precision but f32") {
  Random random(6);
  const Model effect = parse(random_nam(random).dump(), "amp.nam");
  CHECK(Network(effect, {.precision = Precision::f32}).precision() == Precision::f32);
  CHECK_THROWS_WITH(Network(effect, {.precision = Precision::int8}),
                    ContainsSubstring("amp.nam: precision: expected f32, found int8"));
  CHECK_THROWS_AS(Network(effect, {.precision = Precision::bf16}), Error);
}

TEST_CASE("a saved model of reduced precision is smaller, and runs to the same bits as the one that it was made from") {
  Random random(7);
  const Model model = as_model(random_generator(random));
  TeacherForcing input;
  input.features = uniform(random, 6 * 30);
  for (int t = 0; t < 400; ++t) input.classes.push_back(int(random() % 32));
  std::size_t larger = saved(model).size();
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    INFO(precision_name(precision));
    const Network asked(model, {.precision = precision});
    const std::string bytes = saved(asked.model());
    CHECK(bytes.size() < larger);
    const Model loaded = parse(bytes, "small.safetensors");
    CHECK(loaded.precision() == precision);
    CHECK(Model::Access::data(loaded).scales == Model::Access::data(asked.model()).scales);
    const Network stored(loaded);
    CHECK(stored.precision() == precision);
    CHECK(score(stored, input, true).outputs == score(asked, input, true).outputs);
    CHECK(score(stored, input, true).outputs != score(Network(model), input, true).outputs);
    CHECK(saved(loaded) == bytes);
    // In f32, the rounded weights.
    const Network plain(loaded, {.precision = Precision::f32});
    CHECK(plain.precision() == Precision::f32);
    for (const auto& [name, tensor] : Model::Access::data(loaded).tensors) {
      CHECK(Model::Access::data(plain.model()).tensors.at(name).values == tensor.values);
    }
  }
}

TEST_CASE("precisions have names") {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    CHECK(precision_from_name(precision_name(precision)) == precision);
  }
  CHECK_THROWS_WITH(precision_from_name("f64"), ContainsSubstring("f64") && ContainsSubstring("f32, bf16 or int8"));
}
