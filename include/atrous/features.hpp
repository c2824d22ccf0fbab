// The front end of a vocoder: the mel features that a model was trained on, computed as its file says. None of it
// is real-time safe. The functions may be called from any threads; an object belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <atrous/export.h>
#include <atrous/model.hpp>

namespace atrous {

/// Conditioning frames, row-major: values[frame * bins + bin].
struct FeatureMatrix {
  std::size_t frames = 0;       ///< one per hop of sound
  std::size_t bins = 0;         ///< values of a frame
  std::vector<float> values{};  ///< frames * bins of them
};

/// The features of `audio` (mono, -1 to 1) that `model` expects, unpadded: 1 + size/hop frames where the model centres
/// them (none for no audio), else those that fit whole. `sample_rate` must be the model's: resample first.
/// Throws Error: argument (another rate), invalid (the model has no front end, or its numbers are out of range).
/// Allocates; any thread. docs/format.md, `features`, says how they are computed.
ATROUS_API FeatureMatrix compute_features(const Model& model, std::span<const float> audio, double sample_rate);

/// The same features of a sound that arrives piece by piece; how it is cut leaves no trace, and memory does not grow
/// with it. One thread at a time; allocates.
class ATROUS_API FeatureExtractor {
 public:
  /// `sample_rate` must be the model's. Throws Error as compute_features() does.
  FeatureExtractor(const Model& model, double sample_rate);
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;

  /// The frames that `audio` (mono, -1 to 1) completes.
  FeatureMatrix append(std::span<const float> audio);
  /// The last frames: no more audio comes. Once.
  FeatureMatrix finish();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// `features` with the model's own padding at both ends (the first and the last frame repeated), as the tensor `c` of a
/// `.safetensors` file holds them. Throws Error: argument (other bins than the model's, or no frames). Allocates.
ATROUS_API FeatureMatrix pad_features(const Model& model, const FeatureMatrix& features);

/// What the network reads of `audio` (at the model's rate): high-pass, gain, pre-emphasis (1 - a z⁻¹) and mu-law
/// compression (sgn(x) · ln(1 + μ|x|) / ln(1 + μ), ITU-T G.711) as the model asks for (docs/format.md, `waveform`); of
/// the same length, without delay. A plain copy for a model that shapes nothing. Throws Error
/// (invalid). Allocates.
ATROUS_API std::vector<float> shape_waveform(const Model& model, std::span<const float> audio);

/// Reads an array of shape (frames, bins), axes of one before it left away, from NumPy's `.npy`, or from a `.npz` with
/// no other array: float16, float32 or float64 of either byte order, in C or Fortran order. What a `.npz` unpacks to is
/// bounded: 64 MiB and 16 times the file.
/// Throws Error: io, format (not such a file, truncated, or with bytes left over; values that are not finite).
ATROUS_API FeatureMatrix read_features(const std::filesystem::path& path);

/// Features to generate from, as a file brings them.
struct Conditioning {
  FeatureMatrix features{};             ///< of the model's bins
  bool padded = false;                  ///< whether the model's own padding is in them already: pad_features()
  std::vector<std::string> warnings{};  ///< how they were understood, and feature_warnings(); each names the file
};

/// Features for `model`: a file that read_features() reads, unpadded; or the tensor `c` of a `.safetensors` file,
/// padded. They may stand as (frames, bins) or as (bins, frames): the axis that has the model's bins decides, and where
/// both have them, the order is (frames, bins) in NumPy's files and (bins, frames) in a `.safetensors` file. A warning
/// says where that was turned or could have been meant otherwise. Throws Error: io; format, as read_features() does;
/// argument (no axis has the model's bins; a model that reads none).
ATROUS_API Conditioning read_conditioning(const Model& model, const std::filesystem::path& path);

/// What is suspicious about features for `model`, one line each: far from the mean and the deviation that its front end
/// brings them to, or beyond what it can give. That is so for natural logarithms instead of decimal ones, for features
/// that are not normalised, and for silence. Empty for a model without a front end.
/// Throws Error (invalid: the model's statistics have another size than its bins). Allocates.
ATROUS_API std::vector<std::string> feature_warnings(const Model& model, const FeatureMatrix& features);

/// Writes `.npy` version 1.0, little-endian float32, C order. The file appears whole or not at all.
/// Throws Error: io; argument (values.size() is not frames * bins).
ATROUS_API void write_features(const std::filesystem::path& path, const FeatureMatrix& features);

/// Writes such a file frame by frame, as many as there are; they wait in an unnamed temporary file, so memory does not
/// grow with them. The file appears with commit(); of a writer that is destroyed before, nothing does.
class ATROUS_API FeatureWriter {
 public:
  /// Throws Error: argument (no bins), io.
  FeatureWriter(const std::filesystem::path& path, std::size_t bins);
  ~FeatureWriter();
  FeatureWriter(FeatureWriter&&) noexcept;
  FeatureWriter& operator=(FeatureWriter&&) noexcept;

  /// (frames, bins) row-major. Throws Error: argument (no multiple of the bins), io.
  void append(std::span<const float> values);
  /// Throws Error (io). Once.
  void commit();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
