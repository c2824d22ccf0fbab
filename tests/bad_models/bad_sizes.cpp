// Models of several sizes, broken in one place: containers, slimmable WaveNets, and both as native files.
#include "broken_files.hpp"
#include "model/access.hpp"
#include "model/limits.hpp"
#include "model/validate.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

Json container(Random& random) {
  return slim_container({{0.25, slim_lstm(random, 2)}, {0.75, slim_lstm(random, 3)}, {1, small_slim(random)}});
}

const std::vector<Case>& container_cases() {
  static const std::vector<Case> cases{
      {"/weights", {0.5}, "weights"},
      {"/weights", removed, "weights"},
      {"/weights", nullptr, "weights"},
      {"/config", removed, "config"},
      {"/config/submodels", removed, "config.submodels"},
      {"/config/submodels", Json::array(), "config.submodels"},
      {"/config/submodels", Json::object(), "config.submodels"},
      {"/config/submodels", nullptr, "config.submodels"},
      {"/config/submodels/1", nullptr, "config.submodels[1]"},
      {"/config/submodels/1", Json::array(), "config.submodels[1]"},
      {"/config/submodels/1/max_value", removed, "config.submodels[1].max_value"},
      {"/config/submodels/1/max_value", "0.5", "config.submodels[1].max_value"},
      {"/config/submodels/1/max_value", nullptr, "config.submodels[1].max_value"},
      {"/config/submodels/1/max_value", 0.25, "config.submodels[1].max_value"},
      {"/config/submodels/1/max_value", 0.1, "config.submodels[1].max_value"},
      {"/config/submodels/1/max_value", 1, "config.submodels[2].max_value"},
      {"/config/submodels/2/max_value", 0.99, "config.submodels[2].max_value"},
      {"/config/submodels/1/model", removed, "config.submodels[1].model"},
      {"/config/submodels/1/model", nullptr, "config.submodels[1].model"},
      {"/config/submodels/1/model", Json::object(), "config.submodels[1].model.architecture"},
      {"/config/submodels/1/model/version", "0.4.0", "config.submodels[1].model.version"},
      {"/config/submodels/1/model/architecture", "Transformer", "config.submodels[1].model.architecture"},
      {"/config/submodels/1/model/weights", removed, "config.submodels[1].model.weights"},
      {"/config/submodels/1/model/weights", Json::array(), "config.submodels[1].model.weights"},
      {"/config/submodels/1/model/weights/7", nullptr, "config.submodels[1].model.weights[7]"},
      {"/config/submodels/1/model/sample_rate", 44100, "config.submodels[1].model: sample_rate"},
      {"/config/submodels/2/model/sample_rate", 44100, "config.submodels[2].model.sample_rate"},
      {"/sample_rate", 44100, "sample_rate"},
      {"/config/submodels/0/model/config/hidden_size", 0, "config.submodels[0].model.config.hidden_size"},
      {"/config/submodels/2/model/config/layers/0/channels", 0, "config.submodels[2].model.config.layers[0].channels"},
      {"/config/submodels/2/model/config/layers/0/dilations/1", -1,
       "config.submodels[2].model.config.layers[0].dilations[1]"},
      {"/config/submodels/2/model/config/layers/1/head/out_channels", 65,
       "config.submodels[2].model: output.channels: expected 1 to 64, found 65"},
      {"/config/submodels/1/model/config/out_channels", 65, "config.submodels[1].model.config.out_channels"},
      {"/config/submodels/2/model/config/layers/1/slimmable/method", "prune",
       "config.submodels[2].model.config.layers[1].slimmable.method"},
  };
  return cases;
}

const std::vector<Case>& slimmable_cases() {
  static const std::vector<Case> cases{
      {"/config/layers/0/slimmable", true, "config.layers[0].slimmable"},
      {"/config/layers/0/slimmable", Json::array(), "config.layers[0].slimmable"},
      {"/config/layers/0/slimmable", Json::object(), "config.layers[0].slimmable.method"},
      {"/config/layers/0/slimmable/method", "slice_layers", "config.layers[0].slimmable.method"},
      {"/config/layers/0/slimmable/method", nullptr, "config.layers[0].slimmable.method"},
      {"/config/layers/0/slimmable/kwargs", 3, "config.layers[0].slimmable.kwargs"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", 4, "slimmable.kwargs.allowed_channels"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", Json::array(), "slimmable.kwargs.allowed_channels"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {0, 4}, "slimmable.kwargs.allowed_channels[0]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {-2, 4}, "slimmable.kwargs.allowed_channels[0]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {2, 5}, "slimmable.kwargs.allowed_channels[1]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {2, 1000000000}, "allowed_channels[1]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {1.5, 4}, "slimmable.kwargs.allowed_channels[0]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {3, 2, 4}, "slimmable.kwargs.allowed_channels[1]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {2, 2, 4}, "slimmable.kwargs.allowed_channels[1]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {1, 2}, "slimmable.kwargs.allowed_channels[1]"},
      {"/config/layers/0/slimmable/kwargs/allowed_channels", {"2", 4}, "slimmable.kwargs.allowed_channels[0]"},
      {"/config/layers/1/slimmable/kwargs/allowed_channels", {nullptr, 3}, "config.layers[1].slimmable"},
  };
  return cases;
}

// Changes of the configuration of the container as a native file: sizes of their own.
const std::vector<Case>& native_container_cases() {
  static const std::vector<Case> cases{
      {"/sizes", 2, "sizes"},
      {"/sizes/0", nullptr, "sizes[0]"},
      {"/sizes/0/below", "x", "sizes[0].below"},
      {"/sizes/1/below", 0.25, "sizes[1].below"},
      {"/sizes/0/model", nullptr, "sizes.0."},
      {"/sizes/0/channels", {2, 2}, "sizes[0]"},
      {"/sizes/0/width", 3, "sizes[0]"},
      {"/sizes/1/model/sample_rate", 44100, "sizes[1].model: sample_rate"},
      {"/sizes/1/model/sizes", Json::array({{{"below", 0.5}, {"channels", {1}}}}), "sizes"},
      {"/sizes/1/model/post/0/conv/out", 4, "post"},
      {"/input/channels", 2, "input"},
  };
  return cases;
}

// The same of a slimmable WaveNet: sizes cut out of it.
const std::vector<Case>& native_slimmable_cases() {
  static const std::vector<Case> cases{
      {"/sizes/0/channels", {2}, "sizes[0].channels"},    {"/sizes/0/channels", {2, 1, 1}, "sizes[0].channels"},
      {"/sizes/0/channels", Json::array(), "sizes[0]"},   {"/sizes/0/channels/1", 0, "sizes[0].channels[1]"},
      {"/sizes/0/channels/1", 4, "sizes[0].channels[1]"}, {"/sizes/0/channels/1", 1.5, "sizes[0].channels[1]"},
      {"/sizes/1/below", 0.1, "sizes[1].below"},
  };
  return cases;
}

// As text: a thousand levels are too deep for a document to be copied.
std::string nested_containers(const Json& inside, int depth) {
  const std::string hole = "\"hole\"", shell = slim_container({{1, "hole"}}).dump();
  const std::size_t at = shell.find(hole);
  std::string before, after;
  for (int i = 0; i < depth; ++i) {
    before += shell.substr(0, at);
    after += shell.substr(at + hole.size());
  }
  return before + inside.dump() + after;
}

std::string native(const Json& file) {
  return saved(parse(file.dump()));
}

}  // namespace

TEST_CASE("every broken field of a container is named") {
  Random random(1);
  const Json good = container(random);
  REQUIRE(refusal(good.dump(), "bad.nam").empty());
  check_cases(container_cases(), "bad.nam", [&](const Case& change) {
    Json file = good;
    apply(file, change);
    return file.dump();
  });
  Json small = slim_container({{0.5, slim_lstm(random, 1)}, {1, slim_lstm(random, 1)}});
  check_every_value(small, "bad.nam", [](const Json& file) { return file.dump(); });
}

TEST_CASE("every broken field of a slimmable WaveNet is named") {
  Random random(2);
  const Json good = small_slim(random);
  REQUIRE(refusal(good.dump(), "bad.nam").empty());
  check_cases(slimmable_cases(), "bad.nam", [&](const Case& change) {
    Json file = good;
    apply(file, change);
    return file.dump();
  });
  check_every_value(good, "bad.nam", [](const Json& file) { return file.dump(); });
}

TEST_CASE("every broken field of the sizes in a native file is named") {
  Random random(3);
  const auto check = [](const NativeFile& good, const std::vector<Case>& cases) {
    REQUIRE(refusal(good.bytes(), "bad.safetensors").empty());
    const auto bytes = [&](const Json& config) {
      NativeFile file = good;
      file.config = config;
      return file.bytes();
    };
    check_cases(cases, "bad.safetensors", [&](const Case& change) {
      Json config = good.config;
      apply(config, change);
      return bytes(config);
    });
    check_every_value(good.config, "bad.safetensors", bytes);
  };
  check(NativeFile(native(container(random))), native_container_cases());
  check(NativeFile(native(small_slim(random))), native_slimmable_cases());
}

TEST_CASE("tensors of a size that are missing or left over are named") {
  Random random(4);
  NativeFile file(native(container(random)));
  REQUIRE(file.header.contains("sizes.1.post.0.weight"));
  Json& weight = file.header["sizes.1.post.0.weight"];
  for (const char* name : {"sizes.1.post.7.weight", "sizes.3.post.0.weight", "sizes.post.0.weight"}) {
    NativeFile renamed = file;
    renamed.header[name] = weight;
    renamed.header.erase("sizes.1.post.0.weight");
    check_refused(renamed.bytes(), "bad.safetensors", "post.");
  }
}

TEST_CASE("a stack that cannot be sliced has no smaller sizes") {
  Random random(5);
  SlimNam nam(random);
  nam.arrays.resize(1);
  nam.arrays[0].head_bias = false;
  model::ModelData good = Model::Access::data(parse(nam.full().dump()));
  good.sizes.push_back({0.5, {3}, nullptr});
  REQUIRE(refusal(saved(as_model(good)), "bad.safetensors").empty());

  model::ModelData grouped = good;
  grouped.config.wavenet.stacks[0].layers[1].residual->groups = 2;
  grouped.tensors["stacks.0.layers.1.residual.weight"] = {{6, 3}, uniform(random, 18)};
  check_refused(saved(as_model(grouped)), "bad.safetensors", "sizes[0].channels[0]");

  model::ModelData headless = good;
  headless.config.wavenet.stacks[0].head.reset();
  headless.config.wavenet.output.channels = 6;
  headless.tensors.erase("stacks.0.head.weight");
  check_refused(saved(as_model(headless)), "bad.safetensors", "sizes[0].channels[0]");

  model::ModelData unlike = good;  // one layer has a skip, the other adds what it has
  unlike.config.wavenet.stacks[0].layers[1].skip = model::Pointwise{6, 1, false};
  unlike.tensors["stacks.0.layers.1.skip.weight"] = {{6, 6}, uniform(random, 36)};
  check_refused(saved(as_model(unlike)), "bad.safetensors", "sizes[0].channels[0]");
}

TEST_CASE("containers may be nested, but not without end") {
  Random random(6);
  const Json lstm = slim_lstm(random, 1);
  CHECK(refusal(nested_containers(lstm, model::max_nested_containers), "deep.nam").empty());
  check_refused(nested_containers(lstm, model::max_nested_containers + 1), "deep.nam", "nested deeper");
  check_refused(nested_containers(lstm, 15), "deep.nam", "config.submodels[0].model.config.submodels[0].model");
  check_refused(nested_containers(lstm, 1000), "deep.nam", "nested deeper");
}

TEST_CASE("more sizes than a model may have are refused") {
  Random random(7);
  const Json lstm = slim_lstm(random, 1);
  std::vector<std::pair<double, Json>> models;
  for (int i = 0; i <= model::max_sizes; ++i) models.emplace_back(i + 1, lstm);
  check_refused(slim_container(models).dump(), "many.nam", "config.submodels");

  SlimNam nam(random);
  nam.arrays.resize(1);
  nam.arrays[0].channels = nam.arrays[0].bottleneck = model::max_sizes + 1;
  nam.arrays[0].kernels = nam.arrays[0].dilations = {1};
  nam.arrays[0].gating = {"none"};
  nam.arrays[0].allowed_channels = {1, nam.arrays[0].channels};
  Json file = nam.full();
  REQUIRE(refusal(file.dump(), "many.nam").empty());
  file["config"]["layers"][0]["slimmable"].erase("kwargs");
  check_refused(file.dump(), "many.nam", "config.layers[0].slimmable");
}

TEST_CASE("sizes that would have too many weights together are refused before any is cut") {
  Random random(9);
  SlimNam nam(random);
  nam.arrays.resize(1);
  nam.arrays[0].channels = nam.arrays[0].bottleneck = 256;
  nam.arrays[0].kernels = {20}, nam.arrays[0].dilations = {1}, nam.arrays[0].gating = {"none"};
  model::ModelData data = Model::Access::data(parse(nam.full().dump(), "wide"));
  const auto offer = [&](int sizes) {
    data.sizes.clear();
    for (int i = 1; i <= sizes; ++i) data.sizes.push_back({0.001 * i, {i}, nullptr});
    model::validate(data);
  };
  CHECK_NOTHROW(offer(150));
  CHECK_THROWS_WITH(offer(250), ContainsSubstring("wide: sizes"));
}

TEST_CASE("a cut or noisy file of several sizes is refused by name") {
  Random random(8);
  const Json file = container(random);
  check_truncations(file.dump(), "cut.nam");
  check_truncations(native(file), "cut.safetensors");
  check_noise(file.dump(), "noisy.nam", random);
  check_noise(native(file), "noisy.safetensors", random);
  check_noise(native(small_slim(random)), "noisy.safetensors", random);
}
