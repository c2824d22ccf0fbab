// What a network is to read when it is scored, from tensors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <atrous/network.hpp>
#include <atrous/score.hpp>

#include "sound.hpp"

namespace cli {

// What a network is to read, and what is to be told about it.
struct Forcing {
  atrous::TeacherForcing input;
  std::vector<std::string> warnings;
};

// Features from a file last as long as the sound, but for the frames at its ends; a warning where they last longer.
// (Too few of them are an error.)
std::vector<std::string> duration_warnings(const atrous::Network& network, const Conditioning& conditioning,
                                           std::size_t samples);

// A .safetensors file with x (1, C, T), of samples (C = 1) or of one-hot classes, or with classes (T); and, where the
// model has them, c (1, bins, frames), padded already, and g (1), the speaker.
Forcing forcing_from(const std::filesystem::path& path, const atrous::Network& network,
                     const std::optional<Conditioning>& features);

}  // namespace cli
