// Streams that have settled in silence do not run. What they play is what they would play if they did, bit for bit.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "chain_files.hpp"
#include "dsp/rate_bridge.hpp"
#include "film_files.hpp"
#include "golden_folder.hpp"
#include "model_files.hpp"
#include "network/access.hpp"
#include "run/channel_streams.hpp"
#include "slim_files.hpp"
#include "stream/floating_point.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

using Channels = std::vector<std::vector<float>>;

// A filter of so many taps.
Json linear(Random& random, std::size_t taps, bool bias) {
  return {{"version", "0.7.0"},
          {"architecture", "Linear"},
          {"sample_rate", 48000},
          {"config", {{"receptive_field", taps}, {"bias", bias}}},
          {"weights", uniform(random, taps + (bias ? 1 : 0))}};
}

// Bursts of sound between silences of up to `longest` samples.
std::vector<float> bursts(Random& random, std::size_t frames, int longest) {
  std::vector<float> samples(frames);
  for (std::size_t t = 0; t < frames;) {
    t += std::size_t(pick(random, 0, longest));
    const std::size_t end = std::min(frames, t + std::size_t(pick(random, 1, 200)));
    for (; t < end; ++t) samples[t] = uniform(random);
  }
  return samples;
}

// Runs it in blocks of random lengths up to `most`.
Channels run(Effect& effect, const Channels& in, int most, unsigned seed) {
  Random random(seed);
  Channels out = in;
  for (std::size_t t = 0; t < in[0].size();) {
    const auto frames = std::min(in[0].size() - t, std::size_t(pick(random, 0, most)));
    std::vector<const float*> from;
    std::vector<float*> to;
    for (std::size_t c = 0; c < in.size(); ++c) from.push_back(in[c].data() + t), to.push_back(out[c].data() + t);
    effect.process(from, to, frames);
    t += frames;
  }
  return out;
}

bool same_bits(const Channels& a, const Channels& b) {
  for (std::size_t c = 0; c < a.size(); ++c) {
    for (std::size_t t = 0; t < a[c].size(); ++t) {
      if (std::bit_cast<std::uint32_t>(a[c][t]) != std::bit_cast<std::uint32_t>(b[c][t])) return false;
    }
  }
  return true;
}

// An effect that rests against one that does not, in other blocks, at several rates; the second channel is heard
// rarely.
void check_rest(const Network& network, std::size_t frames, int longest,
                const std::vector<int>& blocks = {1, 90, 700}) {
  Random random(11);
  const int inputs = network.info().inputs, channels = std::max(2, inputs);
  for (const std::optional<double> rate : Rates{{}, 32000.0, 44100.0, 44101.0}) {
    Channels in;
    for (int c = 0; c < channels; ++c) in.push_back(bursts(random, frames, c % 2 == 1 ? 2 * longest : longest));
    for (float& x : in[0]) x = x == 0 ? -x : x;  // silence may be negative
    Effect rests(network, {.sample_rate = rate, .max_block = 700, .channels = channels});
    Effect runs(network, {.sample_rate = rate, .max_block = 700, .channels = channels, .rest = false});
    const Channels wanted = run(runs, in, 700, 1);
    INFO("at " << rate.value_or(0) << " Hz");
    for (const int most : blocks) {
      CHECK(same_bits(run(rests, in, most, 2), wanted));
      rests.reset();
    }
  }
}

// Samples of silence after some sound until a stream rests, or -1 where it does not within a second.
std::int64_t samples_to_rest(const Network& network) {
  const stream::FloatingPointScope scope;
  run::ChannelStreams streams(Network::Access::plan(network), network.info().inputs);
  Random random(5);
  const auto process = [&](std::size_t frames, bool sound) {
    Channels block;
    std::vector<float*> rows;
    for (int i = 0; i < network.info().inputs; ++i) {
      block.push_back(sound ? uniform(random, frames) : std::vector<float>(frames));
    }
    for (std::vector<float>& row : block) rows.push_back(row.data());
    return streams.process(0, rows.data(), int(frames));
  };
  process(500, true);
  for (std::int64_t t = 0; t < 48000; t += 16) {
    if (process(16, false)) return t;
  }
  return -1;
}

}  // namespace

TEST_CASE("convolutions rest after their receptive field, and play the same bits") {
  Random random(1);
  for (const Json& file :
       {random_film_nam(random, 0, 1), random_film_nam(random, 0xff, 1), random_guitarml(random, "gated", 1)}) {
    const Network network(parse(file.dump()));
    const std::int64_t rest = samples_to_rest(network), field = network.info().receptive_field;
    CHECK(rest >= field);
    CHECK(rest < field + 32);
    check_rest(network, 6000, 600);
  }
}

TEST_CASE("a model whose condition is another model rests after both") {
  Random random(2);
  Json outer = random_film_nam(random, 0x5a, 1);
  outer["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  const Network network(parse(outer.dump()));
  const std::int64_t rest = samples_to_rest(network);
  CHECK(rest >= network.info().receptive_field);
  CHECK(rest < 3 * network.info().receptive_field + 48);
  check_rest(network, 6000, 600);
}

TEST_CASE("cells rest once a step leaves them as they were, several layers one after the other") {
  Random random(3);
  int resting = 0;
  for (const int layers : {1, 2}) {
    for (const int cells : {1, 7, 16}) {
      const Network network(parse(random_guitarml_recurrent(random, 1, cells, layers, true).dump()));
      resting += samples_to_rest(network) > 0;
      check_rest(network, 6000, 3000);
    }
  }
  CHECK(resting >= 4);  // rounding may keep cells going round in a circle: those run on
}

TEST_CASE("chains of layers of all kinds play the same bits") {
  Random random(4);
  for (int n = 0; n < 12; ++n) {
    const Network network(parse(random_keras(random, pick(random, 1, 2)).dump()));
    check_rest(network, 4000, 1500);
  }
}

TEST_CASE("filters by FFT rest once all that they remember is silence, and know where their blocks are") {
  Random random(5);
  for (const std::size_t taps : {std::size_t{30}, std::size_t{300}, std::size_t{5000}}) {
    for (const bool bias : {false, true}) {
      const Network network(parse(linear(random, taps, bias).dump()));
      const std::int64_t rest = samples_to_rest(network);
      CHECK(rest >= std::int64_t(taps));
      CHECK(rest < std::int64_t(2 * taps + 5000));
      check_rest(network, 40000, 15000);
    }
  }
}

TEST_CASE("a size may be changed while an effect rests") {
  Random random(6);
  const Network network(parse(small_slim(random).dump()), {.all_sizes = true});
  for (const std::optional<double> rate : Rates{{}, 44100.0}) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      const std::vector<float> in = bursts(random, 20000, 3000);
      std::vector<float> heard[2] = {in, in};
      for (const bool rest : {false, true}) {
        Effect effect(network, {.sample_rate = rate, .rest = rest});
        Random changes(seed), cuts(seed + (rest ? 10 : 20));
        std::size_t next = 0;
        double size = 1;
        for (std::size_t t = 0; t < in.size();) {
          if (t == next) {
            effect.set_size(size);
            next += std::size_t(pick(changes, 1, 2500));
            size = 0.1 * pick(changes, 0, 10);
          }
          const std::size_t end = std::min({in.size(), next, t + std::size_t(pick(cuts, 1, 400))});
          effect.process(std::span(in).subspan(t), std::span(heard[rest]).subspan(t, end - t));
          t = end;
        }
      }
      CHECK(same_bits({heard[0]}, {heard[1]}));
    }
  }
}

TEST_CASE("the model does not run while a bridge rests, and the bridge comes back in phase") {
  for (const double rate : {22050.0, 32000.0, 44100.0, 47000.0, 88200.0, 96000.0, 192000.0}) {
    INFO("at " << rate << " Hz");
    Random random(7);
    const std::vector<float> in = bursts(random, 60000, 8000);
    std::vector<float> out[2] = {in, in};
    for (const bool rest : {false, true}) {
      dsp::RateBridge bridge(rate, 48000, 1, 100);
      Random cuts(rest ? 8 : 9);
      for (std::size_t t = 0; t < in.size();) {
        const auto frames = int(std::min(in.size() - t, std::size_t(pick(cuts, 0, 100))));
        float* const row = out[rest].data() + t;
        bridge.process(&row, &row, frames, [&](float* const* inner, int count) noexcept {
          const bool silent = std::all_of(inner[0], inner[0] + count, [](float x) { return x == 0; });
          for (int i = 0; i < count; ++i) inner[0][i] = 0.3f - inner[0][i];
          return rest && silent;
        });
        t += std::size_t(frames);
      }
    }
    CHECK(same_bits({out[0]}, {out[1]}));
  }
}

TEST_CASE("the golden effects play the same bits where they rest: nearly all, and of those with cells most") {
  if (no_golden_folder()) return;
  int effects[2] = {}, resting[2] = {};  // without cells; with them, which rounding may keep in a circle
  for (const char* folder : {"nam", "guitarml", "recurrent"}) {
    for (const std::filesystem::path& path : golden_files(folder)) {
      std::optional<Network> network;
      try {
        network.emplace(Model::load(path));
      } catch (const Error&) {
        continue;  // no model, or none that is read
      }
      INFO(path.filename().string());
      ++effects[network->info().recurrent];
      resting[network->info().recurrent] += samples_to_rest(*network) >= 0;
      const auto field = int(network->info().receptive_field);
      check_rest(*network, std::size_t(3000 + 3 * field), 1000 + 2 * field, {90});
    }
  }
  CHECK((effects[0] >= 20 && effects[1] >= 10));
  CHECK(resting[0] >= effects[0] * 9 / 10);
  CHECK(resting[1] > effects[1] / 2);
}
