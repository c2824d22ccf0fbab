// A generator's sound depends on its seed and its conditioning, not on how it was asked for.
#include <algorithm>
#include <limits>
#include <utility>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>
#include <atrous/score.hpp>

#include "catch.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr std::size_t bins = 6;

Network random_network(unsigned seed, Isa isa = Isa::automatic) {
  Random random(seed);
  return Network(as_model(random_generator(random)), {isa});
}

std::vector<float> fill(Generator& generator, std::size_t count, std::size_t chunk) {
  std::vector<float> sound(count);
  for (std::size_t t = 0; t < count; t += chunk) {
    const std::size_t wanted = std::min(chunk, count - t);
    REQUIRE(generator.fill(std::span(sound).subspan(t, wanted)) == wanted);
  }
  return sound;
}

Generator with_features(const Network& network, const std::vector<float>& features, GeneratorOptions options = {}) {
  Generator generator(network, options);
  generator.append_features(features);
  generator.finish();
  return generator;
}

}  // namespace

TEST_CASE("a generator makes the same sound in chunks of any size, after a reset, and with features in pieces") {
  for (const Isa isa : available_isas()) {
    INFO("isa " << isa_name(isa));
    const Network network = random_network(1, isa);
    Random random(2);
    const std::vector<float> features = uniform(random, bins * 30);
    Generator generator = with_features(network, features, {.seed = 5, .speaker = 1});
    REQUIRE(generator.available() >= 600);
    const std::vector<float> sound = fill(generator, 600, 600);
    generator.reset();
    CHECK(fill(generator, 600, 1) == sound);
    Generator other = with_features(network, features, {.seed = 5, .speaker = 1});
    CHECK(fill(other, 600, 37) == sound);

    Generator streamed(network, {.seed = 5, .speaker = 1});
    std::vector<float> pieces;
    for (std::size_t frame = 0; frame < 30; frame += 3) {
      streamed.append_features(std::span(features).subspan(frame * bins, 3 * bins));
      if (frame + 3 == 30) streamed.finish();
      std::vector<float> chunk(std::min<std::size_t>(streamed.available(), 600 - pieces.size()));
      REQUIRE(streamed.fill(chunk) == chunk.size());
      pieces.insert(pieces.end(), chunk.begin(), chunk.end());
    }
    CHECK(pieces == sound);
  }
}

TEST_CASE("seed, voice, speaker and features all change the sound") {
  const Network network = random_network(3);
  Random random(4);
  const std::vector<float> features = uniform(random, bins * 20), others = uniform(random, bins * 20);
  const auto sound = [&](const std::vector<float>& heard, GeneratorOptions options) {
    Generator generator = with_features(network, heard, options);
    return fill(generator, 300, 300);
  };
  const std::vector<float> plain = sound(features, {});
  CHECK(sound(features, {}) == plain);
  CHECK(sound(features, {.seed = 1}) != plain);
  CHECK(sound(features, {.voice = 1}) != plain);
  CHECK(sound(features, {.speaker = 2}) != plain);
  CHECK(sound(others, {}) != plain);
  CHECK(sound(features, {.temperature = 0}) == sound(features, {.seed = 9, .greedy = true}));
}

TEST_CASE("a generator that reads what it would have made goes on as if it had made it") {
  Random random(5);
  model::ModelData data = random_generator(random);
  data.config.waveform = {};                       // so that the codes of sounds are exact
  data.config.code->kind = model::CodeKind::ibab;  // encode(decode(q)) is q
  const std::vector<float> features = uniform(random, bins * 30);
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    INFO("precision " << precision_name(precision));
    const Network network(as_model(data), {.precision = precision});
    Generator whole = with_features(network, features, {.seed = 7});
    const std::vector<float> sound = fill(whole, 500, 500);
    for (const std::size_t heard : {1u, 63u, 64u, 200u}) {
      INFO("primed with " << heard << " samples");
      Generator primed = with_features(network, features, {.seed = 7});
      REQUIRE(primed.prime(std::span(sound).first(heard)) == heard);
      const std::vector<float> rest = fill(primed, 500 - heard, 50);
      CHECK(std::equal(rest.begin(), rest.end(), sound.begin() + std::ptrdiff_t(heard)));
    }
    Generator late = with_features(network, features, {.seed = 7});  // made, then heard, then made
    fill(late, 100, 100);
    REQUIRE(late.prime(std::span(sound).subspan(100, 80)) == 80);
    const std::vector<float> rest = fill(late, 320, 320);
    CHECK(std::equal(rest.begin(), rest.end(), sound.begin() + 180));
  }
}

TEST_CASE("a generator ends where its conditioning ends") {
  const Network network = random_network(6);
  Random random(7);
  Generator generator = with_features(network, uniform(random, bins * 10));
  const std::size_t length = generator.available();
  std::vector<float> sound(length + 100);
  CHECK(generator.fill(sound) == length);
  CHECK(generator.available() == 0);
  CHECK(generator.fill(sound) == 0);
  Generator waiting(network);
  CHECK(waiting.available() == 0);
  CHECK(waiting.fill(sound) == 0);
}

TEST_CASE("a generator's greedy sound is what scoring says is most likely") {
  Random random(8);
  model::ModelData data = random_generator(random);
  data.config.waveform = {};
  data.config.code->kind = model::CodeKind::ibab;
  const std::vector<float> features = uniform(random, bins * 20);
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    INFO("precision " << precision_name(precision));
    const Network network(as_model(data), {.precision = precision});
    Generator generator = with_features(network, features, {.greedy = true});
    const std::vector<float> sound = fill(generator, 200, 200);
    TeacherForcing input = teacher_forcing(network.model(), sound);
    input.features = features;
    input.classes.insert(input.classes.begin(), data.config.code->first);  // what stands before the first sample
    const Score result = score(network, input, true);
    const std::size_t length = input.classes.size(), classes = std::size_t(data.config.code->classes);
    for (std::size_t t = 0; t + 1 < length; ++t) {
      std::size_t best = 0;
      for (std::size_t c = 1; c < classes; ++c) {
        if (result.outputs[c * length + t] > result.outputs[best * length + t]) best = c;
      }
      REQUIRE(int(best) == input.classes[t + 1]);
    }
  }
}

TEST_CASE("a voice of a bank sounds as its own generator does, with any number of voices and threads") {
  const Network network = random_network(10);
  Random random(11);
  for (const auto& [count, threads] : {std::pair{1, 1}, {1, 2}, {2, 1}, {3, 2}, {16, 1}, {17, 1}, {20, 3}, {40, 2}}) {
    INFO(count << " voices, " << threads << " threads");
    std::vector<GeneratorOptions> options;
    std::vector<std::vector<float>> features, alone;
    const std::vector<float> heard = uniform(random, 90);
    for (int v = 0; v < count; ++v) {
      options.push_back(
          {.seed = random() % 3, .voice = std::uint64_t(v), .temperature = 0.5 + 0.1 * (v % 7), .speaker = v % 3});
      features.push_back(uniform(random, bins * (3 + random() % 12)));
      Generator generator = with_features(network, features.back(), options.back());
      if (v % 4 == 1) generator.prime(std::span(heard).first(std::min<std::size_t>(90, generator.available())));
      alone.push_back(fill(generator, generator.available(), 100));
    }
    GeneratorBank bank(network, options, threads);
    REQUIRE(bank.voices() == options.size());
    std::vector<std::vector<float>> together(options.size());
    for (std::size_t v = 0; v < options.size(); ++v) {
      bank.append_features(v, features[v]);
      bank.finish(v);
      if (v % 4 == 1) bank.prime(v, std::span(heard).first(std::min<std::size_t>(90, bank.available(v))));
    }
    for (int call = 0; call < 400; ++call) {  // a voice may wait, and ends where its features do
      std::vector<std::vector<float>> room;
      std::vector<std::span<float>> sounds;
      for (int v = 0; v < count; ++v) room.emplace_back(random() % 4 == 0 ? 0 : random() % 60);
      for (std::vector<float>& each : room) sounds.emplace_back(each);
      bank.fill(sounds);
      for (std::size_t v = 0; v < sounds.size(); ++v) {
        together[v].insert(together[v].end(), sounds[v].begin(), sounds[v].end());
      }
    }
    CHECK(together == alone);
    for (std::size_t v = 0; v < options.size(); ++v) CHECK(bank.available(v) == 0);
    bank.reset(0);
    std::vector<float> again(alone[0].size());
    std::vector<std::span<float>> sounds(options.size());
    sounds[0] = again;
    bank.fill(sounds);
    CHECK(again == alone[0]);
  }
}

TEST_CASE("a voice that is not there is an error where there may be one, and makes nothing elsewhere") {
  const Network network = random_network(12);
  Random random(13);
  const std::vector<GeneratorOptions> options = {{.voice = 0}, {.voice = 1}};
  const std::vector<float> features = uniform(random, bins * 10);
  GeneratorBank bank(network, options), alone(network, options);
  for (const std::size_t voice : {std::size_t{2}, std::size_t{256}, std::numeric_limits<std::size_t>::max()}) {
    CHECK_THROWS_WITH(bank.append_features(voice, features), ContainsSubstring("expected 0 to 1"));
    CHECK_THROWS_WITH(bank.append_features(voice, features, true), ContainsSubstring("expected 0 to 1"));
    CHECK_THROWS_WITH(bank.finish(voice), ContainsSubstring("expected 0 to 1"));
    CHECK(bank.available(voice) == 0);
    CHECK(bank.prime(voice, features) == 0);
    bank.reset(voice);
  }
  for (GeneratorBank* each : {&bank, &alone}) {
    for (std::size_t voice = 0; voice < 2; ++voice) {
      each->append_features(voice, features);
      each->finish(voice);
    }
  }
  std::vector<float> sound(400), wanted(300);
  std::vector<std::span<float>> sounds(4);
  for (std::size_t i = 0; i < 4; ++i) sounds[i] = std::span(sound).subspan(100 * i, 100);
  std::vector<std::span<float>> both = {std::span(wanted).first(100), std::span(wanted).subspan(100, 100)};
  bank.fill(sounds);
  alone.fill(both);
  CHECK(std::equal(sound.begin(), sound.begin() + 200, wanted.begin()));
  CHECK(sounds[1].size() == 100);
  CHECK(sounds[2].empty());
  CHECK(sounds[3].empty());
  CHECK(std::count(sound.begin() + 200, sound.end(), 0.0f) == 200);

  std::vector<std::span<float>> one = {std::span(sound).first(100)};  // the other voice waits
  both = {std::span(wanted).first(100), {}};
  bank.fill(one);
  alone.fill(both);
  CHECK(std::equal(sound.begin(), sound.begin() + 100, wanted.begin()));
  both = {std::span(wanted).first(100), std::span(wanted).subspan(100, 100)};
  sounds.resize(2);
  bank.fill(sounds);
  alone.fill(both);
  CHECK(std::equal(sound.begin(), sound.begin() + 200, wanted.begin()));
  bank.fill({});
}

TEST_CASE("only a model that reads features has an end, which their number gives") {
  Random random(14);
  const Network conditioned = random_network(15);
  CHECK(conditioned_samples(conditioned, 0) == std::size_t{0});
  CHECK(conditioned_samples(conditioned, SIZE_MAX).value() > std::size_t{1} << 60);
  CHECK(conditioned_samples(conditioned, SIZE_MAX / 2).value() < std::size_t{1} << 62);
  const auto length = conditioned_samples(conditioned, 10);
  REQUIRE(length.has_value());
  CHECK(with_features(conditioned, uniform(random, bins * 10)).available() == *length);
  const Network free(Model::load(ATROUS_SOURCE_DIR "/models/amp.nam"));
  CHECK_FALSE(conditioned_samples(free, 10).has_value());
  CHECK_FALSE(free.info().features.has_value());
  REQUIRE(conditioned.info().features.has_value());
  CHECK(conditioned.info().features->bins == bins);
}

TEST_CASE("a generator refuses options out of range") {
  const Network network = random_network(9);
  CHECK_THROWS_AS(Generator(network, {.temperature = -1}), Error);
  CHECK_THROWS_AS(Generator(network, {.temperature = std::numeric_limits<double>::quiet_NaN()}), Error);
  CHECK_THROWS_AS(Generator(network, {.speaker = 3}), Error);
  Generator generator(network);
  CHECK_THROWS_AS(generator.append_features(std::vector<float>(bins + 1)), Error);
  const std::vector<GeneratorOptions> none, many(257), one(1);
  CHECK_THROWS_AS(GeneratorBank(network, none), Error);
  CHECK_THROWS_AS(GeneratorBank(network, many), Error);
  CHECK_THROWS_AS(GeneratorBank(network, one, 0), Error);
}
