#include "sound.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>

#include <atrous/error.hpp>

#include "files.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {

using atrous::Error;
using atrous::ErrorCode;

std::vector<float> next_frames(atrous::AudioReader& sound, std::size_t frames) {
  const auto channels = std::size_t(sound.channels());
  std::vector<float> samples(frames * channels);
  samples.resize(sound.read(samples) * channels);
  return samples;
}

void refuse_empty(const std::filesystem::path& path) {
  throw Error(ErrorCode::format, path.string() + ": holds no samples");
}

MonoReader::MonoReader(const std::filesystem::path& path, double sample_rate)
    : path_(path), sound_(path), resampler_(sound_.sample_rate(), sample_rate, 1) {}

std::vector<float> MonoReader::next() {
  std::vector<float> mono;
  while (mono.empty() && !ended_) {
    const atrous::AudioBuffer piece{.channels = sound_.channels(), .samples = next_frames(sound_)};
    ended_ = piece.frames() < piece_frames;
    resampler_.process(atrous::mix_to_mono(piece), mono);
    if (ended_) resampler_.finish(mono);
  }
  if (mono.empty() && !any_) {
    if (sound_.frames() == 0) refuse_empty(path_);
    throw Error(ErrorCode::format, path_.string() + ": is too short");
  }
  any_ = true;
  return mono;
}

std::vector<float> read_mono(const std::filesystem::path& path, double sample_rate) {
  MonoReader reader(path, sample_rate);
  std::vector<float> mono;
  while (true) {
    const std::vector<float> piece = reader.next();
    if (piece.empty()) return mono;
    mono.insert(mono.end(), piece.begin(), piece.end());
  }
}

std::size_t count_clipped(std::span<const float> samples) {
  return std::size_t(std::count_if(samples.begin(), samples.end(), [](float x) { return std::abs(x) > 1; }));
}

std::vector<std::string> clipped_warning(std::size_t clipped) {
  if (clipped == 0) return {};
  return {with_commas(std::int64_t(clipped)) + (clipped == 1 ? " sample was" : " samples were") +
          " beyond full scale and clipped"};
}

void print_made(const std::filesystem::path& path, double seconds_of_sound, double seconds_taken) {
  if (path == standard_output) return;
  std::clog << path.string() << ": " << duration(seconds_of_sound) << " of sound in " << duration(seconds_taken) << ", "
            << fixed(seconds_of_sound / std::max(seconds_taken, 1e-6), 1) << " x real time\n";
}

}  // namespace cli
