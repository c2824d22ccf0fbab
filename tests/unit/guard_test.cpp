// What leaves an effect or a generator: finite numbers within a limit, whatever comes in, and the bits of all others.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "catch.hpp"
#include "chain_files.hpp"
#include "film_files.hpp"
#include "golden_folder.hpp"
#include "model_files.hpp"
#include "run/guard.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr float largest = std::numeric_limits<float>::max();

// A filter of these taps, the oldest first.
Model linear(const std::vector<float>& taps) {
  return parse(Json{
      {"version", "0.7.0"},
      {"architecture", "Linear"},
      {"sample_rate", 48000},
      {"config", {{"receptive_field", taps.size()}, {"bias", false}}},
      {"weights",
       taps}}.dump());
}

// A conv whose outputs overflow either way, before LSTM cells: their sums are Inf - Inf.
Model overflowing_cells(Random& random) {
  Json conv = random_conv(random, 1, 4);
  conv["weights"] = {Json::array({{{30, -30, 20, -25}}}), {0.1, 0.2, 0.3, 0.4}};
  conv["kernel_size"] = {1}, conv["dilation"] = {1}, conv["activation"] = "";
  conv.erase("groups");
  Json layers = {conv, random_lstm(random, 4, 5), random_dense(random, 5, 1, true)};
  layers[2]["activation"] = "";
  return parse(Json{{"in_shape", {nullptr, nullptr, 1}}, {"layers", layers}}.dump());
}

// Inputs that nothing should survive: +40 dB DC, 1e30, 3e38, random bits.
std::vector<float> hostile(Random& random, int kind, std::size_t frames) {
  std::vector<float> samples(frames);
  for (float& x : samples) {
    const auto bits = std::uint32_t(pick(random, 0, 0xffff)) << 16 | unsigned(pick(random, 0, 0xffff));
    x = kind == 0 ? 100.0f : kind == 1 ? 1e30f : kind == 2 ? 3e38f : std::bit_cast<float>(bits);
  }
  return samples;
}

// Runs `in` on all channels, in blocks of random lengths up to `most`; sizes change at random where there are several.
std::vector<float> play(Effect& effect, const std::vector<float>& in, int most, unsigned seed) {
  Random random(seed);
  std::vector<std::vector<float>> rows(std::size_t(effect.channels()), in);
  for (std::size_t t = 0; t < in.size();) {
    const auto frames = std::min(in.size() - t, std::size_t(pick(random, 1, most)));
    std::vector<float*> block;
    for (std::vector<float>& row : rows) block.push_back(row.data() + t);
    effect.process(block, block, frames);
    t += frames;
  }
  return rows[0];
}

bool within_limit(const std::vector<float>& samples) {
  return std::all_of(samples.begin(), samples.end(), [](float x) { return std::abs(x) <= EffectOptions{}.ceiling; });
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b, std::size_t from = 0) {
  for (std::size_t t = from; t < a.size(); ++t) {
    if (std::bit_cast<std::uint32_t>(a[t]) != std::bit_cast<std::uint32_t>(b[t])) return false;
  }
  return true;
}

void check_limits(const Network& network) {
  Random random(3);
  for (const std::optional<double> rate : Rates{{}, 44100.0, 96000.0}) {
    for (int kind = 0; kind < 4; ++kind) {
      INFO("input " << kind << " at " << rate.value_or(0) << " Hz");
      const std::vector<float> in = hostile(random, kind, 2500);
      const EffectOptions options{.sample_rate = rate, .max_block = 500, .channels = network.info().inputs};
      Effect effect(network, options), cut(network, options);
      const std::vector<float> out = play(effect, in, 500, 1);
      CHECK(within_limit(out));
      CHECK(same_bits(play(cut, in, 7, 2), out));
      CHECK(cut.guarded() == effect.guarded());
    }
  }
}

// Sound, then 3e38, then sound: once what it remembers is its own again, an effect is as a fresh one. Returns how many
// samples were silenced.
std::uint64_t check_recovery(const Network& network, bool restarts) {
  Random random(4);
  const auto burst = std::size_t(pick(random, 1, 300)), before = std::size_t{500};
  const auto field = std::size_t(network.info().receptive_field);
  std::vector<float> in = uniform(random, before + burst + 3 * field + 3000);
  std::fill_n(in.begin() + before, burst, 3e38f);
  Effect effect(network);
  std::vector<float> out = in;
  std::size_t last = before + burst - 1;  // sample that was not what the network made of sound alone
  std::uint64_t silenced = 0;
  for (std::size_t t = 0; t < in.size(); ++t) {
    const std::uint64_t guarded = effect.guarded();
    effect.process({&in[t], 1}, {&out[t], 1});
    if (effect.guarded() == guarded || out[t] != 0) continue;
    ++silenced;
    last = restarts ? t : std::max(last, t);
  }
  const std::size_t from = last + 1 + (restarts ? 0 : field);
  REQUIRE(from + 1000 < in.size());
  Effect fresh(network);
  std::vector<float> wanted(in.begin() + std::ptrdiff_t(last) + 1, in.end());
  wanted = play(fresh, wanted, 100, 1);
  wanted.insert(wanted.begin(), last + 1, 0.0f);
  CHECK(same_bits(out, wanted, from));
  Effect cut(network);
  CHECK(same_bits(play(cut, in, 200, 5), out));
  return silenced;
}

}  // namespace

TEST_CASE("the guard keeps the bits of what is finite and within the limit") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> samples{0, -0.0f, 1e-40f, -1, 100, -100, 100.00001f, -1e30f, largest, inf, -inf, nan, -nan};
  const std::vector<float> wanted{0, -0.0f, 1e-40f, -1, 100, -100, 100, -100, 100, 0, 0, 0, 0};
  CHECK(run::guard(samples.data(), samples.size(), 100) == 7);
  CHECK(same_bits(samples, wanted));
}

TEST_CASE("an effect counts what it clamps and silences, and leaves the samples beside it alone") {
  const Network network(linear({2}));
  const std::vector<float> in{0.5f, 50, 51, -60, 3e38f, -1e38f, 0.25f};
  std::vector<float> out(in.size());
  Effect effect(network), loud(network, {.output_gain = 8});
  effect.process(in, out);
  CHECK(out == std::vector<float>{1, 100, 100, -100, 0, -100, 0.5f});
  CHECK(effect.guarded() == 4);
  loud.process(in, out);
  CHECK(out == std::vector<float>{8, 100, 100, -100, 0, 0, 4});
  CHECK(loud.guarded() == 5);
}

TEST_CASE("whatever comes in, what leaves is finite and within +40 dBFS, however it is cut") {
  Random random(1);
  for (const Json& file :
       {random_film_nam(random, 0, 1), random_film_nam(random, 0xff, 1), random_guitarml(random, "gated", 1),
        random_guitarml_recurrent(random, 1, 7, 2, true), random_keras(random, 2), random_keras(random, 1)}) {
    check_limits(Network(parse(file.dump())));
  }
  for (const Isa isa : {Isa::reference, Isa::automatic}) {
    check_limits(Network(overflowing_cells(random), {.isa = isa}));
    check_limits(Network(linear(uniform(random, 1500)), {.isa = isa}));
  }
  std::vector<float> huge = uniform(random, 40);
  for (float& tap : huge) tap *= 1e30f;
  check_limits(Network(linear(huge)));
}

TEST_CASE("whatever comes in while sizes change, what leaves is finite") {
  Random random(2);
  const Network network(parse(small_slim(random).dump()), {.all_sizes = true});
  for (const std::optional<double> rate : Rates{{}, 44100.0}) {
    for (int kind = 0; kind < 4; ++kind) {
      Effect effect(network, {.sample_rate = rate, .max_block = 500});
      for (int change = 0; change < 6; ++change) {
        effect.set_size(0.5 * (change % 3));
        CHECK(within_limit(play(effect, hostile(random, kind, 700), 300, 1)));
      }
    }
  }
}

TEST_CASE("a resampled sound stays within the limit too") {
  Random random(2);
  const Network network(linear({1}));
  for (int kind = 0; kind < 4; ++kind) {
    EffectRenderer renderer(network, {.sample_rate = 44100});
    std::vector<float> out;
    renderer.process(hostile(random, kind, 5000), out);
    renderer.finish(out);
    CHECK(out.size() == 5000);
    CHECK(within_limit(out));
    CHECK((renderer.guarded() > 0));
  }
}

TEST_CASE("after what is not finite, convolutions are as fresh ones a receptive field later") {
  Random random(5);
  std::uint64_t silenced = 0;
  for (unsigned films : {0u, 0xffu}) {
    silenced += check_recovery(Network(parse(random_film_nam(random, films, 1).dump())), false);
  }
  CHECK(silenced > 0);
}

TEST_CASE("cells and filters whose state is lost are fresh ones from the next sample on") {
  Random random(6);
  CHECK(check_recovery(Network(overflowing_cells(random), {.isa = Isa::reference}), true) > 0);
  for (const Isa isa : available_isas()) {
    for (const std::size_t taps : {std::size_t{300}, std::size_t{3000}}) {
      CHECK(check_recovery(Network(linear(uniform(random, taps)), {.isa = isa}), true) > 0);
    }
  }
}

TEST_CASE("a generator with de-emphasis and little gain stays within full scale") {
  Random random(7);
  model::ModelData data = random_generator(random);
  data.config.waveform.gain = 0.01;
  data.config.waveform.preemphasis = 0.9;
  const Network network(as_model(data));
  Generator generator(network);
  if (network.info().features) {
    generator.append_features(uniform(random, 50 * network.info().features->bins));
    generator.finish();
  }
  std::vector<float> out(300);
  out.resize(generator.fill(out));
  REQUIRE(out.size() > 20);
  CHECK(std::all_of(out.begin(), out.end(), [](float x) { return std::abs(x) <= 1; }));
  CHECK(std::any_of(out.begin(), out.end(), [](float x) { return std::abs(x) == 1; }));  // which it would go beyond
}

TEST_CASE("whatever comes in, golden effects give what is finite and within +40 dBFS") {
  if (no_golden_folder()) return;
  for (const char* folder : {"nam", "guitarml", "recurrent"}) {
    for (const std::filesystem::path& path : golden_files(folder)) {
      std::optional<Network> network;
      try {
        network.emplace(Model::load(path));
      } catch (const Error&) {
        continue;  // no model, or none that is read
      }
      INFO(path.filename().string());
      check_limits(*network);
    }
  }
}
