// Waveform shaping: the high-pass against published filter taps and its response, emphasis against its definition.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

#include <atrous/error.hpp>

#include "catch.hpp"
#include "features/waveform.hpp"

namespace {

using atrous::features::highpass_taps;
using atrous::features::WaveformShaper;
using atrous::features::WaveformUndo;
using atrous::model::Waveform;

std::vector<float> noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(size);
  for (float& value : values) value = uniform(random);
  return values;
}

double response(const std::vector<double>& taps, double hz, double rate) {
  std::complex<double> sum = 0;
  for (std::size_t n = 0; n < taps.size(); ++n)
    sum += taps[n] * std::polar(1.0, 2 * std::numbers::pi * hz / rate * double(n));
  return std::abs(sum);
}

}  // namespace

TEST_CASE("the high-pass has the taps of a Hamming-windowed sinc scaled at half the rate") {
  // scipy.signal.firwin(255, 70 / 11025, pass_zero=False) and firwin(31, 500 / 8000, pass_zero=False)
  const std::vector<double> r9y9 = highpass_taps(70, 255, 22050);
  REQUIRE(r9y9.size() == 255);
  CHECK(r9y9[0] == Approx(-0.00011458513201976466).epsilon(1e-9));
  CHECK(r9y9[1] == Approx(-0.00011898787887925045).epsilon(1e-9));
  CHECK(r9y9[100] == Approx(-0.005448417706007923).epsilon(1e-9));
  CHECK(r9y9[127] == Approx(0.9935390128591332).epsilon(1e-9));
  CHECK(r9y9[254] == r9y9[0]);
  const std::vector<double> short_one = highpass_taps(500, 31, 16000);
  CHECK(short_one[3] == Approx(-0.003147807001093617).epsilon(1e-9));
  CHECK(short_one[14] == Approx(-0.06146464968802741).epsilon(1e-9));
  CHECK(short_one[15] == Approx(0.9373429065655439).epsilon(1e-9));
  CHECK(response(r9y9, 11025, 22050) == Approx(1));
  CHECK(response(r9y9, 1000, 22050) == Approx(1).epsilon(0.01));
  CHECK(response(r9y9, 0, 22050) < 0.5);
}

TEST_CASE("cutoffs outside the band and even tap counts are refused") {
  CHECK_THROWS_AS(highpass_taps(11025, 255, 22050), atrous::Error);
  CHECK_THROWS_AS(highpass_taps(0, 255, 22050), atrous::Error);
  CHECK_THROWS_AS(highpass_taps(double(NAN), 255, 22050), atrous::Error);
  CHECK_THROWS_AS(highpass_taps(70, 254, 22050), atrous::Error);
}

TEST_CASE("shaping filters without delay, then applies gain and pre-emphasis") {
  const Waveform waveform{.highpass_hz = 300, .highpass_taps = 31, .gain = 0.55, .preemphasis = 0.85};
  const std::vector<double> taps = highpass_taps(300, 31, 16000);
  for (const std::size_t size : {0, 1, 5, 20, 200}) {
    const std::vector<float> audio = noise(size, unsigned(size));
    const std::vector<float> shaped = atrous::features::shape(waveform, 16000, audio);
    REQUIRE(shaped.size() == size);
    double before = 0;
    for (std::size_t t = 0; t < size; ++t) {
      double high = 0;
      for (std::size_t j = 0; j < taps.size(); ++j) {
        const auto at = std::ptrdiff_t(t + 15) - std::ptrdiff_t(j);
        if (at >= 0 && at < std::ptrdiff_t(size)) high += taps[j] * double(audio[std::size_t(at)]);
      }
      CHECK(double(shaped[t]) == Approx(0.55 * high - 0.85 * before).margin(1e-6));
      before = 0.55 * high;
    }
  }
}

TEST_CASE("a model that shapes nothing reads the audio as it is") {
  const std::vector<float> audio = noise(100, 4);
  CHECK(atrous::features::shape(Waveform{}, 16000, audio) == audio);
}

TEST_CASE("undoing the shape returns the sound, however it is cut") {
  const Waveform waveform{.gain = 0.55, .preemphasis = 0.85};
  const std::vector<float> audio = noise(4000, 5);
  const std::vector<float> shaped = atrous::features::shape(waveform, 16000, audio);
  std::vector<float> whole = shaped, cut = shaped, reshaped = audio;
  WaveformUndo undo(waveform);
  undo.process(whole);
  for (std::size_t t = 0; t < audio.size(); ++t) CHECK(std::abs(whole[t] - audio[t]) < 2e-6f);
  WaveformShaper shaper(waveform);
  std::mt19937 random(6);
  undo.reset();
  for (std::size_t at = 0; at < cut.size();) {
    const std::size_t size = std::min<std::size_t>(random() % 90, cut.size() - at);
    undo.process(std::span(cut).subspan(at, size));
    shaper.process(std::span(reshaped).subspan(at, size));
    at += size;
  }
  CHECK(cut == whole);
  CHECK(reshaped == shaped);
}
