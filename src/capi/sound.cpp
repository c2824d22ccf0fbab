// Sounds for C.
#include <optional>

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/path.hpp"

using namespace atrous::capi;

atrous_status atrous_sound_load(const char* path, size_t max_frames, atrous_sound** sound) {
  return created(sound, "sound", [&] {
    return new atrous_sound{
        atrous::read_audio(path_of(path), max_frames > 0 ? std::optional(max_frames) : std::nullopt)};
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
