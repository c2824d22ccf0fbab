#include "sound.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>

#include <atrous/error.hpp>

#include "files.hpp"
#include "text.hpp"

namespace cli {

using atrous::Error;
using atrous::ErrorCode;

atrous::AudioBuffer read_sound(const std::filesystem::path& path) {
  check_input(path);
  atrous::AudioBuffer sound = atrous::read_audio(path);
  if (sound.frames() == 0) throw Error(ErrorCode::format, path.string() + ": holds no samples");
  return sound;
}

std::vector<float> read_mono(const std::filesystem::path& path, double sample_rate) {
  const atrous::AudioBuffer sound = read_sound(path);
  std::vector<float> mono = atrous::mix_to_mono(sound);
  if (sound.sample_rate != sample_rate) mono = atrous::resample(mono, sound.sample_rate, sample_rate);
  if (mono.empty()) throw Error(ErrorCode::format, path.string() + ": is too short");
  return mono;
}

std::size_t count_clipped(std::span<const float> samples) {
  return std::size_t(std::count_if(samples.begin(), samples.end(), [](float x) { return std::abs(x) > 1; }));
}

void warn_clipped(std::size_t clipped) {
  if (clipped == 0) return;
  std::cerr << "warning: " << with_commas(std::int64_t(clipped)) << (clipped == 1 ? " sample was" : " samples were")
            << " beyond full scale and clipped\n";
}

void print_made(const std::filesystem::path& path, double seconds_of_sound, double seconds_taken) {
  std::cout << path.string() << ": " << duration(seconds_of_sound) << " of sound in " << duration(seconds_taken) << ", "
            << fixed(seconds_of_sound / std::max(seconds_taken, 1e-6), 1) << " x real time\n";
}

}  // namespace cli
