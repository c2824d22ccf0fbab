// What a network is to hear when it is scored, from a sound or from tensors.
#pragma once

#include <filesystem>
#include <optional>

#include <atrous/network.hpp>
#include <atrous/score.hpp>

#include "sound.hpp"

namespace cli {

// A sound file, as the model hears the mean of its channels; its features are `features`, or else those of the model's
// own front end.
atrous::TeacherForcing hear_sound(const std::filesystem::path& path, const atrous::Network& network,
                                  const std::optional<Conditioning>& features);

// A .safetensors file with x (1, C, T), of samples (C = 1) or of one-hot classes, or with classes (T); and, where the
// model has them, c (1, bins, frames), padded already, and g (1), the speaker.
atrous::TeacherForcing hear_tensors(const std::filesystem::path& path, const atrous::Network& network,
                                    const std::optional<Conditioning>& features);

}  // namespace cli
