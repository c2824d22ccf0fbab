// Changing the size of a running effect: what is heard is the crossfade of effects that have run all along.
#include <atrous/effect.hpp>
#include <cmath>
#include <list>

#include "catch.hpp"
#include "difference.hpp"
#include "film_files.hpp"
#include "network/access.hpp"
#include "rendering.hpp"
#include "run/channel_streams.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

using Signal = std::vector<std::vector<float>>;  // [channels][frames]

struct Change {
  std::size_t at = 0;  // frame before which the size is set
  double size = 0;
};

// A crossfade from what was heard to a size, beginning at a frame.
struct Fade {
  std::size_t begin = 0;
  double size = 0;
};

Signal noise(Random& random, int channels, std::size_t frames) {
  Signal signal;
  for (int c = 0; c < channels; ++c) signal.push_back(uniform(random, frames));
  return signal;
}

// Runs the signal in blocks of the given lengths, cut once more where a size is set.
Signal play(Effect& effect, const Signal& in, const std::vector<Change>& changes,
            const std::vector<std::size_t>& blocks) {
  Signal out = in;
  std::size_t next_change = 0, next_block = 0;
  for (std::size_t t = 0; t < in[0].size();) {
    std::size_t end = std::min(in[0].size(), t + blocks[next_block++ % blocks.size()]);
    for (; next_change < changes.size() && changes[next_change].at == t; ++next_change)
      effect.set_size(changes[next_change].size);
    if (next_change < changes.size()) end = std::min(end, changes[next_change].at);
    test::process(effect, in, t, end, out);
    t = end;
  }
  return out;
}

class Crossfades {
 public:
  Crossfades(const Model& model, const Signal& in, EffectOptions options) : model_(model), in_(in), options_(options) {
    options_.max_block = in[0].size();
    rate_ = options.sample_rate.value_or(model.sample_rate());
  }

  // The uninterrupted run of a size.
  const Signal& of(double size) {
    for (const auto& [known, signal] : runs_) {
      if (known == size) return signal;
    }
    Effect effect(Network(model_, {.size = size}), options_);
    return runs_.emplace_back(size, play(effect, in_, {}, {in_[0].size()})).second;
  }

  // The largest difference between `heard` and the uninterrupted runs with these crossfades between them.
  double distance(const Signal& heard, double first, const std::vector<Fade>& fades) {
    const auto length = std::size_t(std::lround(0.01 * rate_));
    double largest = 0;
    for (std::size_t c = 0; c < in_.size(); ++c) {
      for (std::size_t t = 0; t < in_[0].size(); ++t) {
        double y = double(of(first)[c][t]);
        for (const Fade& fade : fades) {
          if (t < fade.begin) break;
          const double gain = std::min(1.0, double(t - fade.begin) / double(length));
          y = (1 - gain) * y + gain * double(of(fade.size)[c][t]);
        }
        largest = larger(largest, std::abs(y - double(heard[c][t])));
      }
    }
    return largest;
  }

 private:
  Model model_;
  Signal in_;
  EffectOptions options_;
  double rate_ = 0;
  std::list<std::pair<double, Signal>> runs_;
};

std::size_t receptive_field(const Model& model, double size) {
  return std::size_t(Network(model, {.size = size}).info().receptive_field);
}

// Where a change that was asked for at a frame begins to be heard, for so many frames to settle: its state is copied
// little by little, and it starts where blocks of 64 do.
std::size_t crossfade_after(const Model& model, std::size_t at, double size, std::size_t settling) {
  const Network network(model, {.size = size});
  run::ChannelStreams streams(Network::Access::plan(network), 1);
  streams.begin_reset();
  const std::size_t ready = at + std::size_t(streams.frames_until_ready());
  return (ready + 63) / 64 * 64 + settling;
}

std::size_t crossfade_after(const Model& model, std::size_t at, double size) {
  return crossfade_after(model, at, size, receptive_field(model, size));
}

constexpr std::size_t fade_48k = 480;

}  // namespace

TEST_CASE("a change of size is the crossfade of two uninterrupted runs, after one receptive field") {
  Random random(1);
  const Model model = parse(small_slim(random).dump());
  const Signal in = noise(random, 2, 3000);
  Crossfades expected(model, in, {.channels = 2});
  REQUIRE(expected.distance(expected.of(0), 1, {}) > 0.01);  // the sizes sound different
  for (const auto& [from, to] : {std::pair{1.0, 0.0}, {0.0, 1.0}, {0.4, 0.0}, {0.0, 0.4}}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{777}}) {
      INFO("from " << from << " to " << to << " at " << at);
      Effect effect(Network(model, {.size = from, .all_sizes = true}), {.max_block = 3000, .channels = 2});
      const Signal heard = play(effect, in, {{at, to}}, {3000});
      const std::size_t begin = crossfade_after(model, at, to);
      CHECK(expected.distance(heard, from, {{begin, to}}) <= 1e-6);
      CHECK(expected.distance(heard, from, {{begin + 1, to}}) > 1e-6);
    }
  }
}

TEST_CASE("a change does not depend on how the signal is cut into blocks") {
  Random random(2);
  const Model model = parse(small_slim(random).dump());
  const Signal in = noise(random, 1, 6000);
  const std::vector<Change> changes{{100, 0}, {900, 0.5}, {1000, 1}, {1001, 0.2}, {3500, 1}};
  for (const std::optional<double> rate : Rates{{}, 44100.0}) {
    const Network network(model, {.all_sizes = true});
    Effect whole(network, {.sample_rate = rate, .max_block = 6000});
    const Signal heard = play(whole, in, changes, {6000});
    for (const auto& blocks : std::vector<std::vector<std::size_t>>{{1}, {7}, {64}, {480}, {1, 63, 5, 640, 17, 2}}) {
      INFO("blocks of " << blocks[0] << " at " << rate.value_or(0) << " Hz");
      Effect cut(network, {.sample_rate = rate, .max_block = 640});
      CHECK(play(cut, in, changes, blocks) == heard);
    }
  }
}

TEST_CASE("a size set during a change replaces it before the crossfade, and follows it once that has begun") {
  Random random(3);
  const Model model = parse(small_slim(random).dump());
  const Signal in = noise(random, 1, 5000);
  Crossfades expected(model, in, {});
  const auto check = [&](const std::vector<Change>& changes, const std::vector<Fade>& fades) {
    Effect effect(Network(model, {.all_sizes = true}), {.max_block = 5000});
    CHECK(expected.distance(play(effect, in, changes, {333}), 1, fades) <= 1e-6);
  };
  const auto start = [&](std::size_t from, double size) { return crossfade_after(model, from, size); };
  const std::size_t at = 200, small = start(at, 0), fading = small + 100, faded = small + fade_48k;
  // Before the crossfade: another size, the same once more, the one that is heard.
  for (const std::size_t before : {at + 20, small - 20}) {
    check({{at, 0}, {before, 0.5}}, {{start(before, 0.5), 0.5}});
    check({{at, 0}, {before, 0}}, {{small, 0}});
    check({{at, 0}, {before, 1}}, {});
    check({{at, 0}, {before, 1}, {before, 0}}, {{small, 0}});
    check({{at, 0}, {before, 1}, {before + 1, 0}}, {{start(before + 1, 0), 0}});
  }
  // While it lasts.
  check({{at, 0}, {fading, 0.5}}, {{small, 0}, {start(faded, 0.5), 0.5}});
  check({{at, 0}, {fading, 1}}, {{small, 0}, {start(faded, 1), 1}});
  check({{at, 0}, {fading, 1}, {fading + 50, 0}}, {{small, 0}});
  // At its first and last sample, and after it.
  check({{at, 0}, {small, 0.5}}, {{start(small, 0.5), 0.5}});
  check({{at, 0}, {small + 1, 0.5}}, {{small, 0}, {start(faded, 0.5), 0.5}});
  check({{at, 0}, {faded - 1, 0.5}}, {{small, 0}, {start(faded, 0.5), 0.5}});
  check({{at, 0}, {faded, 0.5}, {3000, 1}}, {{small, 0}, {start(faded, 0.5), 0.5}, {start(3000, 1), 1}});
}

TEST_CASE("at another rate than the model's a change is the same crossfade, at the host's rate") {
  Random random(4);
  const Model model = parse(small_slim(random).dump());
  for (const double rate : {44100.0, 96000.0, 22050.0}) {
    for (const auto& [from, to] : {std::pair{1.0, 0.0}, {0.5, 1.0}}) {
      for (const std::size_t at : {std::size_t{0}, std::size_t{1234}}) {
        INFO("at " << rate << " Hz, from " << from << " to " << to << " at " << at);
        const Signal in = noise(random, 2, 4000);
        const EffectOptions options{.sample_rate = rate, .max_block = 4000, .channels = 2, .output_gain = 0.7};
        Crossfades expected(model, in, options);
        Effect effect(Network(model, {.size = from, .all_sizes = true}), options);
        const Signal heard = play(effect, in, {{at, to}}, {500});
        // It begins once its state is copied, the clocks of both rates have met, the filters are full and the receptive
        // field is heard.
        const auto field = std::size_t(double(receptive_field(model, to)) * rate / 48000);
        std::size_t begin = at + field;
        while (begin < at + field + 900 && expected.distance(heard, from, {{begin, to}}) > 1e-6) ++begin;
        CHECK(begin < at + field + 900);
      }
    }
  }
}

TEST_CASE("a change leads to a model of another kind, and to LSTMs, which read without end") {
  Random random(5);
  const Model model =
      parse(slim_container({{0.3, slim_lstm(random, 3)}, {0.6, small_slim(random)}, {1, slim_lstm(random, 5)}}).dump());
  const Signal in = noise(random, 1, 60000);
  Crossfades expected(model, in, {});
  Effect effect(Network(model, {.size = 0.4, .all_sizes = true}), {.max_block = 60000});
  const Signal heard = play(effect, in, {{1000, 1}, {30000, 0.4}, {32000, 0}}, {1000});
  const std::size_t half_a_second = 24000 + 1;
  CHECK(expected.distance(heard, 0.4,
                          {{crossfade_after(model, 1000, 1, half_a_second), 1},
                           {crossfade_after(model, 30000, 0.4), 0.4},
                           {crossfade_after(model, 32000, 0, half_a_second), 0}}) <= 1e-6);
}

TEST_CASE("a change leads to a long filter, which runs by FFT in partitions that start with it") {
  Random random(8);
  std::vector<float> taps = uniform(random, 3000);
  for (float& tap : taps) tap *= 0.02f;
  const Json filter = {{"version", "0.7.0"},
                       {"architecture", "Linear"},
                       {"sample_rate", 48000},
                       {"config", {{"receptive_field", 3000}, {"bias", false}, {"implementation", "fft"}}},
                       {"weights", taps}};
  const Model model = parse(slim_container({{0.5, filter}, {1, small_slim(random)}}).dump());
  const Signal in = noise(random, 1, 9000);
  Crossfades expected(model, in, {});
  for (const std::size_t at : {std::size_t{1000}, std::size_t{1017}}) {
    Effect effect(Network(model, {.all_sizes = true}), {.max_block = 9000});
    const Signal heard = play(effect, in, {{at, 0}, {6000, 1}}, {77});
    CHECK(expected.distance(heard, 1, {{crossfade_after(model, at, 0), 0}, {crossfade_after(model, 6000, 1), 1}}) <=
          1e-6);
  }
}

TEST_CASE("a change leads to a model with another inside it") {
  Random random(9);
  Json outer = random_film_nam(random, 0, 1);
  outer["config"]["condition_dsp"] = random_film_nam(random, 3, 1);
  const Model model = parse(slim_container({{0.5, outer}, {1, small_slim(random)}}).dump());
  const Signal in = noise(random, 1, 9000);
  Crossfades expected(model, in, {});
  REQUIRE(expected.distance(expected.of(0), 1, {}) > 0.01);
  Effect effect(Network(model, {.all_sizes = true}), {.max_block = 9000});
  const Signal heard = play(effect, in, {{1000, 0}, {4000, 1}, {6000, 0}}, {333});
  CHECK(expected.distance(heard, 1,
                          {{crossfade_after(model, 1000, 0), 0},
                           {crossfade_after(model, 4000, 1), 1},
                           {crossfade_after(model, 6000, 0), 0}}) <= 1e-6);
}

TEST_CASE("a reset ends a change at the size that was set last") {
  Random random(6);
  const Model model = parse(small_slim(random).dump());
  const Signal in = noise(random, 1, 2000);
  for (const std::optional<double> rate : Rates{{}, 44100.0}) {
    for (const std::size_t before : {std::size_t{0}, std::size_t{10}, std::size_t{300}, std::size_t{1900}}) {
      INFO(before << " frames at " << rate.value_or(0) << " Hz");
      const EffectOptions options{.sample_rate = rate, .max_block = 2000};
      Effect effect(Network(model, {.all_sizes = true}), options), fresh(Network(model, {.size = 0}), options);
      Signal head = in;
      head[0].resize(before);
      effect.set_size(0);
      if (before > 0) play(effect, head, {}, {before});
      effect.reset();
      CHECK(play(effect, in, {}, {64}) == play(fresh, in, {}, {64}));
    }
  }
}

TEST_CASE("sizes beyond the range are clipped, and what is no size or has one size changes nothing") {
  Random random(7);
  const Model model = parse(small_slim(random).dump());
  const Signal in = noise(random, 1, 2000);
  const auto heard = [&](const Network& network, double size) {
    Effect effect(network);
    effect.set_size(size);
    return play(effect, in, {}, {500});
  };
  const Network all(model, {.all_sizes = true}), one(model);
  CHECK(heard(all, -3) == heard(all, 0));
  CHECK(heard(all, 7) == heard(all, 1));
  CHECK(heard(all, std::nan("")) == heard(all, 1));
  CHECK(heard(all, 0) != heard(all, 1));
  CHECK(heard(one, 0) == heard(all, 1));
  const Model small = parse(slim_lstm(random, 2).dump());
  CHECK(heard(Network(small, {.size = 0.7, .all_sizes = true}), 0.2) == heard(Network(small), 1));
}
