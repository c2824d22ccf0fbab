// Networks that read and make mu-law compressed samples: sound is compressed on the way in, expanded on the way out.
#include <cmath>

#include <atrous/features.hpp>
#include <atrous/generator.hpp>
#include <atrous/score.hpp>

#include "catch.hpp"
#include "features/waveform.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

double compressed(double x) {
  return (x < 0 ? -1 : 1) * std::log(1 + 255 * std::abs(x)) / std::log(256);
}

double expanded(double f) {
  return (f < 0 ? -1 : 1) * (std::pow(256, std::abs(f)) - 1) / 255;
}

// A model whose frames are samples, of μ 255, and the same without compression.
struct Pair {
  explicit Pair(unsigned seed, model::Output output = {model::OutputKind::gaussian, 2, 1, 65536, -7}) {
    Random random(seed);
    model::ModelData data = small_hearing_model({}, 3, output.channels, random);
    data.config.wavenet.output = output;
    plain = data;
    data.config.waveform.mulaw = 255;
    mulaw = data;
    features = uniform(random, 3 * 300);
  }

  std::vector<float> sound(const model::ModelData& data, std::span<const float> prime = {}) const {
    const Network network(as_model(data));
    Generator generator(network, {.seed = 3, .temperature = 0.1});
    generator.append_features(features);
    generator.finish();
    REQUIRE(generator.prime(prime) == prime.size());
    std::vector<float> made(300 - prime.size());
    REQUIRE(generator.fill(made) == made.size());
    return made;
  }

  model::ModelData plain, mulaw;
  std::vector<float> features;
};

}  // namespace

TEST_CASE("mu-law compression comes after gain and pre-emphasis, and is undone first") {
  const model::Waveform waveform{.gain = 0.5, .preemphasis = 0.85, .mulaw = 255};
  Random random(1);
  const std::vector<float> audio = uniform(random, 500);
  const std::vector<float> shaped = features::shape(waveform, 16000, audio);
  for (std::size_t t = 0; t < audio.size(); ++t) {
    const double before = t == 0 ? 0 : 0.5 * double(audio[t - 1]);
    REQUIRE(double(shaped[t]) == Approx(compressed(0.5 * double(audio[t]) - 0.85 * before)).margin(1e-6));
  }
  std::vector<float> back = shaped;
  features::WaveformUndo(waveform).process(back);
  for (std::size_t t = 0; t < audio.size(); ++t) REQUIRE(std::abs(back[t] - audio[t]) < 1e-5f);
  const std::vector<float> heard = features::shape(features::uncompressed(waveform), 16000, audio);
  CHECK(heard == features::shape({.gain = 0.5, .preemphasis = 0.85}, 16000, audio));
}

TEST_CASE("a mu-law generator's sound is the expansion of what its network makes") {
  for (const model::Output& output :
       {model::Output{model::OutputKind::gaussian, 2}, model::Output{model::OutputKind::logistic_mixture, 6}}) {
    const Pair pair(2, output);
    const std::vector<float> plain = pair.sound(pair.plain), sound = pair.sound(pair.mulaw);
    for (std::size_t t = 0; t < sound.size(); ++t) {
      REQUIRE(double(sound[t]) == Approx(expanded(double(plain[t]))).margin(1e-6));
    }
    CHECK(*std::max_element(plain.begin(), plain.end()) > *std::min_element(plain.begin(), plain.end()) + 0.1f);
  }
}

TEST_CASE("a mu-law generator goes on from sound as if it had made it") {
  const Pair pair(4);
  const std::vector<float> sound = pair.sound(pair.mulaw);
  for (const std::size_t heard : {1u, 70u, 200u}) {
    const std::vector<float> rest = pair.sound(pair.mulaw, std::span(sound).first(heard));
    for (std::size_t t = 0; t < rest.size(); ++t) REQUIRE(std::abs(rest[t] - sound[heard + t]) < 1e-4f);
  }
}

TEST_CASE("a mu-law model scores sound as its network scores the compressed sound") {
  for (const model::Output& output :
       {model::Output{model::OutputKind::gaussian, 2}, model::Output{model::OutputKind::logistic_mixture, 6, 1, 256}}) {
    const Pair pair(5, output);
    Random random(6);
    const std::vector<float> audio = uniform(random, 300);
    TeacherForcing as_sound = teacher_forcing(as_model(pair.mulaw), audio);
    TeacherForcing as_samples;
    for (const float x : audio) as_samples.signal.push_back(float(compressed(double(x))));
    for (std::size_t t = 0; t < audio.size(); ++t) {
      REQUIRE(as_sound.signal[t] == Approx(as_samples.signal[t]).margin(1e-6));
    }
    as_sound.features = as_samples.features = pair.features;
    const Network mulaw(as_model(pair.mulaw)), plain(as_model(pair.plain));
    CHECK(score(mulaw, as_sound).nll_nats == Approx(score(plain, as_samples).nll_nats).epsilon(1e-4));
    TeacherForcing raw = as_samples;
    raw.signal = audio;
    CHECK(std::abs(score(plain, raw).nll_nats - score(plain, as_samples).nll_nats) > 1e-3);
  }
}
