// Sounds for C.
#include <algorithm>

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/path.hpp"

using namespace atrous::capi;

namespace {

// What a header says of the length may be wrong, so memory grows with what is read.
atrous::AudioBuffer first_frames(const std::filesystem::path& path, size_t most) {
  constexpr size_t piece = 1 << 16;
  atrous::AudioReader reader(path);
  const auto channels = static_cast<size_t>(reader.channels());
  atrous::AudioBuffer sound{
      .sample_rate = reader.sample_rate(), .channels = reader.channels(), .format = reader.format()};
  for (bool ended = false; !ended && sound.frames() < most;) {
    const size_t heard = sound.frames(), wanted = std::min(piece, most - heard);
    sound.samples.resize((heard + wanted) * channels);
    const size_t found = reader.read(std::span(sound.samples).subspan(heard * channels));
    sound.samples.resize((heard + found) * channels);
    ended = found < wanted;
  }
  return sound;
}

}  // namespace

atrous_status atrous_sound_load(const char* path, size_t max_frames, atrous_sound** sound) {
  return created(sound, "sound", [&] {
    const std::filesystem::path file = path_of(path);
    return new atrous_sound{max_frames > 0 ? first_frames(file, max_frames) : atrous::read_audio(file)};
  });
}

atrous_status atrous_sound_resample(const atrous_sound* sound, double hz, atrous_sound** result) {
  return created(result, "result", [&] {
    need(sound, "sound");
    return new atrous_sound{atrous::resample(sound->value, hz)};
  });
}

void atrous_sound_free(atrous_sound* sound) {
  delete sound;
}

double atrous_sound_sample_rate(const atrous_sound* sound) {
  return sound ? sound->value.sample_rate : 0;
}

int atrous_sound_channels(const atrous_sound* sound) {
  return sound ? sound->value.channels : 0;
}

size_t atrous_sound_frames(const atrous_sound* sound) {
  return sound ? sound->value.frames() : 0;
}

const float* atrous_sound_samples(const atrous_sound* sound) {
  return sound ? sound->value.samples.data() : nullptr;
}
