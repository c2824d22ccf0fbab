// Offline resampling, and the channels of a sound.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <span>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"

namespace {

std::vector<float> sine(std::size_t size, double hz, double rate) {
  std::vector<float> values(size);
  for (std::size_t n = 0; n < size; ++n) {
    values[n] = float(0.7 * std::sin(2 * std::numbers::pi * hz * double(n) / rate + 0.3));
  }
  return values;
}

}  // namespace

TEST_CASE("a resampled sine is the sine at the other rate, without delay, to 100 dB") {
  for (const double from : {8000.0, 16000.0, 22050.0, 44100.0, 48000.0, 96000.0}) {
    for (const double to : {16000.0, 44100.0, 48000.0, 47999.5}) {
      const std::vector<float> out = atrous::resample(sine(std::size_t(from), 1000, from), from, to);
      REQUIRE(out.size() == std::size_t(std::llround(std::floor(from) * to / from)));
      const std::vector<float> expected = sine(out.size(), 1000, to);
      double error = 0, power = 0;
      for (std::size_t n = out.size() / 4; n < out.size() * 3 / 4; ++n) {
        error += std::pow(double(out[n]) - double(expected[n]), 2), power += std::pow(double(expected[n]), 2);
      }
      CHECK(10 * std::log10(power / (error + 1e-30)) > 100);
    }
  }
}

TEST_CASE("lengths are rounded, and the same rate is a copy") {
  CHECK(atrous::resample(std::vector<float>(100), 48000, 44100).size() == 92);
  CHECK(atrous::resample(std::vector<float>(1), 48000, 44100).size() == 1);
  CHECK(atrous::resample(std::vector<float>(1), 48000, 8000).empty());
  CHECK(atrous::resample(std::vector<float>{}, 48000, 44100).empty());
  const std::vector<float> values = sine(50, 300, 8000);
  CHECK(atrous::resample(values, 8000, 8000) == values);
}

TEST_CASE("rates out of range are refused") {
  const std::vector<float> values(10);
  for (const double bad : {0.0, -8000.0, 1e8, 2.0, double(NAN), double(INFINITY)}) {
    CHECK_THROWS_AS(atrous::resample(values, bad, 48000), atrous::Error);
    CHECK_THROWS_AS(atrous::resample(values, 48000, bad), atrous::Error);
  }
}

TEST_CASE("a sound in pieces is resampled to the same bits as the whole, with as many frames") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 0.3f);
  for (const double from : {8000.0, 22050.0, 44100.0, 48000.0, 47999.5, 192000.0}) {
    for (const double to : {16000.0, 44100.0, 48000.0, 96000.0}) {
      INFO(from << " Hz to " << to << " Hz");
      std::vector<float> left(30011), right(30011), both;
      for (std::size_t n = 0; n < left.size(); ++n) {
        left[n] = normal(random), right[n] = normal(random);
        both.insert(both.end(), {left[n], right[n]});
      }
      atrous::AudioBuffer out{.sample_rate = to, .channels = 2};
      atrous::StreamResampler resampler(from, to, 2);
      for (const int most : {1, 700, 20000}) {  // what follows the end is another sound
        out.samples.clear();
        std::uniform_int_distribution<std::size_t> sizes(0, std::size_t(most));
        for (std::size_t at = 0; at < left.size();) {
          const std::size_t frames = std::min(sizes(random), left.size() - at);
          resampler.process(std::span(both).subspan(2 * at, 2 * frames), out.samples);
          at += frames;
        }
        resampler.finish(out.samples);
        REQUIRE(out.frames() == std::size_t(std::llround(30011 * to / from)));
        CHECK(atrous::channel_of(out, 0) == atrous::resample(left, from, to));
        CHECK(atrous::channel_of(out, 1) == atrous::resample(right, from, to));
      }
    }
  }
}

TEST_CASE("frames come out while the sound goes in, as many behind as the filter looks ahead") {
  for (const double from : {44100.0, 48000.0, 96000.0}) {
    atrous::StreamResampler resampler(from, 88200, 1);
    std::vector<float> out;
    std::size_t made = 0, most = 0;
    for (int block = 1; block <= 200; ++block) {
      resampler.process(std::vector<float>(1000, 0.1f), out);
      made += out.size();
      most = std::max(most, std::size_t(std::llround(1000.0 * block * 88200 / from)) - made);
      out.clear();
    }
    CHECK(most < 8192);
    resampler.finish(out);
    CHECK(made + out.size() == std::size_t(std::llround(200000.0 * 88200 / from)));
    resampler.finish(out);  // an empty sound
    CHECK(made + out.size() == std::size_t(std::llround(200000.0 * 88200 / from)));
  }
}

TEST_CASE("a stream of resampled sound takes whole frames and 1 to 256 channels") {
  std::vector<float> out;
  atrous::StreamResampler stereo(48000, 44100, 2);
  CHECK_THROWS_AS(stereo.process(std::vector<float>(3), out), atrous::Error);
  CHECK_THROWS_AS(atrous::StreamResampler(48000, 44100, 0), atrous::Error);
  CHECK_THROWS_AS(atrous::StreamResampler(48000, 44100, 257), atrous::Error);
  CHECK_THROWS_AS(atrous::StreamResampler(48000, 0, 1), atrous::Error);
}

TEST_CASE("the channels of a sound are resampled alone, taken out and mixed") {
  atrous::AudioBuffer sound{.sample_rate = 8000, .channels = 2};
  const std::vector<float> left = sine(800, 300, 8000), right = sine(800, 700, 8000);
  for (std::size_t n = 0; n < left.size(); ++n) sound.samples.insert(sound.samples.end(), {left[n], right[n]});
  CHECK(atrous::channel_of(sound, 0) == left);
  CHECK(atrous::channel_of(sound, 1) == right);
  CHECK_THROWS_AS(atrous::channel_of(sound, 2), atrous::Error);
  CHECK_THROWS_AS(atrous::channel_of(sound, -1), atrous::Error);
  const std::vector<float> mono = atrous::mix_to_mono(sound);
  for (std::size_t n = 0; n < mono.size(); ++n) CHECK(mono[n] == Approx((left[n] + right[n]) / 2).margin(1e-7));
  const atrous::AudioBuffer wide = atrous::resample(sound, 11025);
  CHECK(wide.sample_rate == 11025);
  CHECK(atrous::channel_of(wide, 0) == atrous::resample(left, 8000, 11025));
  CHECK(atrous::channel_of(wide, 1) == atrous::resample(right, 8000, 11025));
}
