#include "chain/impulse.hpp"

#include <algorithm>
#include <cmath>

namespace plugin {

namespace {

constexpr double longest_seconds = 10;
constexpr std::size_t longest_frames = 1 << 20;  // as many as a filter may have, at any rate of a host
constexpr float quiet = 1e-5f;                   // -100 dB of the loudest tap

// Without the end in which every row is quiet.
void trim(std::vector<std::vector<float>>& rows) {
  float loudest = 0;
  for (const auto& row : rows) {
    for (const float x : row) loudest = std::max(loudest, std::abs(x));
  }
  const auto heard = [&](float x) { return std::abs(x) > quiet * loudest; };
  std::size_t length = 1;
  for (const auto& row : rows) {
    const auto last = std::find_if(row.rbegin(), row.rend(), heard);
    length = std::max(length, std::size_t(row.rend() - last));
  }
  for (auto& row : rows) row.resize(std::min(length, longest_frames));
}

}  // namespace

Impulse::Impulse(const std::string& path) : sound(make<atrous_sound>(atrous_sound_load, path.c_str(), longest_frames)) {
  const std::size_t frames = atrous_sound_frames(sound.get());
  if (frames == 0) throw Refusal(path + ": holds no sound");
  const float* samples = atrous_sound_samples(sound.get());
  const std::size_t count = frames * std::size_t(atrous_sound_channels(sound.get()));
  if (!std::all_of(samples, samples + count, [](float x) { return std::isfinite(x); })) {
    throw Refusal(path + ": expected finite samples");
  }
  if (std::all_of(samples, samples + count, [](float x) { return x == 0; })) throw Refusal(path + ": is silent");
}

std::vector<std::vector<float>> Impulse::taps(double sample_rate, int channels) const {
  const double own_rate = atrous_sound_sample_rate(sound.get());
  Handle<atrous_sound> resampled;
  if (own_rate != sample_rate) resampled = make<atrous_sound>(atrous_sound_resample, sound.get(), sample_rate);
  const atrous_sound* there = resampled ? resampled.get() : sound.get();

  const auto sides = std::size_t(atrous_sound_channels(there));
  const auto longest = std::size_t(longest_seconds * sample_rate);
  const std::size_t frames = std::min(atrous_sound_frames(there), longest);
  const auto scale = float(own_rate / sample_rate);
  const float* samples = atrous_sound_samples(there);  // [frames][sides]
  auto rows = std::vector<std::vector<float>>(std::size_t(channels), std::vector<float>(frames));
  for (std::size_t c = 0; c < rows.size(); ++c) {
    for (std::size_t t = 0; t < frames; ++t) {
      const float* frame = samples + t * sides;
      const bool mean = channels == 1 && sides > 1;
      rows[c][t] = scale * (mean ? 0.5f * (frame[0] + frame[1]) : frame[std::min(c, sides - 1)]);
    }
  }
  trim(rows);
  return rows;
}

}  // namespace plugin
