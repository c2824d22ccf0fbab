// Where sound that is made goes, piece by piece: a file that appears when it is finished, or a pipe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include <atrous/audio.hpp>

namespace cli {

// Throws as AudioWriter does; a write that fails is a failure of the machine.
class Sink {
 public:
  Sink(const std::filesystem::path& path, double sample_rate, int channels, const atrous::AudioFormat& format);

  void append(std::span<const float> interleaved);
  void finish();
  std::size_t clipped() const { return clipped_; }  // samples beyond full scale so far

 private:
  atrous::AudioWriter writer_;
  std::size_t clipped_ = 0;
};

}  // namespace cli
