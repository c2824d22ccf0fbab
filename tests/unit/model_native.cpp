// The native format and the tensors of `.safetensors` files, written and read back.
#include <algorithm>
#include <atrous/error.hpp>
#include <atrous/tensors.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "catch.hpp"
#include "model/access.hpp"
#include "model/config_json.hpp"
#include "model/validate.hpp"
#include "model_checks.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

// A `.safetensors` file with one tensor of the given type.
template <class T>
std::string one_tensor(const std::string& type, const std::vector<T>& values) {
  const std::size_t size = values.size() * sizeof(T);
  const std::string text =
      Json{{"t", {{"dtype", type}, {"shape", {values.size()}}, {"data_offsets", {0, size}}}}}.dump();
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text +
         std::string(reinterpret_cast<const char*>(values.data()), size);
}

std::vector<float> read_one(const std::string& content) {
  const TemporaryFile file("tensor.safetensors");
  file.write(content);
  return read_tensors(file.path()).at("t").values;
}

}  // namespace

TEST_CASE("the list of formats names what models say of their files") {
  Random random(1);
  const auto listed = [](const std::string& name) {
    const auto formats = model_formats();
    return std::count_if(formats.begin(), formats.end(),
                         [&](const ModelFormat& each) { return each.name == name && !each.files.empty(); });
  };
  const Model nam = parse(random_nam(random).dump());
  CHECK(listed(nam.format()) == 1);
  CHECK(listed(parse(saved(nam)).format()) == 1);
  CHECK(listed(parse(random_guitarml(random, "tanh", 1).dump()).format()) == 1);
  CHECK(listed("") == 0);
}

TEST_CASE("a model of every feature survives being saved and loaded") {
  Random random(1);
  const Model original = as_model(random_generator(random));
  model::validate(Model::Access::data(original));
  const TemporaryFile file("voice.safetensors");
  original.save(file.path());
  const Model loaded = Model::load(file.path());
  CHECK(loaded.format() == "native");
  CHECK(loaded.metadata().name == "a voice");
  CHECK(loaded.metadata().loudness_db == -18.25);
  CHECK_FALSE(loaded.metadata().gain.has_value());
  check_equal(Model::Access::data(original), Model::Access::data(loaded));
  // The text of the configuration is complete only if the structs agree, not just their texts.
  CHECK(Model::Access::data(loaded).config.wavenet.stacks[0].layers[1].skip_scale == 0.70710677f);
  CHECK(Model::Access::data(loaded).config.wavenet.condition.upsampler[4].output_padding == 1);
  CHECK(Model::Access::data(loaded).config.code->kind == model::CodeKind::kan_bayashi);
  CHECK(Model::Access::data(loaded).config.features->clip_min == -4.0f);
  CHECK_FALSE(Model::Access::data(loaded).config.features->clip_max.has_value());
  CHECK(Model::Access::data(loaded).config.waveform.preemphasis == 0.85);
}

TEST_CASE("a .nam model survives conversion to the native format") {
  Random random(2);
  const Model original = parse(random_nam(random).dump());
  check_equal(Model::Access::data(original), Model::Access::data(parse(saved(original))));
}

TEST_CASE("absent keys of a configuration take their defaults") {
  model::ModelData data;
  model::config_from_json(R"({"architecture": "WaveNet", "stacks": [{"layers": [{}]}], "features": {}})", "file", data);
  const model::Config& config = data.config;
  CHECK(config.sample_rate == 48000);
  CHECK_FALSE(config.prewarm);
  CHECK_FALSE(config.code.has_value());
  CHECK_FALSE(config.wavenet.speakers.has_value());
  CHECK(config.wavenet.condition.kind == model::ConditionKind::none);
  CHECK(config.wavenet.output.kind == model::OutputKind::waveform);
  const model::Layer& layer = config.wavenet.stacks.at(0).layers.at(0);
  CHECK(layer.conv.bias);
  CHECK(layer.gating == model::Gating::none);
  CHECK(layer.secondary.kind == model::ActivationKind::sigmoid);
  CHECK_FALSE(layer.skip.has_value());
  CHECK(config.features->bins == 80);
}

TEST_CASE("unknown keys of a configuration are errors that name them, except in its metadata") {
  const auto load = [](const std::string& text) {
    model::ModelData data;
    model::config_from_json(text, "file", data);
  };
  CHECK_NOTHROW(load(R"({"architecture": "WaveNet", "metadata": {"source": "elsewhere", "name": "x"}})"));
  CHECK_THROWS_WITH(load(R"({"architecture": "WaveNet", "dilation": 2})"), ContainsSubstring("\"dilation\""));
  CHECK_THROWS_WITH(load(R"({"architecture": "WaveNet", "stacks": [{}, {"layers": [{"kernel": 2}]}]})"),
                    ContainsSubstring("stacks[1].layers[0]") && ContainsSubstring("\"kernel\""));
}

TEST_CASE("tensors survive being written and read") {
  Random random(3);
  Tensors tensors;
  tensors["matrix"] = {{3, 5}, uniform(random, 15)};
  tensors["scalar"] = {{}, {0.25f}};
  tensors["empty"] = {{4, 0, 2}, {}};
  tensors["a \"name\"\n"] = {{1, 2, 1}, {-0.0f, std::numeric_limits<float>::denorm_min()}};
  const TemporaryFile file("tensors.safetensors");
  write_tensors(file.path(), tensors);
  const Tensors read = read_tensors(file.path());
  REQUIRE(read.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    CHECK(read.at(name).shape == tensor.shape);
    CHECK(read.at(name).values == tensor.values);
  }
}

TEST_CASE("half, bfloat and double tensors are read as floats") {
  // 1, -2, the largest and smallest halves, subnormals, infinity
  CHECK(read_one(one_tensor<std::uint16_t>("F16", {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000})) ==
        std::vector<float>{1, -2, 65504, 0x1p-14f, 0x1p-24f, -1023 * 0x1p-24f, -0.0f});
  CHECK(std::isinf(read_one(one_tensor<std::uint16_t>("F16", {0x7c00}))[0]));
  CHECK(std::isnan(read_one(one_tensor<std::uint16_t>("F16", {0x7e00}))[0]));
  CHECK(read_one(one_tensor<std::uint16_t>("BF16", {0x3f80, 0xc040})) == std::vector<float>{1, -3});
  CHECK(read_one(one_tensor<double>("F64", {0.1, -1e30})) == std::vector<float>{0.1f, -1e30f});
  CHECK_THROWS_AS(read_one(one_tensor<double>("F64", {1e39})), Error);
}

TEST_CASE("integer tensors are read where a float holds them exactly") {
  CHECK(read_one(one_tensor<std::int64_t>("I64", {-3, 16777216})) == std::vector<float>{-3, 16777216});
  CHECK(read_one(one_tensor<std::int32_t>("I32", {-16777216, 7})) == std::vector<float>{-16777216, 7});
  CHECK(read_one(one_tensor<std::int16_t>("I16", {-32768})) == std::vector<float>{-32768});
  CHECK(read_one(one_tensor<std::int8_t>("I8", {-128, 127})) == std::vector<float>{-128, 127});
  CHECK(read_one(one_tensor<std::uint8_t>("U8", {255})) == std::vector<float>{255});
  CHECK_THROWS_WITH(read_one(one_tensor<std::int64_t>("I64", {1, 16777217})), ContainsSubstring("tensor \"t\""));
  CHECK_THROWS_AS(read_one(one_tensor<std::uint64_t>("U64", {~std::uint64_t{0}})), Error);
  CHECK_THROWS_AS(read_one(one_tensor<std::uint8_t>("F8", {1})), Error);
}

TEST_CASE("a file that cannot be written leaves nothing behind") {
  const auto folder = std::filesystem::temp_directory_path() / std::to_string(std::random_device{}());
  std::filesystem::create_directory(folder);
  CHECK_THROWS_AS(write_tensors(folder / "absent" / "x.safetensors", {}), Error);
  CHECK_THROWS_AS(write_tensors(folder, {}), Error);
  CHECK_THROWS_AS(write_tensors(folder / "x.safetensors", {{"t", {{2}, {1, 2, 3}}}}), Error);
  CHECK_THROWS_AS(write_tensors(folder / "x.safetensors", {{"__metadata__", {{1}, {1}}}}), Error);
  CHECK_THROWS_AS(write_tensors(folder / "x.safetensors", {{"no UTF-8: \xff", {{1}, {1}}}}), Error);
  CHECK(std::filesystem::is_empty(folder));

  // A failed attempt leaves the file that stood there; a good one replaces it and leaves nothing else.
  write_tensors(folder / "x.safetensors", {{"t", {{1}, {1}}}});
  CHECK_THROWS_AS(write_tensors(folder / "x.safetensors", {{"t", {{2}, {1, 2, 3}}}}), Error);
  CHECK(read_tensors(folder / "x.safetensors").at("t").values == std::vector<float>{1});
  write_tensors(folder / "x.safetensors", {{"t", {{1}, {2}}}});
  CHECK(read_tensors(folder / "x.safetensors").at("t").values == std::vector<float>{2});
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a missing file, a folder and an unknown kind of file are named") {
  CHECK_THROWS_WITH(Model::load("no/such/model.nam"), ContainsSubstring("no/such/model.nam"));
  CHECK_THROWS_AS(Model::load(std::filesystem::temp_directory_path()), Error);
  CHECK_THROWS_WITH(parse("RIFF....WAVE", "sound.wav"), ContainsSubstring("sound.wav"));
  CHECK_THROWS_WITH(parse(std::string("PK\x03\x04", 4), "net.pth"), ContainsSubstring("a broken zip archive"));
  CHECK_THROWS_AS(parse("", "empty"), Error);
  // A brace where a .safetensors file has one does not make JSON such a file.
  CHECK_THROWS_WITH(parse(R"({"meta":{}, "architecture": "LSTM"})", "lstm.nam"), ContainsSubstring(": missing"));
}
