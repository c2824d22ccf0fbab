// Models of several sizes: what the readers find, what a size is, and that the native format keeps it.
#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <cmath>

#include "catch.hpp"
#include "model/access.hpp"
#include "model/validate.hpp"
#include "model_checks.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

bool chance(Random& random) {
  return between(random, 0, 1) == 1;
}

// Some of 1 to `channels`, ascending, `channels` itself always.
std::vector<int> some_widths(Random& random, int channels) {
  std::vector<int> widths;
  for (int width = 1; width < channels; ++width) {
    if (chance(random)) widths.push_back(width);
  }
  widths.push_back(channels);
  return widths;
}

SlimArray random_array(Random& random, bool first, bool last, int channels, int next_channels) {
  SlimArray array;
  array.channels = array.bottleneck = channels;
  array.head_out = last ? 1 : next_channels;
  array.head_kernel = between(random, 1, 3);
  array.head_bias = chance(random);
  array.layer1x1 = chance(random);
  array.slopes = chance(random);
  array.film_shift = chance(random);
  if (first && array.layer1x1 && chance(random)) array.bottleneck = between(random, 1, channels + 2);
  if (first && chance(random)) array.head1x1 = between(random, 1, 5);
  const int layers = between(random, 1, 3);
  array.kernels.clear(), array.dilations.clear(), array.gating.clear();
  for (int l = 0; l < layers; ++l) {
    array.kernels.push_back(between(random, 1, 4));
    array.dilations.push_back(between(random, 1, 20));
    array.gating.push_back(std::vector<std::string>{"none", "gated", "blended"}[between(random, 0, 2)]);
  }
  for (const char* film : {"conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film",
                           "activation_pre_film", "activation_post_film", "layer1x1_post_film", "head1x1_post_film"}) {
    if (film == std::string("layer1x1_post_film") && !array.layer1x1) continue;
    if (film == std::string("head1x1_post_film") && array.head1x1 == 0) continue;
    if (between(random, 0, 5) == 0) array.films.emplace_back(film);
  }
  if (chance(random)) array.allowed_channels = some_widths(random, channels);
  return array;
}

std::vector<float> render(const Network& network, const std::vector<float>& in) {
  Effect effect(network, {.max_block = in.size()});
  std::vector<float> out(in.size());
  effect.process(in, out);
  return out;
}

}  // namespace

TEST_CASE("every size of a slimmable WaveNet is the model that one cuts out of it by hand") {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    SlimNam nam(random);
    nam.inputs = round % 5 == 0 ? 2 : 1;
    const int count = between(random, 1, 3);
    std::vector<int> channels;
    for (int a = 0; a < count; ++a) channels.push_back(between(random, 1, 9));
    for (int a = 0; a < count; ++a) {
      nam.arrays.push_back(random_array(random, a == 0, a + 1 == count, channels[a], channels[(a + 1) % count]));
    }
    const Json file = nam.full();
    INFO(file["config"].dump());
    const Model model = parse(file.dump());
    const std::vector<float> in = uniform(random, 300);
    for (const double size : {0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 1.0}) {
      INFO("size " << size);
      const Model by_hand = parse(nam.cut(nam.widths(size)).dump());
      const Model cut = model.at_size(size);
      check_equal(Model::Access::data(cut), Model::Access::data(by_hand));
      model::validate(Model::Access::data(cut));
      CHECK(cut.size_bounds().empty());
      if (nam.inputs > 1) continue;
      CHECK(render(Network(model, {.size = size}), in) == render(Network(by_hand), in));
    }
    if (nam.inputs == 1) CHECK(render(Network(model), in) == render(Network(model, {.size = 1}), in));
  }
}

TEST_CASE("the bounds of sizes are those of all arrays together") {
  Random random(2);
  SlimNam nam(random);
  nam.arrays.resize(2);
  nam.arrays[0].allowed_channels = {1, 2, 4, 6};
  nam.arrays[0].head_out = 4;
  nam.arrays[1].channels = nam.arrays[1].bottleneck = 4;
  nam.arrays[1].allowed_channels = {1, 4};
  const Model model = parse(nam.full().dump());
  CHECK(model.size_bounds() == std::vector<double>{0.25, 0.5, 0.75});
  const auto channels = [&](double size, std::size_t stack) {
    return Model::Access::data(model.at_size(size)).config.wavenet.stacks[stack].input.out;
  };
  CHECK(channels(0.24, 0) == 1);
  CHECK(channels(0.25, 0) == 2);
  CHECK(channels(0.49, 1) == 1);
  CHECK(channels(0.5, 1) == 4);
  CHECK(channels(1, 0) == 6);
  for (const double bad : {-0.1, 1.01, std::nan("")}) {
    CHECK_THROWS_AS(model.at_size(bad), Error);
    CHECK_THROWS_AS(Network(model, {.size = bad}), Error);
    CHECK_THROWS_AS(Network(model, {.size = bad, .all_sizes = true}), Error);
  }
}

TEST_CASE("without allowed_channels an array has every width, and one that is not slimmable has its own") {
  Random random(3);
  SlimNam nam(random);
  nam.arrays.resize(1);
  for (const Json& slimmable : {Json{{"method", "slice_channels_uniform"}},
                                Json{{"method", "slice_channels_uniform"}, {"kwargs", Json::object()}},
                                Json{{"method", "slice_channels_uniform"}, {"kwargs", nullptr}}}) {
    Json file = nam.full();
    file["config"]["layers"][0]["slimmable"] = slimmable;
    const Model model = parse(file.dump());
    REQUIRE(model.size_bounds().size() == 5);
    CHECK(Model::Access::data(model.at_size(0.4)).config.wavenet.stacks[0].input.out == 3);
  }
  CHECK(parse(nam.full().dump()).size_bounds().empty());
}

TEST_CASE("a slimmable WaveNet with groups plays at its full size and says that it has no other") {
  Random random(4);
  SlimNam nam(random);
  nam.arrays.resize(1);
  nam.arrays[0].allowed_channels = {2, 4, 6};
  Json file = nam.full();
  file["config"]["layers"][0]["layer1x1"]["groups"] = 2;
  file["weights"] = uniform(random, file["weights"].size() - 2 * 6 * 3);
  const Model model = parse(file.dump());
  CHECK(model.size_bounds().empty());
  REQUIRE(model.warnings().size() == 1);
  CHECK_THAT(model.warnings()[0], ContainsSubstring("config.layers[0]"));
}

TEST_CASE("a container is its last submodel, and its sizes are the others") {
  Random random(5);
  SlimNam wide(random), narrow(random);
  wide.arrays.resize(1), narrow.arrays.resize(1);
  wide.arrays[0].allowed_channels = {3, 6};
  narrow.arrays[0].channels = narrow.arrays[0].bottleneck = 2;
  Json small = narrow.full(), middle = slim_lstm(random, 3), large = wide.full();
  small["metadata"] = {{"loudness", -30}, {"name", "small"}};
  large["metadata"] = {{"loudness", -20}, {"gain", 0.5}};
  Json file = slim_container({{0.25, small}, {0.75, middle}, {1, large}});
  file["metadata"] = {{"loudness", -21}, {"input_level_dbu", 12}};
  const Model model = parse(file.dump());
  CHECK(model.format() == "nam");
  CHECK(model.architecture() == "WaveNet");
  CHECK(model.size_bounds() == std::vector<double>{0.25, 0.75});
  CHECK(model.metadata().loudness_db == -21);
  CHECK(model.metadata().gain == 0.5);
  CHECK(model.at_size(0.2).metadata().loudness_db == -30);
  CHECK(model.at_size(0.2).metadata().input_level_dbu == 12);
  CHECK(model.at_size(0.2).metadata().name == "small");
  CHECK(model.at_size(0.25).architecture() == "LSTM");
  CHECK(model.at_size(0.74).metadata().loudness_db == -21);

  const std::vector<float> in = uniform(random, 200);
  CHECK(render(Network(model), in) == render(Network(parse(large.dump())), in));
  CHECK(render(Network(model, {.size = 1}), in) == render(Network(parse(large.dump())), in));
  CHECK(render(Network(model, {.size = 0.7}), in) == render(Network(parse(middle.dump())), in));
  CHECK(render(Network(model, {.size = 0}), in) == render(Network(parse(small.dump())), in));
  CHECK(render(Network(model, {.size = 0.1, .all_sizes = true}), in) == render(Network(parse(small.dump())), in));
}

TEST_CASE("a container in a container runs at its full size, and one in a condition too") {
  Random random(6);
  SlimNam nam(random);
  nam.arrays.resize(1);
  const Json a = nam.full(), b = slim_lstm(random, 2), c = slim_lstm(random, 4);
  const Model model = parse(slim_container({{0.5, slim_container({{0.5, a}, {1, b}})}, {1, c}}).dump());
  const std::vector<float> in = uniform(random, 200);
  CHECK(model.size_bounds() == std::vector<double>{0.5});
  CHECK(render(Network(model, {.size = 0}), in) == render(Network(parse(b.dump())), in));

  Json conditioned = nam.full();
  conditioned["config"]["condition_dsp"] = slim_container({{0.5, b}, {1, c}});
  Json plain = conditioned;
  plain["config"]["condition_dsp"] = c;
  CHECK(render(Network(parse(conditioned.dump())), in) == render(Network(parse(plain.dump())), in));
}

TEST_CASE("rates that a container leaves open come from it or its submodels") {
  Random random(7);
  Json a = slim_lstm(random, 2), b = slim_lstm(random, 3);
  a["sample_rate"] = 44100, b["sample_rate"] = 44100;
  Json file = slim_container({{0.5, a}, {1, b}});
  file.erase("sample_rate");
  CHECK(parse(file.dump()).sample_rate() == 44100);
  file["sample_rate"] = 44100;
  file["config"]["submodels"][0]["model"].erase("sample_rate");
  CHECK(parse(file.dump()).at_size(0).sample_rate() == 44100);
}

TEST_CASE("the native format keeps every size") {
  Random random(8);
  const Json slim = small_slim(random), lstm = slim_lstm(random, 3);
  Json conditioned = slim;
  conditioned["config"]["condition_dsp"] = lstm;
  const std::vector<float> in = uniform(random, 200);
  for (const Json& file : {slim, slim_container({{0.3, lstm}, {0.6, conditioned}, {1, slim}})}) {
    const Model model = parse(file.dump());
    const Model converted = parse(saved(model), "converted.safetensors");
    REQUIRE(model.size_bounds().size() >= 2);
    CHECK(converted.size_bounds() == model.size_bounds());
    for (const double size : {0.0, 0.3, 0.5, 0.6, 1.0}) {
      check_equal(Model::Access::data(converted.at_size(size)), Model::Access::data(model.at_size(size)));
      CHECK(render(Network(converted, {.size = size}), in) == render(Network(model, {.size = size}), in));
    }
    const Model one = parse(saved(model.at_size(0.4)), "one.safetensors");
    CHECK(one.size_bounds().empty());
    check_equal(Model::Access::data(one), Model::Access::data(model.at_size(0.4)));
  }
}
