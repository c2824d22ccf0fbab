// Knobs: what an effect reads of them is what it reads of further channels that hold their rows.
#include <atrous/effect.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include "catch.hpp"
#include "chain_files.hpp"
#include "model/access.hpp"
#include "rendering.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

struct Turn {
  std::size_t at = 0, knob = 0;  // frame
  double value = 0;
};

// A knob from -6 to 6 that is heard as -1 to 1, and a switch of two positions.
std::vector<model::Knob> knob_and_switch() {
  return {{"Tone", -6, 6, 1.5, {}, -1, 1}, {"Boost", 0, 1, 1, {"off", "on"}}};
}

// A `.nam` of 4 inputs in two sizes, which reads them as condition too; all but the first are knobs.
Model wavenet(Random& random, bool prewarm) {
  SlimNam nam(random);
  nam.inputs = 4;
  SlimArray array;
  array.allowed_channels = {2, 6};
  nam.arrays = {array};
  model::ModelData data = Model::Access::data(parse(nam.full().dump()));
  data.config.knobs = knob_and_switch();
  data.config.prewarm = prewarm;
  return Model::Access::make(std::move(data));
}

// As AIDA-X has them, with its gain and skip.
Model lstm(Random& random) {
  Json file = {{"in_shape", {nullptr, nullptr, 3}}, {"in_skip", 1}, {"in_gain", 6.0}};
  file["layers"] = {random_lstm(random, 3, 5), random_dense(random, 5, 1, true)};
  return parse(file.dump());
}

Channels run(Effect& effect, const Channels& in, const std::vector<Turn>& turns, std::size_t block) {
  Channels out = in;
  std::size_t next = 0;
  for (std::size_t t = 0; t < in[0].size();) {
    std::size_t end = std::min(in[0].size(), t + block);
    for (; next < turns.size() && turns[next].at == t; ++next) effect.set_knob(turns[next].knob, turns[next].value);
    if (next < turns.size()) end = std::min(end, turns[next].at);
    test::process(effect, in, t, end, out);
    t = end;
  }
  return out;
}

// A value that goes to others, each in a straight line of `ramp` frames from where it is.
std::vector<float> lines(float first, const std::vector<std::pair<std::size_t, float>>& turns, std::size_t frames,
                         int ramp) {
  std::vector<float> row(frames, first);
  for (const auto& [at, to] : turns) {
    const float from = at == 0 ? first : row[at - 1];
    for (std::size_t t = at; t < frames; ++t) {
      const auto gone = int(t - at) + 1;
      row[t] = gone >= ramp ? to : from + (to - from) * (float(gone) / float(ramp));
    }
  }
  return row;
}

std::vector<float> noise_and_silence(Random& random, std::size_t frames) {
  std::vector<float> sound = uniform(random, frames);
  std::fill(sound.begin() + std::ptrdiff_t(frames / 4), sound.end() - 200, 0.0f);
  return sound;
}

}  // namespace

TEST_CASE("knobs are heard as channels that hold their rows would be, of every channel of sound alike") {
  Random random(81);
  const std::size_t frames = 1500;
  for (const double ramp_seconds : {0.0, 0.004}) {
    const Model model = wavenet(random, false);
    const int ramp = std::max(1, int(std::lround(ramp_seconds * model.sample_rate())));
    const Channels in = {noise_and_silence(random, frames), uniform(random, frames)};
    const std::vector<Turn> turns = {{100, 0, 3}, {131, 1, 0}, {900, 0, -6}, {950, 1, 1.4}, {1001, 0, 99}};
    const std::vector<float> tone = lines(0.25f, {{100, 0.5f}, {900, -1.0f}, {1001, 1.0f}}, frames, ramp);
    const std::vector<float> off = lines(0, {{131, 1.0f}, {950, 0.0f}}, frames, ramp);
    const std::vector<float> on = lines(1, {{131, 0.0f}, {950, 1.0f}}, frames, ramp);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa) << ", ramp " << ramp);
      Channels wanted;
      for (const auto& channel : in) {
        wanted.push_back(render(with_knobs_as_channels(model), isa, {channel, tone, off, on}, frames)[0]);
      }
      for (const bool rest : {true, false}) {
        for (const std::size_t block : {1, 7, 64, 100, 1500}) {
          Effect effect(Network(model, {isa}), {.channels = 2, .rest = rest, .knob_ramp = ramp_seconds});
          CHECK(run(effect, in, turns, block) == wanted);
        }
      }
    }
  }
}

TEST_CASE("the knobs of recurrent models are heard beside the gained sound") {
  Random random(82);
  const Model model = lstm(random);
  const std::vector<float> in = uniform(random, 600);
  Effect effect(Network(model), {.knobs = {0.5, 0.25}, .knob_ramp = 0});
  const Channels wanted = render(with_knobs_as_channels(model), Isa::automatic,
                                 {in, lines(0.5f, {{300, 1.0f}}, 600, 1), std::vector<float>(600, 0.25f)}, 600);
  CHECK(run(effect, {in}, {{300, 0, 1}}, 64)[0] == wanted[0]);
}

TEST_CASE("an effect starts from silence with the knobs of its options, and resets to them as they were turned last") {
  Random random(83);
  const Network network(wavenet(random, true));
  const Channels silence = {std::vector<float>(300)};
  Effect effect(network, {.knobs = {-6, 0}});
  const Channels first = run(effect, silence, {}, 64);
  CHECK(first[0] == std::vector<float>(300, first[0][0]));
  Effect other(network);
  CHECK(run(other, silence, {}, 64)[0][0] != first[0][0]);

  effect.set_knob("tone", 6);
  effect.reset();
  Effect stepped(network, {.knobs = {-6, 0}, .knob_ramp = 0});
  stepped.set_knob("Tone", 6);
  CHECK(run(effect, silence, {}, 64) == run(stepped, silence, {}, 7));
}

TEST_CASE("knobs may be turned while an effect rests, at any rate, and while its size changes") {
  Random random(84);
  const std::size_t frames = 30000;
  const Model model = wavenet(random, true);
  Channels in = {noise_and_silence(random, frames)};
  const std::vector<Turn> turns = {{12000, 0, -3}, {12005, 1, 0}, {20003, 0, 2}, {29000, 0, 0}};
  for (const std::optional<double> rate : Rates{{}, 44100.0, 96000.0}) {
    INFO("rate " << rate.value_or(0));
    const Network network(model, {.all_sizes = true});
    const auto played = [&](bool rest, std::size_t block, bool change) {
      Effect effect(network, {.sample_rate = rate, .rest = rest, .knob_ramp = 0.002});
      if (change) effect.set_size(0);
      return run(effect, in, turns, block);
    };
    const Channels still = played(false, 64, false);
    for (const std::size_t block : {64, 1, 2048}) CHECK(played(true, block, false) == still);
    const Channels changed = played(false, 64, true);
    CHECK(changed != still);
    CHECK(played(true, 100, true) == changed);

    const Network small(model, {.size = 0});
    Effect effect(small, {.sample_rate = rate, .knob_ramp = 0.002});
    const Channels alone = run(effect, in, turns, 64);
    CHECK(std::equal(alone[0].begin() + 15000, alone[0].end(), changed[0].begin() + 15000));
  }
}

TEST_CASE("offline, knobs are turned at a frame of the sound, whatever its rate and pieces") {
  Random random(85);
  const std::size_t frames = 9000;
  const Network network(wavenet(random, true));
  const Channels in = {uniform(random, frames)};
  const auto rendered = [&](EffectRenderer& renderer, std::size_t piece) {
    std::vector<float> out;
    for (std::size_t t = 0; t < frames; t += piece) {
      if (t == 4000) renderer.set_knob(0, 6), renderer.set_knob(1, 0);
      renderer.process(std::span(in[0]).subspan(t, std::min(piece, frames - t)), out);
    }
    renderer.finish(out);
    return out;
  };
  const EffectOptions options{.knobs = {-6, 1}, .knob_ramp = 0};
  EffectRenderer renderer(network, options);
  Effect effect(network, options);
  const std::vector<float> own = rendered(renderer, 500);
  CHECK(own == run(effect, in, {{4000, 0, 6}, {4000, 1, 0}}, 64)[0]);
  CHECK(rendered(renderer, 4000) == own);  // once more, from the knobs of the options

  EffectOptions elsewhere = options;
  elsewhere.sample_rate = 44100;
  EffectRenderer other(network, elsewhere);
  const std::vector<float> out = rendered(other, 4000);
  CHECK(rendered(other, 500) == out);
  elsewhere.knobs = {6, 0};
  EffectRenderer after(network, elsewhere);
  std::vector<float> settled;
  after.process(in[0], settled);
  after.finish(settled);
  CHECK(error_to_signal(std::vector<float>(out.begin() + 4200, out.end()),
                        std::vector<float>(settled.begin() + 4200, settled.end())) < 1e-10);
  CHECK(error_to_signal(std::vector<float>(out.begin(), out.begin() + 3900),
                        std::vector<float>(settled.begin(), settled.begin() + 3900)) > 1e-3);
}

TEST_CASE("names of knobs and of positions are found, and values are held to what they can be") {
  const std::vector<KnobInfo> knobs = {
      {"gain", 0, 10, 5}, {"Tone", -6, 6, 0}, {"tone", 0, 1, 0}, {"Voice", 0, 2, 1, {"clean", "Crunch", "2"}}};
  CHECK(find_knob(knobs, "GAIN") == std::optional<std::size_t>(0));
  CHECK(find_knob(knobs, "tone") == std::optional<std::size_t>(2));
  CHECK_FALSE(find_knob(knobs, "TONE"));
  CHECK_FALSE(find_knob(knobs, "gai"));
  CHECK(knob_value(knobs[0], "2.5") == 2.5);
  CHECK(knob_value(knobs[3], "crunch") == 1);
  CHECK(knob_value(knobs[3], "0") == 0);
  for (const char* wrong : {"11", "-1", "", "x", "nan", "1 "}) CHECK_THROWS_AS(knob_value(knobs[0], wrong), Error);
  for (const char* wrong : {"3", "0.5", "dirty"}) CHECK_THROWS_AS(knob_value(knobs[3], wrong), Error);
}

TEST_CASE("options of knobs that make no sense are refused, and turns that make none change nothing") {
  Random random(86);
  const Network network(wavenet(random, true));
  for (const std::vector<double>& knobs :
       {std::vector<double>{1}, {1, 0, 0}, {7, 0}, {0, 0.5}, {0, std::numeric_limits<double>::quiet_NaN()}}) {
    CHECK_THROWS_AS(Effect(network, {.knobs = knobs}), Error);
  }
  for (const double ramp : {-1.0, 11.0, std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(Effect(network, {.knob_ramp = ramp}), Error);
  }
  const Channels in = {uniform(random, 500)};
  Effect effect(network), other(network);
  effect.set_knob(2, 1);
  effect.set_knob(0, std::numeric_limits<double>::quiet_NaN());
  effect.set_knob("treble", 1);
  CHECK(run(effect, in, {}, 64) == run(other, in, {}, 64));
}

TEST_CASE("files keep the knobs, and those that contradict themselves are refused") {
  Random random(87);
  const Model model = wavenet(random, true);
  CHECK(Model::Access::data(parse(saved(model))).config.knobs == knob_and_switch());
  CHECK(Network(parse(saved(model))).info().inputs == 1);

  const auto refusal = [&](const std::vector<model::Knob>& knobs) {
    model::ModelData data = Model::Access::data(model);
    data.config.knobs = knobs;
    try {
      parse(saved(Model::Access::make(std::move(data))));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto changed = [&](auto&& change) {
    std::vector<model::Knob> knobs = knob_and_switch();
    change(knobs[0], knobs[1]);
    return refusal(knobs);
  };
  using model::Knob;
  CHECK_THAT(changed([](Knob& a, Knob&) { a.min = 7; }), ContainsSubstring("knobs[0].max"));
  CHECK_THAT(changed([](Knob& a, Knob&) { a.default_value = 7; }), ContainsSubstring("knobs[0].default"));
  CHECK_THAT(changed([](Knob& a, Knob&) { a.low = 1e9; }), ContainsSubstring("knobs[0].low"));
  CHECK_THAT(changed([](Knob& a, Knob&) { a.name = ""; }), ContainsSubstring("knobs[0].name"));
  CHECK_THAT(changed([](Knob& a, Knob& b) { b.name = a.name; }), ContainsSubstring("knobs[1].name"));
  CHECK_THAT(changed([](Knob&, Knob& b) { b.positions[1] = "off"; }), ContainsSubstring("knobs[1].positions[1]"));
  CHECK_THAT(changed([](Knob&, Knob& b) { b.max = 2; }), ContainsSubstring("knobs[1].max"));
  CHECK_THAT(changed([](Knob&, Knob& b) { b.default_value = 0.5; }), ContainsSubstring("knobs[1].default"));
  CHECK_THAT(refusal({knob_and_switch()[1], {"a"}, {"b"}}), ContainsSubstring("no row left for sound"));
}
