#include "sound.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>

#include <atrous/error.hpp>
#include <atrous/tensors.hpp>

#include "files.hpp"
#include "text.hpp"

namespace cli {

using atrous::Error;
using atrous::ErrorCode;
using atrous::FeatureMatrix;

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

namespace {

// c (1, bins, frames) -> (frames, bins)
FeatureMatrix transpose(const atrous::Tensor& c) {
  const auto bins = std::size_t(c.shape[1]), frames = std::size_t(c.shape[2]);
  FeatureMatrix features{.frames = frames, .bins = bins, .values = std::vector<float>(frames * bins)};
  for (std::size_t bin = 0; bin < bins; ++bin) {
    for (std::size_t frame = 0; frame < frames; ++frame) {
      features.values[frame * bins + bin] = c.values[bin * frames + frame];
    }
  }
  return features;
}

FeatureMatrix read_padded(const std::filesystem::path& path) {
  const atrous::Tensors tensors = atrous::read_tensors(path);
  const auto found = tensors.find("c");
  if (found == tensors.end()) throw Error(ErrorCode::format, path.string() + ": has no tensor 'c'");
  const std::vector<std::int64_t>& shape = found->second.shape;
  if (shape.size() != 3 || shape[0] != 1) {
    throw Error(ErrorCode::format,
                path.string() + ": tensor 'c': expected the shape (1, bins, frames), found " + shape_text(shape));
  }
  return transpose(found->second);
}

}  // namespace

Conditioning read_conditioning(const std::filesystem::path& path, const atrous::Network& network) {
  check_input(path);
  Conditioning conditioning;
  if (extension(path) == ".npy") {
    conditioning.features = atrous::read_features(path);
  } else if (extension(path) == ".safetensors") {
    conditioning = {.features = read_padded(path), .padded = true};
  } else {
    throw Error(ErrorCode::argument, path.string() + ": expected features in a .npy or .safetensors file");
  }
  const auto bins = std::size_t(network.info().feature_bins);
  if (conditioning.features.bins != bins) {
    throw Error(ErrorCode::argument, path.string() + ": expected " + std::to_string(bins) + " bins, found " +
                                         std::to_string(conditioning.features.bins));
  }
  if (conditioning.features.frames == 0) throw Error(ErrorCode::format, path.string() + ": holds no frames");
  return conditioning;
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
