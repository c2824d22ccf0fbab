// An effect over channels and at other rates than its model's.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <span>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

// A `.nam` whose output is its input: a Linear model of one tap.
Model wire(double rate) {
  return parse(Json{
      {"version", "0.7.0"},
      {"architecture", "Linear"},
      {"sample_rate", rate},
      {"config", {{"receptive_field", 1}, {"bias", false}}},
      {"weights",
       {1.0}}}.dump());
}

std::vector<float> sine(double hz, double rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t t = 0; t < count; ++t) {
    samples[t] = float(0.5 * std::sin(2 * std::numbers::pi * hz * double(t) / rate));
  }
  return samples;
}

std::vector<float> run(Effect& effect, const std::vector<float>& in, std::size_t block) {
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += block) {
    effect.process(std::span(in).subspan(t), std::span(out).subspan(t, std::min(block, in.size() - t)));
  }
  return out;
}

}  // namespace

TEST_CASE("at any host rate a sound comes through after the latency that the effect states") {
  for (const double model_rate : {44100.0, 48000.0}) {
    const Network network(wire(model_rate));
    for (const double rate : {22050.0, 44100.0, 48000.0, 88200.0, 96000.0, 192000.0}) {
      INFO("model " << model_rate << " Hz, host " << rate << " Hz");
      Effect effect(network, {.sample_rate = rate, .max_block = 512});
      const std::vector<float> in = sine(200, rate, 20000), out = run(effect, in, 512);
      const std::size_t latency = effect.latency();
      CHECK((latency == 0) == (rate == model_rate));
      CHECK(std::lround(effect.exact_latency()) == long(latency));
      double error = 0, signal = 0;
      for (std::size_t t = latency + 5000; t < in.size(); ++t) {
        const double difference = double(out[t]) - double(in[t - latency]);
        error += difference * difference;
        signal += double(in[t]) * double(in[t]);
      }
      CHECK(error < 0.001 * signal);  // the latency is a whole number, the delay is not quite: up to half a sample
    }
  }
}

TEST_CASE("the latency in fractions is the delay of every frequency") {
  for (const double model_rate : {44100.0, 48000.0, 96000.0}) {
    const Network network(wire(model_rate));
    for (const double rate : {22050.0, 32000.0, 44100.0, 48000.0, 88200.0, 96000.0, 192000.0}) {
      for (const double hz : {200.0, 3000.0, 8000.0}) {
        INFO("model " << model_rate << " Hz, host " << rate << " Hz, sine of " << hz << " Hz");
        Effect effect(network, {.sample_rate = rate, .max_block = 512});
        const std::vector<float> out = run(effect, sine(hz, rate, 20000), 512);
        double error = 0, signal = 0;
        for (std::size_t t = 5000; t < out.size(); ++t) {
          const double wanted = 0.5 * std::sin(2 * std::numbers::pi * hz * (double(t) - effect.exact_latency()) / rate);
          error += std::pow(double(out[t]) - wanted, 2);
          signal += wanted * wanted;
        }
        CHECK(10 * std::log10(error / signal + 1e-30) < -60);
      }
    }
  }
}

TEST_CASE("an effect at another rate gives the same in blocks of any size, and again after a reset") {
  const Network network(wire(48000));
  const std::vector<float> in = sine(440, 44100, 3000);
  Effect whole(network, {.sample_rate = 44100, .max_block = 3000}),
      cut(network, {.sample_rate = 44100, .max_block = 64});
  const std::vector<float> out = run(whole, in, 3000);
  CHECK(run(cut, in, 64) == out);
  cut.reset();
  CHECK(run(cut, in, 7) == out);
}

TEST_CASE("more frames than max_block run in pieces, to the same bits, in place too") {
  Random random(3);
  for (const std::optional<double> rate : Rates{{}, 44100}) {
    const Network network(Model::load(ATROUS_SOURCE_DIR "/models/amp.nam"));
    Effect whole(network, {.sample_rate = rate, .max_block = 3000, .channels = 2});
    const std::vector<float> left = uniform(random, 3000), right = uniform(random, 3000);
    std::vector<float> wanted_left = left, wanted_right = right;
    const std::vector<float*> wanted = {wanted_left.data(), wanted_right.data()};
    whole.process(wanted, wanted, 3000);
    for (const std::size_t block : {1, 64, 1000, 2999}) {
      Effect cut(network, {.sample_rate = rate, .max_block = block, .channels = 2});
      std::vector<float> made_left = left, made_right = right;
      const std::vector<float*> made = {made_left.data(), made_right.data()};
      cut.process(made, made, 3000);
      CHECK(made_left == wanted_left);
      CHECK(made_right == wanted_right);
    }
  }
}

TEST_CASE("channels that a host forgets are silence, and nothing is written where there is no room") {
  Random random(4);
  const Network network(wire(48000));
  const std::vector<float> in = uniform(random, 300), zeros(300);
  std::vector<float> a(300, 7.0f), b(300, 7.0f), c(300, 7.0f);
  const float* const heard[] = {in.data(), nullptr};
  float* const made[] = {a.data(), b.data(), c.data()};

  Effect stereo(network, {.max_block = 100, .channels = 2});
  stereo.process(heard, made, 300);  // a null pointer among the inputs, a row too many among the outputs
  CHECK(a == in);
  CHECK(b == zeros);
  CHECK(c == zeros);
  stereo.process(std::span(heard).first(1), std::span(made).first(2), 300);
  CHECK(a == in);
  CHECK(b == zeros);
  float* const second[] = {nullptr, b.data()};
  stereo.process(std::span(heard).first(1), second, 300);
  stereo.process({}, {}, 300);
  stereo.process(heard, made, 0);
  CHECK(b == zeros);

  Effect mono(network);
  std::fill(a.begin(), a.end(), 7.0f);
  mono.process(std::span(in).first(200), a);  // a third of the input is missing
  CHECK(std::equal(a.begin(), a.begin() + 200, in.begin()));
  CHECK(std::equal(a.begin() + 200, a.end(), zeros.begin()));
  mono.process(in, std::span(b).first(10));
  CHECK(b[9] == in[9]);
  CHECK(b[10] == 0);
  mono.process({}, {});
}

TEST_CASE("every channel runs as if it were alone, and gains stand before and after") {
  Random random(1);
  const Network network(wire(48000));
  const std::vector<float> left = uniform(random, 500), right = uniform(random, 500);
  std::vector<float> out_left(500), out_right(500);
  Effect stereo(network, {.max_block = 500, .channels = 2, .input_gain = 0.5, .output_gain = 4});
  const float* in[] = {left.data(), right.data()};
  float* out[] = {out_left.data(), out_right.data()};
  stereo.process(in, out, 500);
  for (std::size_t t = 0; t < 500; ++t) {
    REQUIRE(out_left[t] == 2 * left[t]);
    REQUIRE(out_right[t] == 2 * right[t]);
  }
}

TEST_CASE("an effect refuses options out of range, and models that generate") {
  const Network network(wire(48000));
  CHECK_THROWS_AS(Effect(network, {.max_block = 0}), Error);
  CHECK_THROWS_AS(Effect(network, {.channels = 0}), Error);
  CHECK_THROWS_AS(Effect(network, {.channels = 65}), Error);
  CHECK_THROWS_AS(Effect(network, {.max_block = (1 << 20) + 1}), Error);
  CHECK_THROWS_AS(Effect(network, {.sample_rate = -1}), Error);
  CHECK_THROWS_AS(Effect(network, {.sample_rate = 0}), Error);
  CHECK_THROWS_AS(Effect(network, {.sample_rate = std::nan("")}), Error);
  CHECK_THROWS_AS(Effect(network, {.input_gain = std::nan("")}), Error);
  Random random(2);
  CHECK_THROWS_AS(Effect(Network(as_model(random_generator(random)))), Error);
}

TEST_CASE("an effect of many channels may not remember gigabytes") {
  Random random(7);
  model::ModelData data;
  data.name = "long";
  data.architecture = "WaveNet";
  model::Stack& stack = data.config.wavenet.stacks.emplace_back();
  stack.input = {1, 16, 1, 1, 1, true};
  model::Layer& layer = stack.layers.emplace_back();
  layer.conv = {16, 1, 2, 1 << 17, 1, true};
  data.config.wavenet.output.channels = 1;
  fill_tensors(data, random);
  const Network network(as_model(data));
  CHECK_NOTHROW(Effect(network, {.channels = 2}));
  CHECK_THROWS_WITH(Effect(network, {.channels = 64}),
                    ContainsSubstring("long: channels: 64 of a model that remembers"));
}
