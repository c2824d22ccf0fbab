// Sound as the commands take it from files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/features.hpp>
#include <atrous/network.hpp>

namespace cli {

using atrous::Conditioning;

constexpr std::size_t piece_frames = 4096;  // of sound that is read at once

// The frames that come next, interleaved; fewer than asked for at the end alone, where there may be none.
std::vector<float> next_frames(atrous::AudioReader& sound, std::size_t frames = piece_frames);

// Throws Error (format): the sound holds no samples.
[[noreturn]] void refuse_empty(const std::filesystem::path& path);

// The mean of a sound's channels at `sample_rate`, piece by piece: what a model of one input reads.
class MonoReader {
 public:
  MonoReader(const std::filesystem::path& path, double sample_rate);

  // The next stretch; empty at the end alone. Throws Error (format) where the whole sound is.
  std::vector<float> next();

 private:
  std::filesystem::path path_;
  atrous::AudioReader sound_;
  atrous::StreamResampler resampler_;
  bool ended_ = false, any_ = false;
};

// The same, whole.
std::vector<float> read_mono(const std::filesystem::path& path, double sample_rate);

// How many samples an integer format cannot hold.
std::size_t count_clipped(std::span<const float> samples);
// The warning that says so of a number of them, or none.
std::vector<std::string> clipped_warning(std::size_t clipped);

// "out.wav: 3.00 s of sound in 1.20 s, 2.5 x real time", on stdout, unless the sound itself went there.
void print_made(const std::filesystem::path& path, double seconds_of_sound, double seconds_taken);

}  // namespace cli
