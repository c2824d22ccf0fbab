#include "sink.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <atrous/audio.hpp>

#include "files.hpp"
#include "sound.hpp"

namespace cli {
namespace {

class FileSink : public Sink {
 public:
  FileSink(const std::filesystem::path& path, double sample_rate, int channels)
      : writer_(path, sample_rate, channels, {.samples = atrous::SampleFormat::pcm16}) {}

  void append(std::span<const float> interleaved) override {
    clipped_ += count_clipped(interleaved);
    write_or_fail([&] { writer_.append(interleaved); });
  }
  void finish() override {
    write_or_fail([&] { writer_.commit(); });
  }
  std::size_t clipped() const override { return clipped_; }

 private:
  atrous::AudioWriter writer_;
  std::size_t clipped_ = 0;
};

class PipeSink : public Sink {
 public:
  explicit PipeSink(RawFormat format) : format_(format) {}

  void append(std::span<const float> interleaved) override {
    bytes_.clear();
    for (const float x : interleaved) {
      if (format_ == RawFormat::f32le) {
        append_little_endian(std::bit_cast<std::uint32_t>(x), 4);
      } else {
        append_little_endian(std::uint32_t(std::lrint(std::clamp(x * 32768.0f, -32768.0f, 32767.0f))), 2);
      }
    }
    if (format_ == RawFormat::s16le) clipped_ += count_clipped(interleaved);
    // Flushed piece by piece, so that a player hears it while it is made.
    if (std::fwrite(bytes_.data(), 1, bytes_.size(), stdout) != bytes_.size() || std::fflush(stdout) != 0) {
      throw std::runtime_error("cannot write to standard output");
    }
  }
  void finish() override {}
  std::size_t clipped() const override { return clipped_; }

 private:
  void append_little_endian(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<unsigned char>(value >> (8 * i)));
  }

  RawFormat format_;
  std::vector<unsigned char> bytes_;
  std::size_t clipped_ = 0;
};

}  // namespace

std::unique_ptr<Sink> file_sink(const std::filesystem::path& path, double sample_rate, int channels) {
  return std::make_unique<FileSink>(path, sample_rate, channels);
}

std::unique_ptr<Sink> pipe_sink(RawFormat format) {
  return std::make_unique<PipeSink>(format);
}

}  // namespace cli
