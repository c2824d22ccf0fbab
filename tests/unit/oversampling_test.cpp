// Oversampling: aliases drop, what is no distortion stays as it was, 64 samples later, or as loud as it was.
#include <algorithm>
#include <atrous/effect.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>
#include <cmath>
#include <complex>
#include <numbers>

#include "catch.hpp"
#include "chain_files.hpp"
#include "difference.hpp"
#include "dsp/oversampling_filter.hpp"
#include "rendering.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr double rate = 48000;
constexpr int delay = 64;  // with linear phase
constexpr FilterPhase phases[] = {FilterPhase::linear, FilterPhase::minimum};

std::vector<float> sine(double hz, std::size_t frames, double amplitude = 1) {
  std::vector<float> samples(frames);
  for (std::size_t t = 0; t < frames; ++t) {
    samples[t] = float(amplitude * std::sin(2 * std::numbers::pi * hz * double(t) / rate));
  }
  return samples;
}

Model dense(double weight, const char* activation) {
  Json layer = layer_of("dense", 1, {{{weight}}, {0.0}});
  layer["activation"] = activation;
  const Json file = {{"in_shape", {nullptr, nullptr, 1}}, {"samplerate", rate}, {"layers", {layer}}};
  return parse(file.dump());
}

std::vector<float> play(const Model& model, const std::vector<float>& in, EffectOptions options,
                        std::size_t block = 100) {
  Effect effect(Network(model), options);
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += block) {
    const std::size_t frames = std::min(block, in.size() - t);
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
  }
  return out;
}

// The power at a frequency, over the last 960 samples: whole numbers of kHz fit in.
double power(const std::vector<float>& samples, double hz) {
  double re = 0, im = 0;
  for (int t = 0; t < 960; ++t) {
    const double x = double(samples[samples.size() - 960 + std::size_t(t)]);
    re += x * std::cos(2 * std::numbers::pi * hz * t / rate);
    im += x * std::sin(2 * std::numbers::pi * hz * t / rate);
  }
  return (re * re + im * im) / (480.0 * 480.0);
}

// Of what a 5 kHz sine became, how much stands below 20 kHz and at none of its harmonics, against the sine; dB.
double aliases(const std::vector<float>& samples) {
  double sum = 0;
  for (int khz = 1; khz < 20; ++khz) {
    if (khz % 5 != 0) sum += power(samples, 1000.0 * khz);
  }
  return 10 * std::log10(sum / power(samples, 5000));
}

}  // namespace

TEST_CASE("the aliases of a 5 kHz sine through a high gain drop") {
  const Model model = dense(20, "tanh");
  const std::vector<float> in = sine(5000, 4800);
  const double plain = aliases(play(model, in, {}));
  INFO("aliases without oversampling " << plain << " dB");
  CHECK(plain > -20);
  const double wanted[] = {-22, -35, -60};  // -22.9, -35.7 and -61.6 dB measured, with either phase
  for (const FilterPhase phase : phases) {
    double before = plain;
    for (const int n : {2, 4, 8}) {
      const double now = aliases(play(model, in, {.oversample = n, .oversample_phase = phase}));
      INFO("oversampled by " << n << ", " << filter_phase_name(phase) << " phase: " << now << " dB");
      CHECK(now < before - 5);
      CHECK(now < wanted[n / 4]);
      before = now;
    }
  }
}

TEST_CASE("oversampling delays what is not distorted by 64 samples, flat to 0.45 of the rate") {
  const Model model = dense(0.5, "");
  for (const int n : {2, 4, 8}) {
    Effect effect(Network(model), {.oversample = n});
    CHECK(effect.latency() == delay);
    for (const double hz : {20.0, 1000.0, 5000.0, 10000.0, 15000.0, 20000.0, 21600.0}) {
      INFO("oversampled by " << n << ", " << hz << " Hz");
      const std::vector<float> in = sine(hz, 2000), out = play(model, in, {.oversample = n});
      double largest = 0;
      for (std::size_t t = 200; t < in.size(); ++t) {
        largest = larger(largest, std::abs(double(out[t] - 0.5f * in[t - delay])));
      }
      CHECK(largest < 2e-5);
    }
  }
}

TEST_CASE("with minimum phase magnitudes are those with linear phase, in the passband and in the stopband") {
  for (const int n : {2, 4, 8}) {
    const dsp::OversamplingFilter linear(n, false), minimum(n, true);
    const auto magnitude = [n](const dsp::OversamplingFilter& filter, double rates) {  // at so many rates
      const bool delays = filter.phases[0].empty();
      std::complex<double> sum = delays ? std::polar(1.0, -2 * std::numbers::pi * rates * delay / 2) : 0;
      for (std::size_t p = 0; p < filter.phases.size(); ++p) {
        for (std::size_t k = 0; k < filter.phases[p].size(); ++k) {
          const double late = double(dsp::OversamplingFilter::taps - 1 - k) + double(p) / n;
          sum += double(filter.phases[p][k]) * std::polar(1.0, -2 * std::numbers::pi * rates * late);
        }
      }
      return std::abs(sum) / n;
    };
    double passband = 0, linear_stopband = 0, minimum_stopband = 0;
    for (double rates = 0; rates < 0.45; rates += 0.001) {
      passband = larger(passband, std::abs(magnitude(minimum, rates) - magnitude(linear, rates)));
    }
    for (double rates = 0.55; rates < n / 2.0; rates += 0.001) {
      linear_stopband = larger(linear_stopband, magnitude(linear, rates));
      minimum_stopband = larger(minimum_stopband, magnitude(minimum, rates));
    }
    INFO("oversampled by " << n);
    CHECK(passband < 7e-8);  // 3.2e-8 measured
    CHECK(linear_stopband < 1.3e-5);
    CHECK(minimum_stopband < 1.3e-5);  // 1.2e-5 of both measured: -98 dB
  }
}

TEST_CASE("with minimum phase low frequencies are late by the exact latency, and nothing sounds before") {
  const Model model = dense(0.5, "");
  for (const int n : {2, 4, 8}) {
    const EffectOptions options{.oversample = n, .oversample_phase = FilterPhase::minimum};
    Effect effect(Network(model), options);
    const double late = effect.exact_latency();
    INFO("oversampled by " << n << ": " << late << " samples");
    CHECK((late > 3.5 && late < 4.9));
    CHECK(effect.latency() == std::size_t(std::lround(late)));
    for (const double hz : {100.0, 1000.0}) {
      const std::vector<float> out = play(model, sine(hz, 2000), options);
      double largest = 0;
      for (std::size_t t = 200; t < out.size(); ++t) {
        const double wanted = 0.5 * std::sin(2 * std::numbers::pi * hz * (double(t) - late) / rate);
        largest = larger(largest, std::abs(double(out[t]) - wanted));
      }
      CHECK(largest < (hz < 500 ? 5e-6 : 4e-4));  // 1.4e-6 and 1.6e-4 measured
    }
    for (const double hz : {50.0, 5000.0, 15000.0, 20000.0, 21000.0}) {
      CHECK(std::sqrt(power(play(model, sine(hz, 4800), options), hz)) == Approx(0.5).epsilon(2e-5));
    }
    std::vector<float> click(200);
    click[100] = 1;
    const std::vector<float> out = play(model, click, options);
    CHECK(std::all_of(out.begin(), out.begin() + 100, [](float x) { return x == 0; }));
    CHECK(std::max_element(out.begin(), out.end()) - out.begin() < 108);
  }
}

TEST_CASE("an oversampled model remembers as long as before: convolutions, cells, filters, knobs and all sizes") {
  Random random(71);
  const std::vector<float> taps = uniform(random, 500);
  SlimNam slim(random);
  slim.arrays = {SlimArray{}};
  slim.arrays[0].allowed_channels = {2, 6};
  for (const Model& model : {Model::from_taps(taps, rate), parse(slim.full().dump()),
                             parse(random_guitarml_recurrent(random, 2, 6, 1, true).dump()).at_sample_rate(rate)}) {
    INFO(model.architecture());
    const std::vector<float> in = sine(300, 3000, 0.02);  // of little distortion
    const std::vector<float> plain = play(model, in, {});
    for (const int n : {2, 8}) {
      const std::vector<float> out = play(model, in, {.oversample = n});
      CHECK(error_to_signal(std::vector<float>(out.begin() + 1000, out.end()),
                            std::vector<float>(plain.begin() + 1000 - delay, plain.end() - delay)) < 1e-6);
    }
  }
}

TEST_CASE("an oversampled effect gives the same bits in any blocks, at rest, at other rates, on several channels") {
  Random random(72);
  const Network network(parse(small_slim(random).dump()), {.all_sizes = true});
  std::vector<float> sound = uniform(random, 20000);
  std::fill(sound.begin() + 3000, sound.begin() + 18000, 0.0f);
  for (const auto& [host, phase] :
       std::vector<std::pair<std::optional<double>, FilterPhase>>{{{}, FilterPhase::linear},
                                                                  {{}, FilterPhase::minimum},
                                                                  {44100.0, FilterPhase::minimum},
                                                                  {96000.0, FilterPhase::linear}}) {
    const auto played = [&, host = host, phase = phase](bool rest, std::size_t block, bool change) {
      Effect effect(network,
                    {.sample_rate = host, .channels = 2, .rest = rest, .oversample = 4, .oversample_phase = phase});
      if (change) effect.set_size(0);
      std::vector<float> left = sound, right(sound.rbegin(), sound.rend());
      for (std::size_t t = 0; t < sound.size(); t += block) {
        const std::vector<float*> rows = {left.data() + t, right.data() + t};
        effect.process(std::vector<const float*>(rows.begin(), rows.end()), rows, std::min(block, sound.size() - t));
      }
      left.insert(left.end(), right.begin(), right.end());
      return left;
    };
    const std::vector<float> whole = played(false, 2000, false);
    for (const std::size_t block : {1, 64, 777}) CHECK(played(true, block, false) == whole);
    CHECK(played(true, 100, true) == played(false, 2000, true));
  }
}

TEST_CASE("a reset of an oversampled effect leaves nothing, and it starts without a click") {
  Random random(73);
  const Network network(parse(small_slim(random).dump()));
  for (const FilterPhase phase : phases) {
    Effect effect(network, {.oversample = 2, .oversample_phase = phase});
    const std::vector<float> in = uniform(random, 1000);
    std::vector<float> first(1000), again(1000), silence(500), still(500);
    effect.process(in, first);
    effect.reset();
    effect.process(in, again);
    CHECK(first == again);
    effect.reset();
    effect.process(silence, still);
    for (const float x : still) CHECK(std::abs(x - still.back()) <= 2e-6f * std::abs(still.back()));
  }
}

TEST_CASE("offline an oversampled effect is in time") {
  const Network network(dense(0.5, ""));
  const std::vector<float> in = sine(1000, 3000);
  for (const double sound_rate : {48000.0, 44100.0}) {
    for (const FilterPhase phase : phases) {
      EffectRenderer renderer(network, {.sample_rate = sound_rate, .oversample = 4, .oversample_phase = phase});
      std::vector<float> out;
      renderer.process(std::span(in).first(1234), out);
      renderer.process(std::span(in).subspan(1234), out);
      renderer.finish(out);
      REQUIRE(out.size() == in.size());
      double largest = 0;
      for (std::size_t t = 300; t + 300 < in.size(); ++t) {
        largest = larger(largest, std::abs(double(out[t] - 0.5f * in[t])));
      }
      // With minimum phase to half a sample.
      CHECK(largest < (phase == FilterPhase::linear ? 1e-4 : 0.5 * std::numbers::pi * 1000 / rate + 1e-3));
    }
  }
}

TEST_CASE("factors of oversampling that there are not are refused") {
  const Network network(dense(1, ""));
  for (const int n : {0, 3, -2, 16}) CHECK_THROWS_AS(Effect(network, {.oversample = n}), Error);
  for (const FilterPhase phase : phases) CHECK(filter_phase_from_name(filter_phase_name(phase)) == phase);
  CHECK_THROWS_WITH(filter_phase_from_name("Linear"),
                    "there is no filter phase \"Linear\", expected linear or minimum");
}
