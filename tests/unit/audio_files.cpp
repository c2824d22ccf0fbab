// Sound files: every format there and back, rounding and clipping, and files that appear whole or not at all.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "folder.hpp"

namespace {

using atrous::AudioBuffer;
using atrous::AudioWriter;
using atrous::ErrorCode;
using atrous::SampleFormat;
using atrous::test::Folder;

AudioBuffer noise(int channels, std::size_t frames, unsigned seed, float level = 0.9f) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-level, level);
  AudioBuffer buffer{.sample_rate = 44100, .channels = channels};
  buffer.samples.resize(frames * std::size_t(channels));
  for (float& sample : buffer.samples) sample = uniform(random);
  return buffer;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

template <class F>
int code_of(F&& action) {
  try {
    action();
  } catch (const atrous::Error& error) {
    return int(error.code());
  }
  return -1;
}

double step_of(SampleFormat format) {
  switch (format) {
    case SampleFormat::pcm8:
      return 1.0 / 128;
    case SampleFormat::pcm16:
      return 1.0 / 32768;
    case SampleFormat::pcm24:
      return 1.0 / 8388608;
    case SampleFormat::ulaw:
    case SampleFormat::alaw:
      return 1.0 / 16;
    default:
      return 1e-7;
  }
}

}  // namespace

TEST_CASE("every container holds every sample format that it can, to half a step") {
  const Folder folder;
  for (const std::string extension : {"wav", "w64", "aiff", "aif", "au", "caf", "flac"}) {
    for (const SampleFormat format :
         {SampleFormat::pcm8, SampleFormat::pcm16, SampleFormat::pcm24, SampleFormat::pcm32, SampleFormat::float32,
          SampleFormat::float64, SampleFormat::ulaw, SampleFormat::alaw}) {
      const bool integers_only = extension == "flac";
      const AudioBuffer sound = noise(3, 700, 1);
      const auto path = folder / ("x." + extension);
      atrous::write_audio(path, sound, {.samples = format});
      const AudioBuffer found = atrous::read_audio(path);
      CAPTURE(extension, atrous::sample_format_name(format), atrous::sample_format_name(found.format.samples));
      CHECK(found.sample_rate == 44100);
      CHECK(found.channels == 3);
      REQUIRE(found.samples.size() == sound.samples.size());
      CHECK(found.format.container == (extension == "aif" ? "aiff" : extension));
      if (!integers_only) CHECK(found.format.samples == format);
      CHECK(largest_difference(sound.samples, found.samples) <=
            0.5001 * std::max(step_of(format), step_of(found.format.samples)));
    }
  }
}

TEST_CASE("a container that lacks a format takes the next finer, else its finest") {
  const Folder folder;
  const auto written_as = [&](const char* name, SampleFormat format) {
    atrous::write_audio(folder / name, noise(1, 100, 2), {.samples = format});
    return atrous::read_audio(folder / name).format.samples;
  };
  CHECK(written_as("x.flac", SampleFormat::pcm16) == SampleFormat::pcm16);
  CHECK(written_as("x.flac", SampleFormat::float32) == SampleFormat::pcm24);
  CHECK(written_as("x.flac", SampleFormat::ulaw) == SampleFormat::pcm16);
  CHECK(written_as("x.wav", SampleFormat::lossy) == SampleFormat::pcm16);
  CHECK(written_as("x.ogg", SampleFormat::float32) == SampleFormat::lossy);
  CHECK(written_as("X.WAV", SampleFormat::pcm24) == SampleFormat::pcm24);
}

TEST_CASE("integers are rounded half to even, clipped, and NaN is silence") {
  const Folder folder;
  const float step = 1.0f / 32768;
  const float inf = std::numeric_limits<float>::infinity();
  AudioBuffer sound{.sample_rate = 8000, .channels = 1};
  sound.samples = {0.5f * step, 1.5f * step, -0.5f * step, -1.5f * step, 2.4f * step, -2.6f * step, 1.0f,
                   5.0f,        -1.0f,       -7.0f,        NAN,          inf,         -inf};
  const std::vector<float> expected{0, 2, 0, -2, 2, -3, 32767, 32767, -32768, -32768, 0, 32767, -32768};
  for (const char* name : {"x.wav", "x.flac", "x.aiff"}) {
    atrous::write_audio(folder / name, sound, {.samples = SampleFormat::pcm16});
    const std::vector<float> found = atrous::read_audio(folder / name).samples;
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == expected[i] * step);
  }
}

TEST_CASE("what was read from integers is written back exactly, and floats bit for bit") {
  const Folder folder;
  for (const SampleFormat format :
       {SampleFormat::pcm8, SampleFormat::pcm16, SampleFormat::pcm24, SampleFormat::float32, SampleFormat::ulaw}) {
    atrous::write_audio(folder / "a.wav", noise(2, 3000, 3, 1.3f), {.samples = format});
    const AudioBuffer once = atrous::read_audio(folder / "a.wav");
    atrous::write_audio(folder / "b.wav", once);
    CHECK(bytes_of(folder / "a.wav") == bytes_of(folder / "b.wav"));
    CHECK(once.format.samples == format);
  }
}

TEST_CASE("a sound written piece by piece is the sound written at once") {
  const Folder folder;
  const AudioBuffer sound = noise(2, 50000, 4);
  for (const std::string name : {"x.wav", "x.flac", "x.caf"}) {
    atrous::write_audio(folder / ("whole" + name), sound, {.samples = SampleFormat::pcm24});
    AudioWriter writer(folder / name, 44100, 2, {.samples = SampleFormat::pcm24});
    std::mt19937 random(5);
    for (std::size_t at = 0; at < sound.samples.size();) {
      const std::size_t size = std::min<std::size_t>(2 * (random() % 4000), sound.samples.size() - at);
      writer.append(std::span(sound.samples).subspan(at, size));
      at += size;
    }
    CHECK(writer.frames() == 50000);
    CHECK(!std::filesystem::exists(folder / name));
    writer.commit();
    CHECK(atrous::read_audio(folder / name).samples == atrous::read_audio(folder / ("whole" + name)).samples);
  }
}

TEST_CASE("a writer that is not committed leaves nothing behind and what stood there untouched") {
  const Folder folder;
  atrous::write_audio(folder / "x.wav", noise(1, 10, 6), {});
  const std::string before = bytes_of(folder / "x.wav");
  {
    AudioWriter writer(folder / "x.wav", 8000, 1, {});
    writer.append(std::vector<float>(100, 0.5f));
    AudioWriter moved = std::move(writer);
    moved.append(std::vector<float>(100, 0.5f));
  }
  CHECK(bytes_of(folder / "x.wav") == before);
  CHECK(folder.files() == 1);
  AudioWriter writer(folder / "x.wav", 8000, 1, {});
  writer.append(std::vector<float>(7, 0.5f));
  writer.commit();
  CHECK(atrous::read_audio(folder / "x.wav").frames() == 7);
  CHECK(folder.files() == 1);
}

TEST_CASE("a link is written through") {
  const Folder folder;
  atrous::write_audio(folder / "target.wav", noise(1, 10, 6), {});
  std::filesystem::create_symlink(folder / "target.wav", folder / "link.wav");
  atrous::write_audio(folder / "link.wav", noise(1, 20, 6), {});
  CHECK(std::filesystem::is_symlink(folder / "link.wav"));
  CHECK(atrous::read_audio(folder / "target.wav").frames() == 20);
}

TEST_CASE("a sound without samples is a file without samples") {
  const Folder folder;
  atrous::write_audio(folder / "x.wav", noise(2, 0, 1), {});
  CHECK(atrous::read_audio(folder / "x.wav").frames() == 0);
}

TEST_CASE("what cannot be written is refused, and nothing appears") {
  const Folder folder;
  const AudioBuffer sound = noise(1, 10, 7);
  const auto write = [&](const std::string& name, double rate, int channels) {
    return code_of([&] { AudioWriter(folder / name, rate, channels, {}).commit(); });
  };
  CHECK(write("x.xyz", 8000, 1) == int(ErrorCode::argument));
  CHECK(write("x", 8000, 1) == int(ErrorCode::argument));
  CHECK(write("x.wav", 0, 1) == int(ErrorCode::argument));
  CHECK(write("x.wav", 44100.5, 1) == int(ErrorCode::argument));
  CHECK(write("x.wav", NAN, 1) == int(ErrorCode::argument));
  CHECK(write("x.wav", 1e12, 1) == int(ErrorCode::argument));
  CHECK(write("x.wav", 8000, 0) == int(ErrorCode::argument));
  CHECK(write("x.wav", 8000, 257) == int(ErrorCode::argument));
  CHECK(write("x.flac", 8000, 9) == int(ErrorCode::unsupported));
  CHECK(write("none/x.wav", 8000, 1) == int(ErrorCode::io));
  std::filesystem::create_directory(folder / "folder.wav");
  CHECK(write("folder.wav", 8000, 1) == int(ErrorCode::io));
  CHECK(code_of([&] { AudioWriter(folder / "x.wav", 8000, 2, {}).append(std::vector<float>(3)); }) ==
        int(ErrorCode::argument));
  CHECK(folder.files() == 1);
  try {
    const AudioWriter writer(folder / "x.xyz", 8000, 1, {});
    FAIL("an unknown extension was taken");
  } catch (const atrous::Error& error) {
    CHECK(std::string(error.what()).find(".flac") != std::string::npos);
  }
}

TEST_CASE("what is no sound file is refused") {
  const Folder folder;
  CHECK(code_of([&] { atrous::read_audio(folder / "none.wav"); }) == int(ErrorCode::io));
  CHECK(code_of([&] { atrous::read_audio(folder / ""); }) == int(ErrorCode::io));
  std::ofstream(folder / "text.wav") << "this is no sound";
  CHECK(code_of([&] { atrous::read_audio(folder / "text.wav"); }) == int(ErrorCode::format));
  std::ofstream(folder / "empty.wav") << "";
  CHECK(code_of([&] { atrous::read_audio(folder / "empty.wav"); }) == int(ErrorCode::format));
}

TEST_CASE("truncated and damaged sound files are read as far as they go or refused, never believed") {
  const Folder folder;
  const AudioBuffer sound = noise(2, 400, 8);
  for (const std::string name : {"x.wav", "x.flac", "x.aiff"}) {
    atrous::write_audio(folder / name, sound, {.samples = SampleFormat::pcm16});
    const std::string whole = bytes_of(folder / name);
    std::mt19937 random(9);
    for (int round = 0; round < 200; ++round) {
      std::string bytes = whole;
      if (round % 2 == 0) bytes.resize(random() % bytes.size());
      for (int i = 0; i < 4 && !bytes.empty() && round % 4 != 0; ++i) {
        bytes[random() % std::min<std::size_t>(bytes.size(), 64)] = char(random());
      }
      std::ofstream(folder / name, std::ios::binary) << bytes;
      const int code = code_of([&] {
        const AudioBuffer found = atrous::read_audio(folder / name);
        if (found.samples.size() > 1000000) throw std::runtime_error("more samples than bytes");
      });
      CHECK((code == -1 || code == int(ErrorCode::format) || code == int(ErrorCode::unsupported)));
    }
  }
}

namespace {

std::string number(unsigned value) {
  return {char(value), char(value >> 8), char(value >> 16), 0};
}

// Of 16-bit mono.
const std::string pcm = number(1 | 1 << 16) + number(8000) + number(16000) + number(2 | 16 << 16);

// What `read` does with a reader of a pipe that holds these bytes, as code_of() has it.
template <class Read>
int code_of_stream(const std::string& bytes, const Read& read) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], bytes.data(), bytes.size()) == ssize_t(bytes.size()));
  close(ends[1]);
  const int code = code_of([&] {
    atrous::AudioReader reader("/dev/fd/" + std::to_string(ends[0]));
    read(reader);
  });
  close(ends[0]);
  return code;
}

}  // namespace

TEST_CASE("a format chunk of any size in a stream is read no further than it goes") {
  for (unsigned size = 0; size <= 18; size += 2) {
    std::string format = pcm;
    format.resize(size, '\0');
    const std::string bytes = "RIFF" + number(0) + "WAVEfmt " + number(size) + format + "data" + number(4) + "abcd";
    const int code = code_of_stream(bytes, [](atrous::AudioReader& reader) {
      std::vector<float> samples(10);
      if (reader.read(samples) != 2) throw std::runtime_error("not the two samples");
    });
    INFO(size << " bytes");
    CHECK(code == (size < 16 ? int(ErrorCode::format) : -1));
  }
}

TEST_CASE("a stream whose data are less than a frame states no frames and has none") {
  const std::string bytes = "RIFF" + number(0) + "WAVEfmt " + number(16) + pcm + "data" + number(1) + "abcd";
  CHECK(code_of_stream(bytes, [](atrous::AudioReader& reader) {
          std::vector<float> samples(10);
          CHECK(!reader.stated_frames());
          CHECK(reader.read(samples) == 0);
        }) == -1);
}

TEST_CASE("the first frames of a sound are those of the whole") {
  const Folder folder;
  const auto path = folder / "sound.wav";
  atrous::write_audio(path, noise(3, 40000, 6));
  const std::vector<float> whole = atrous::read_audio(path).samples;
  REQUIRE(whole.size() == 3 * 40000);
  for (const std::size_t most : {0, 1, 5461, 5462, 20000, 40000, 50000}) {  // 5461 are read at a time
    const std::vector<float> first = atrous::read_audio(path, most).samples;
    CHECK(first ==
          std::vector<float>(whole.begin(), whole.begin() + std::ptrdiff_t(3 * std::min<std::size_t>(most, 40000))));
  }
}

TEST_CASE("threads read sounds while others are refused theirs") {
  const Folder folder;
  const auto good = folder / "good.wav", bad = folder / "bad.wav";
  atrous::write_audio(good, noise(2, 3000, 5));
  std::ofstream(bad) << "no sound";
  const std::vector<float> expected = atrous::read_audio(good).samples;
  std::atomic<int> wrong = 0;
  const auto reads = [&](bool refused) {
    for (int i = 0; i < 200; ++i) {
      try {
        const bool same = atrous::read_audio(refused ? bad : good).samples == expected;
        if (refused || !same) ++wrong;
      } catch (const atrous::Error& error) {
        if (!refused || std::string(error.what()).find("bad.wav: not a sound file") == std::string::npos) ++wrong;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back(reads, i % 2 == 0);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
