// Where generated sound goes: a file that appears when it is finished, or a pipe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace cli {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void append(std::span<const float> interleaved) = 0;
  virtual void finish() = 0;
  virtual std::size_t clipped() const = 0;  // samples beyond full scale so far
};

enum class RawFormat { s16le, f32le };

// 16-bit samples in the container that the extension names. Throws Error (argument, io) as AudioWriter does.
std::unique_ptr<Sink> file_sink(const std::filesystem::path& path, double sample_rate, int channels);
std::unique_ptr<Sink> pipe_sink(RawFormat format);

}  // namespace cli
