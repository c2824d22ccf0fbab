// Spectrograms as numbers: where a sound's energy stands over time and frequency.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "folder.hpp"

namespace {

using atrous::AudioBuffer;
using atrous::FrequencyScale;
using atrous::Spectrogram;
using atrous::SpectrogramView;

constexpr double test_rate = 16000;

// A second of each of the frequencies, one after the other, in both channels; 0 is silence.
AudioBuffer tones(const std::vector<double>& frequencies, float amplitude = 0.5f) {
  AudioBuffer sound{.sample_rate = test_rate, .channels = 2};
  for (const double hz : frequencies) {
    for (int n = 0; n < int(test_rate); ++n) {
      const auto x = amplitude * float(std::sin(2 * std::numbers::pi * hz * n / test_rate));
      sound.samples.insert(sound.samples.end(), {x, x});
    }
  }
  return sound;
}

double level(const Spectrogram& levels, int column, int row) {
  return double(levels.db[std::size_t(row) * std::size_t(levels.columns) + std::size_t(column)]);
}

int loudest_row(const Spectrogram& levels, int column) {
  int result = 0;
  for (int row = 0; row < levels.rows; ++row) {
    if (level(levels, column, row) > level(levels, column, result)) result = row;
  }
  return result;
}

}  // namespace

TEST_CASE("a sine stands at its frequency, at its level, on either scale") {
  for (const double hz : {500.0, 2000.0, 7000.0}) {
    const AudioBuffer sound = tones({hz});
    for (const double top : {8000.0, 7500.0}) {
      const Spectrogram linear = atrous::spectrogram(sound, 5, 200, {.max_frequency = top});
      CHECK(std::abs(loudest_row(linear, 2) + 0.5 - 200 * hz / top) <= 1.5);
      CHECK(linear.position(hz) == Approx(hz / top));
      CHECK(level(linear, 2, loudest_row(linear, 2)) == Approx(20 * std::log10(0.5)).margin(0.5));

      const Spectrogram mel = atrous::spectrogram(sound, 5, 200, {.max_frequency = top, .scale = FrequencyScale::mel});
      const double position = std::log10(1 + hz / 700) / std::log10(1 + top / 700);
      CHECK(std::abs(loudest_row(mel, 2) + 0.5 - 200 * position) <= 2.5);
      CHECK(mel.position(hz) == Approx(position));
      CHECK(level(mel, 2, loudest_row(mel, 2)) == Approx(20 * std::log10(0.5)).margin(0.5));
    }
  }
}

TEST_CASE("a view takes a stretch of the time") {
  const AudioBuffer sound = tones({1000, 0, 3000});
  const Spectrogram whole = atrous::spectrogram(sound, 30, 80);
  CHECK(whole.from == 0);
  CHECK(whole.to == 3);
  CHECK(whole.max_frequency == 8000);
  CHECK(loudest_row(whole, 5) == Approx(10).margin(1));
  CHECK(level(whole, 15, 10) < -150);
  CHECK(loudest_row(whole, 25) == Approx(30).margin(1));

  const Spectrogram end = atrous::spectrogram(sound, 30, 80, {.from = 1.5, .to = 2.5});
  CHECK(end.from == 1.5);
  CHECK(end.to == 2.5);
  for (int column = 0; column < 13; ++column) CHECK(level(end, column, 30) < -150);
  for (int column = 16; column < 30; ++column) CHECK(loudest_row(end, column) == Approx(30).margin(1));

  const Spectrogram beyond = atrous::spectrogram(sound, 30, 80, {.from = 2, .to = 99});
  CHECK(beyond.to == 3);
  CHECK(loudest_row(beyond, 1) == Approx(30).margin(1));
}

TEST_CASE("a sound that comes in pieces gives what it gives whole, and frames that are left out leave no trace") {
  const atrous::test::Folder folder;
  const std::filesystem::path path = folder / "tones.wav";
  const AudioBuffer sound = tones({1000, 300, 3000});
  atrous::write_audio(path, sound, {.samples = atrous::SampleFormat::float32});
  const SpectrogramView view{.from = 0.7, .to = 1.9, .scale = FrequencyScale::mel};
  atrous::AudioReader reader(path);
  CHECK(atrous::spectrogram(reader, 100, 50, view).db == atrous::spectrogram(sound, 100, 50, view).db);
  const std::uint64_t all = reader.frames();
  CHECK(all < 3 * std::uint64_t(test_rate));  // no further than the view
  reader.rewind();
  const Spectrogram start = atrous::spectrogram(reader, 100, 50, {.frames = 16000});
  CHECK(start.to == 1);
  CHECK(start.db == atrous::spectrogram(tones({1000}), 100, 50).db);
}

TEST_CASE("sounds of any length and rate have a spectrogram") {
  for (const std::size_t frames : {1, 2, 50, 100000}) {
    for (const double rate : {1.0, 8000.0, 192000.0}) {
      const AudioBuffer sound{.sample_rate = rate, .channels = 1, .samples = std::vector<float>(frames, 0.1f)};
      for (const FrequencyScale scale : {FrequencyScale::linear, FrequencyScale::mel}) {
        const Spectrogram levels = atrous::spectrogram(sound, 70, 40, {.scale = scale});
        CHECK(levels.db.size() == 70 * 40);
        CHECK(std::all_of(levels.db.begin(), levels.db.end(), [](float db) { return db >= -200.1f && db < 10; }));
      }
    }
  }
  const float infinity = std::numeric_limits<float>::infinity();
  const AudioBuffer broken{.sample_rate = 8000, .channels = 1, .samples = std::vector<float>(1000, infinity)};
  for (const float db : atrous::spectrogram(broken, 7, 5).db) CHECK(std::isfinite(db));
}

TEST_CASE("a spectrogram of what is not there is refused") {
  const AudioBuffer sound = tones({1000});
  const auto refusal = [&](const SpectrogramView& view, int columns = 10, int rows = 10) -> std::string {
    try {
      atrous::spectrogram(sound, columns, rows, view);
    } catch (const atrous::Error& error) {
      CHECK(error.code() == atrous::ErrorCode::argument);
      return error.what();
    }
    return "";
  };
  CHECK(refusal({}).empty());
  CHECK(refusal({.from = 1}).find("start from 0 to less than the 1.000000 s") != std::string::npos);
  CHECK(refusal({.from = -0.1}).find("start") != std::string::npos);
  CHECK(refusal({.from = NAN}).find("start") != std::string::npos);
  CHECK(refusal({.from = 0.5, .to = 0.5}).find("end after the start") != std::string::npos);
  CHECK(refusal({.to = NAN}).find("end after the start") != std::string::npos);
  CHECK(refusal({.max_frequency = 8001}).find("up to 8000") != std::string::npos);
  CHECK(refusal({.max_frequency = 0}).find("above 0") != std::string::npos);
  CHECK(refusal({.max_frequency = NAN}).find("above 0") != std::string::npos);
  CHECK(refusal({.frames = 16001}).find("fewer frames") != std::string::npos);
  CHECK(refusal({.frames = 0}).find("no samples") != std::string::npos);
  CHECK(refusal({}, 0).find("columns") != std::string::npos);
  CHECK(refusal({}, 10, 8193).find("rows") != std::string::npos);
  CHECK_THROWS_AS(atrous::spectrogram(AudioBuffer{}, 10, 10), atrous::Error);
}
