// What a network is to hear when it is scored, from a sound or from tensors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <atrous/network.hpp>
#include <atrous/score.hpp>

#include "sound.hpp"

namespace cli {

// What a network is to hear, and what is to be told about it.
struct Heard {
  atrous::TeacherForcing input;
  std::vector<std::string> warnings;
};

// A sound file, as the model hears the mean of its channels; its features are `features`, or else those of the model's
// own front end.
Heard hear_sound(const std::filesystem::path& path, const atrous::Network& network,
                 const std::optional<Conditioning>& features);

// A .safetensors file with x (1, C, T), of samples (C = 1) or of one-hot classes, or with classes (T); and, where the
// model has them, c (1, bins, frames), padded already, and g (1), the speaker.
Heard hear_tensors(const std::filesystem::path& path, const atrous::Network& network,
                   const std::optional<Conditioning>& features);

}  // namespace cli
