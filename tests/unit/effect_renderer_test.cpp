// An effect over a sound of any rate, offline: in time, of the same length, however it is cut.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect_renderer.hpp>
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

const double all_rates[] = {22050, 32000, 44100, 48000, 88200, 96000, 192000};
const double model_rates[] = {44100, 48000, 96000};

// Sines spread up to `highest` Hz, with phases of their own; they start at once, and end as they are.
std::vector<float> sines(double highest, double rate, std::size_t frames) {
  constexpr int count = 60;
  std::vector<double> sum(frames);
  for (int i = 1; i <= count; ++i) {
    const double w = 2 * std::numbers::pi * highest * i / count / rate;
    for (std::size_t t = 0; t < frames; ++t) sum[t] += 0.02 * std::sin(w * double(t) + 1.7 * i * i);
  }
  return {sum.begin(), sum.end()};
}

std::vector<float> render(EffectRenderer& renderer, std::span<const float> in, std::size_t piece) {
  std::vector<float> out;
  for (std::size_t at = 0; at < in.size(); at += piece) {
    renderer.process(in.subspan(at, std::min(piece, in.size() - at)), out);
  }
  renderer.finish(out);
  return out;
}

// 10 log10 of Σ(out - wanted)² / Σ wanted² over [from, to)
double error_db(const std::vector<float>& out, const std::vector<float>& wanted, std::size_t from, std::size_t to) {
  double error = 0, signal = 0;
  for (std::size_t t = from; t < to; ++t) {
    error += std::pow(double(out[t]) - double(wanted[t]), 2);
    signal += std::pow(double(wanted[t]), 2);
  }
  return 10 * std::log10(error / signal + 1e-30);
}

}  // namespace

TEST_CASE("at any rate a sound comes through in time: what goes in nulls what comes out") {
  for (const double model_rate : model_rates) {
    const Network network(wire(model_rate));
    for (const double rate : all_rates) {
      INFO("model " << model_rate << " Hz, sound " << rate << " Hz");
      const std::vector<float> in = sines(std::min({18000.0, 0.45 * rate, 0.45 * model_rate}), rate, 20000);
      EffectRenderer renderer(network, {.sample_rate = rate, .max_block = 512});
      const std::vector<float> out = render(renderer, in, 1000);
      REQUIRE(out.size() == in.size());
      // The first and the last frames start and end at once, which no band holds.
      CHECK(error_db(out, in, 2000, 18000) < -140);
      if (rate == model_rate) CHECK(out == in);
    }
  }
}

TEST_CASE("a sound is what offline resampling there, the effect and resampling back make of it") {
  for (const double rate : {22050.0, 44100.0, 48000.0, 96000.0}) {
    INFO(rate << " Hz");
    const Network network(Model::load(ATROUS_SOURCE_DIR "/models/amp.nam"));
    const double model_rate = network.info().sample_rate;
    std::vector<float> in = sines(0.4 * std::min(rate, model_rate), rate, 9000);
    for (std::size_t t = 7000; t < in.size(); ++t) in[t] = 0;
    std::vector<float> inner = resample(in, rate, model_rate);
    Effect effect(network, {.max_block = 1 << 15});
    effect.process(inner, inner);
    const std::vector<float> wanted = resample(inner, model_rate, rate);
    EffectRenderer renderer(network, {.sample_rate = rate});
    const std::vector<float> out = render(renderer, in, 1000);
    REQUIRE(out.size() == in.size());
    CHECK(std::equal(out.begin(), out.begin() + 8000, wanted.begin()));
  }
}

TEST_CASE("cuts and block sizes change nothing, and what follows the end is another sound") {
  const Network network(wire(48000));
  const std::vector<float> left = sines(9000, 44100, 20000), right = sines(5000, 44100, 20000);
  std::vector<float> in;
  for (std::size_t t = 0; t < left.size(); ++t) in.insert(in.end(), {left[t], right[t]});
  EffectRenderer whole(network, {.sample_rate = 44100, .channels = 2}),
      cut(network, {.sample_rate = 44100, .max_block = 33, .channels = 2});
  const std::vector<float> out = render(whole, in, in.size());
  REQUIRE(out.size() == in.size());
  for (const std::size_t piece : {2, 666, 10000}) CHECK(render(cut, in, piece) == out);
  EffectRenderer alone(network, {.sample_rate = 44100});
  const std::vector<float> one = render(alone, right, 500);
  for (std::size_t t = 0; t < one.size(); ++t) REQUIRE(one[t] == out[2 * t + 1]);
}

TEST_CASE("as many frames come out as go in, of any length and odd rates") {
  for (const double model_rate : {100.0, 44100.0, 47999.5, 192000.0}) {
    const Network network(wire(model_rate));
    for (const double rate : {1000.0, 8000.0, 11025.0, 44101.0}) {
      EffectRenderer renderer(network, {.sample_rate = rate});
      for (const std::size_t frames : {0, 1, 2, 7, 1234}) {
        INFO("model " << model_rate << " Hz, sound " << rate << " Hz, frames " << frames);
        CHECK(render(renderer, std::vector<float>(frames, 0.1f), 100).size() == frames);
      }
    }
  }
}

TEST_CASE("NaN and Inf in a sound are silence, and nothing beside them") {
  const Network network(wire(48000));
  std::vector<float> in = sines(9000, 44100, 5000), clean = in;
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    in[2000] = bad, clean[2000] = 0;
    EffectRenderer renderer(network, {.sample_rate = 44100});
    const std::vector<float> out = render(renderer, in, 1000);
    CHECK(out == render(renderer, clean, 1000));
  }
}

TEST_CASE("a renderer refuses what an effect and a resampler refuse, and parts of frames") {
  const Network network(wire(48000));
  for (const double bad : {-1.0, 0.5, 1e8, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_AS(EffectRenderer(network, {.sample_rate = bad}), Error);
  }
  CHECK_THROWS_AS(EffectRenderer(network, {.channels = 0}), Error);
  CHECK_THROWS_AS(EffectRenderer(network, {.max_block = 0}), Error);
  EffectRenderer stereo(network, {.channels = 2});
  std::vector<float> out;
  CHECK_THROWS_AS(stereo.process(std::vector<float>(3), out), Error);
}
