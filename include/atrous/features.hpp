// The front end of a vocoder: the mel features that a model was trained on, computed as its file says.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include <atrous/model.hpp>

namespace atrous {

/// Conditioning frames, row-major: values[frame * bins + bin].
struct FeatureMatrix {
  std::size_t frames = 0, bins = 0;
  std::vector<float> values{};
};

/// The features of `audio` (mono, -1 to 1) that `model` expects, unpadded: 1 + size/hop frames where the model centres
/// them (none for no audio), else those that fit whole. `sample_rate` must be the model's: resample first.
/// Throws Error: argument (another rate), invalid (the model has no front end, or its numbers are out of range),
/// unsupported (built without FFTW). Allocates; safe to call from any threads.
FeatureMatrix compute_features(const Model& model, std::span<const float> audio, double sample_rate);

/// `features` with the model's own padding at both ends (the first and the last frame repeated), as the tensor `c` of a
/// `.safetensors` file holds them. Throws Error: argument (other bins than the model's, or no frames). Allocates.
FeatureMatrix pad_features(const Model& model, const FeatureMatrix& features);

/// What the network hears of `audio` (at the model's rate): high-pass, gain and pre-emphasis as the model asks for; of
/// the same length, without delay. A plain copy for a model that shapes nothing. Throws Error (invalid). Allocates.
std::vector<float> shape_waveform(const Model& model, std::span<const float> audio);

/// Reads a NumPy `.npy` file of shape (frames, bins), little-endian float32 or float64, in C or Fortran order.
/// Throws Error: io, format (not such a file, truncated, or with bytes left over; values that are not finite).
FeatureMatrix read_features(const std::filesystem::path& path);

/// Writes `.npy` version 1.0, little-endian float32, C order. The file appears whole or not at all.
/// Throws Error: io; argument (values.size() is not frames * bins).
void write_features(const std::filesystem::path& path, const FeatureMatrix& features);

}  // namespace atrous
