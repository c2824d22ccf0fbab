// `.nam` Sequential: what it plays is what its models play one after the other.
#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "broken_files.hpp"
#include "catch.hpp"
#include "chain_files.hpp"
#include "film_files.hpp"
#include "parametric_files.hpp"
#include "rendering.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

Json linear(Random& random, int taps) {
  return {{"version", "0.5.4"},
          {"architecture", "Linear"},
          {"sample_rate", 48000},
          {"config", {{"receptive_field", taps}, {"bias", true}}},
          {"weights", uniform(random, std::size_t(taps) + 1)}};
}

std::vector<float> play(const Network& network, const std::vector<float>& in, std::size_t block,
                        const EffectOptions& options = {}) {
  Effect effect(network, options);
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += block) {
    const std::size_t frames = std::min(block, in.size() - t);
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
  }
  return out;
}

std::string refusal(const Json& file) {
  return test::refusal(file.dump(), "model.nam");
}

}  // namespace

TEST_CASE("models in turn play what they play one after the other, once the second has heard the first") {
  Random random(97);
  const std::vector<Json> models = {linear(random, 3), random_film_nam(random, 90, 1),
                                    linear(random, 400)};  // the last by FFT
  std::vector<float> sound = uniform(random, 6000);
  std::fill(sound.begin() + 500, sound.begin() + 4000, 0.0f);
  std::vector<float> in_turn = sound;
  for (const Json& each : models) in_turn = play(Network(parse(each.dump())), in_turn, 64);
  const Model model = parse(sequential(models).dump());
  const std::size_t settled = 450;
  for (const Isa isa : {Isa::automatic, Isa::reference}) {
    const Network network(model, {isa});
    const std::vector<float> out = play(network, sound, 64);
    if (isa == Isa::automatic) {
      CHECK(error_to_signal(std::vector<float>(out.begin() + settled, out.end()),
                            std::vector<float>(in_turn.begin() + settled, in_turn.end())) < 1e-12);
    }
    for (const std::size_t block : {1, 100, 6000}) CHECK(play(network, sound, block) == out);
    CHECK(play(network, sound, 100, {.rest = false}) == out);
    CHECK(play(Network(parse(saved(model)), {isa}), sound, 77) == out);
  }
  const NetworkInfo info = Network(model).info();
  CHECK(info.architecture == "Linear + WaveNet + Linear");
  std::int64_t past = 0, parameters = 0;
  for (const Json& each : models) {
    const NetworkInfo alone = Network(parse(each.dump())).info();
    past += alone.receptive_field - 1;
    parameters += alone.parameters;
  }
  CHECK(info.receptive_field == past + 1);
  CHECK(info.parameters == parameters);
}

TEST_CASE("a second model starts from what the first makes of silence") {
  Random random(98);
  const Model model = parse(sequential({linear(random, 3), random_film_nam(random, 0, 1)}).dump());
  const std::vector<float> out = play(Network(model), std::vector<float>(300), 64);
  for (const float x : out) CHECK(std::abs(x - out.back()) <= 1e-6f * std::max(1.0f, std::abs(out.back())));
}

TEST_CASE("models in turn have their knobs, rates, resets and oversampling together") {
  Random random(99);
  const Json amp = as_concat(random_lstm_of_five_inputs(random, 4)), cabinet = linear(random, 20);
  const std::vector<float> sound = uniform(random, 2000);
  const Network network(parse(sequential({amp, cabinet}).dump())), alone(parse(amp.dump()));
  REQUIRE(network.info().knobs.size() == 2);
  CHECK(network.info().knobs[0].name == "Gain");
  const std::vector<float> wet = play(alone, sound, 64, {.knobs = {2, 0}});
  const std::vector<float> both = play(network, sound, 64, {.knobs = {2, 0}});
  const std::vector<float> wanted = play(Network(parse(cabinet.dump())), wet, 64);
  CHECK(std::equal(both.begin() + 20, both.end(), wanted.begin() + 20));

  for (const std::optional<double> rate : Rates{{}, 44100.0}) {
    for (const int oversample : {1, 2}) {
      Effect effect(network, {.sample_rate = rate, .oversample = oversample});
      std::vector<float> first = sound, again = sound;
      const auto run = [&](std::vector<float>& samples) {
        effect.process(std::span<const float>(samples).first(1000), std::span(samples).first(1000));
        effect.set_knob("Voice", 2);
        effect.process(std::span<const float>(samples).subspan(1000), std::span(samples).subspan(1000));
        effect.set_knob("Voice", 1);
        effect.reset();
      };
      run(first);
      run(again);
      CHECK(first == again);
    }
  }
}

TEST_CASE("sequences in sequences are one, and those that cannot follow each other are refused") {
  Random random(100);
  const Json a = linear(random, 3), b = linear(random, 4), c = linear(random, 5);
  const std::vector<float> sound = uniform(random, 500);
  const std::vector<float> flat = play(Network(parse(sequential({a, b, c}).dump())), sound, 64);
  CHECK(play(Network(parse(sequential({sequential({a, b}), c}).dump())), sound, 64) == flat);
  CHECK(play(Network(parse(sequential({a, sequential({b, c})}).dump())), sound, 64) == flat);
  CHECK(play(Network(parse(sequential({a}).dump())), sound, 64) == play(Network(parse(a.dump())), sound, 64));

  CHECK_THAT(refusal(sequential({})), ContainsSubstring("config.models: expected at least one model"));
  CHECK_THAT(refusal(sequential(std::vector<Json>(10, a))), ContainsSubstring("config.models"));
  Json other = b;
  other["sample_rate"] = 44100;
  CHECK_THAT(refusal(sequential({a, other})), ContainsSubstring("config.models[1].sample_rate"));
  CHECK_THAT(refusal(sequential({a, random_five_inputs(random)})), ContainsSubstring("front.input.channels"));
  const Json knobs = as_concat(random_five_inputs(random));
  CHECK_THAT(refusal(sequential({knobs, knobs})), ContainsSubstring("front.knobs"));
  Json heavy = sequential({a});
  heavy["weights"] = {1.0};
  CHECK_THAT(refusal(heavy), ContainsSubstring("weights: expected an empty array"));
  CHECK_THAT(refusal(sequential({a, Json::object()})), ContainsSubstring("config.models[1].architecture"));
}
