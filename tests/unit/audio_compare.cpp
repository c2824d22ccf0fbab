// Comparisons of sounds against closed forms.
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "dsp/fft.hpp"

namespace {

using atrous::AudioBuffer;
using atrous::Comparison;

AudioBuffer noise(int channels, std::size_t frames, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  AudioBuffer buffer{.sample_rate = 16000, .channels = channels};
  buffer.samples.resize(frames * std::size_t(channels));
  for (float& sample : buffer.samples) sample = uniform(random);
  return buffer;
}

AudioBuffer scaled(AudioBuffer buffer, float factor) {
  for (float& sample : buffer.samples) sample *= factor;
  return buffer;
}

// |X| of every centred frame, by sums in double precision.
std::vector<double> magnitudes(const std::vector<float>& x, int fft) {
  std::vector<double> result;
  const int size = int(x.size());
  for (int centre = 0; centre <= size; centre += fft / 4) {
    std::vector<double> frame;
    for (int n = 0; n < fft; ++n) {
      int at = centre + n - fft / 2;
      while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
      frame.push_back(double(x[std::size_t(at)]) * std::pow(std::sin(std::numbers::pi * n / fft), 2));
    }
    for (int k = 0; k <= fft / 2; ++k) {
      std::complex<double> sum = 0;
      const std::complex<double> turn = std::polar(1.0, -2 * std::numbers::pi * k / fft);
      std::complex<double> phase = 1;
      for (int n = 0; n < fft; ++n) sum += frame[std::size_t(n)] * phase, phase *= turn;
      result.push_back(std::abs(sum) / (fft / 4.0));  // a full-scale sine is 1
    }
  }
  return result;
}

}  // namespace

TEST_CASE("a sound equals itself") {
  const AudioBuffer sound = noise(2, 5000, 1);
  const Comparison same = atrous::compare(sound, sound);
  CHECK(same.esr == 0);
  CHECK(same.snr_db == std::numeric_limits<double>::infinity());
  CHECK(same.max_abs == 0);
  CHECK(same.frames == 5000);
  CHECK(same.extra_frames == 0);
  CHECK(same.stft_distance == 0);
}

TEST_CASE("a quieter copy is as far away as its level says") {
  const AudioBuffer sound = noise(2, 5000, 2);
  const Comparison quieter = atrous::compare(sound, scaled(sound, 0.75f));
  CHECK(quieter.esr == Approx(0.0625).epsilon(1e-5));
  CHECK(quieter.snr_db == Approx(20 * std::log10(4.0)).epsilon(1e-5));
  const auto abs_less = [](float x, float y) { return std::abs(x) < std::abs(y); };
  const float loudest = *std::max_element(sound.samples.begin(), sound.samples.end(), abs_less);
  CHECK(quieter.max_abs == Approx(0.25 * std::abs(double(loudest))).epsilon(1e-5));
  CHECK(quieter.stft_distance == Approx(0.25 - std::log(0.75)).epsilon(1e-3));
}

TEST_CASE("the STFT distance is its definition, computed directly") {
  const AudioBuffer a = noise(1, 1500, 3), b = noise(1, 1500, 4);
  double expected = 0;
  for (const int fft : {512, 1024, 2048}) {
    const std::vector<double> p = magnitudes(a.samples, fft), q = magnitudes(b.samples, fft);
    double difference = 0, power = 0, logs = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      difference += (p[i] - q[i]) * (p[i] - q[i]), power += p[i] * p[i];
      logs += std::abs(std::log(std::max(p[i], 1e-5)) - std::log(std::max(q[i], 1e-5)));
    }
    expected += (std::sqrt(difference / power) + logs / double(p.size())) / 3;
  }
  CHECK(atrous::compare(a, b).stft_distance == Approx(expected).epsilon(1e-4));
}

TEST_CASE("silence is infinitely far from sound, and equal to itself") {
  const AudioBuffer silence = scaled(noise(1, 100, 5), 0);
  CHECK(atrous::compare(silence, silence).esr == 0);
  CHECK(atrous::compare(silence, noise(1, 100, 5)).esr == std::numeric_limits<double>::infinity());
  CHECK(atrous::compare(silence, noise(1, 100, 5)).snr_db == -std::numeric_limits<double>::infinity());
  CHECK(atrous::compare(noise(1, 100, 5), silence).esr == Approx(1));
}

TEST_CASE("sounds of two lengths are compared as far as both go") {
  const AudioBuffer sound = noise(2, 3000, 6);
  AudioBuffer longer = sound;
  longer.samples.resize(2 * 3100, 0.3f);
  CHECK(atrous::compare(sound, longer).esr == 0);
  CHECK(atrous::compare(sound, longer).extra_frames == 100);
  CHECK(atrous::compare(longer, sound).extra_frames == -100);
  CHECK(atrous::compare(longer, sound).frames == 3000);
}

TEST_CASE("sounds that cannot be compared are refused") {
  const AudioBuffer sound = noise(2, 100, 7);
  AudioBuffer other = sound;
  other.sample_rate = 48000;
  CHECK_THROWS_AS(atrous::compare(sound, other), atrous::Error);
  CHECK_THROWS_AS(atrous::compare(sound, noise(1, 100, 7)), atrous::Error);
  CHECK_THROWS_AS(atrous::compare(sound, noise(2, 0, 7)), atrous::Error);
  other = sound;
  other.samples[33] = NAN;
  CHECK_THROWS_AS(atrous::compare(sound, other), atrous::Error);
  CHECK_THROWS_AS(atrous::compare(other, sound), atrous::Error);
}
