// What a model file says: configuration, named tensors and metadata, whatever format it came in.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// Number format of the weights, of generators alone: an effect is bound by arithmetic, not by the bytes of its
/// weights, and stays f32. Biases, and what is small beside the rest, stay f32 in every precision.
///   bf16  half the bytes; the arithmetic is that of f32 on the rounded weights
///   int8  a quarter; a scale per output row, inputs quantised at every step, exact sums
enum class Precision { f32, bf16, int8 };

/// "f32", "bf16" or "int8".
ATROUS_API std::string_view precision_name(Precision precision) noexcept;
/// The inverse of precision_name. Throws Error (argument) for an unknown name.
ATROUS_API Precision precision_from_name(std::string_view name);

/// Facts that a file may state about itself. Absent where the file is silent.
struct Metadata {
  std::string name;                        ///< that the model gives itself; empty where it does not
  std::optional<double> loudness_db;       ///< output loudness on a standard input, dB RMS
  std::optional<double> gain;              ///< how much the model distorts, as its trainer measured it
  std::optional<double> input_level_dbu;   ///< analogue level of a full-scale input, dBu
  std::optional<double> output_level_dbu;  ///< analogue level of a full-scale output, dBu
};

/// A kind of file that models come in.
struct ModelFormat {
  std::string_view name;   ///< as Model::format() gives it, such as "nam"
  std::string_view files;  ///< how its files are known, such as ".nam"
};

/// All that Model::load reads; any thread.
ATROUS_API std::span<const ModelFormat> model_formats() noexcept;

/// A loaded model: plain data, cheap to copy (shared, immutable); any thread. What is noexcept is real-time safe.
class ATROUS_API Model {
 public:
  /// Reads a file of any of the model_formats(); the content decides, not the name.
  /// Throws Error (io, format, invalid, unsupported) with the file and the field in the message.
  static Model load(const std::filesystem::path& path);

  /// The same from bytes in memory; `name` stands for the file name in messages.
  static Model from_memory(std::span<const std::byte> bytes, const std::string& name = "memory");

  /// A filter: y[t] = taps[0] x[t] + taps[1] x[t-1] + …, as an impulse response says it; its architecture is "Linear".
  /// As an effect it has no latency, and runs by FFT where that is faster. Throws Error: argument (not 1 to 1,048,576
  /// taps, a rate outside 100 Hz to 1 MHz), invalid (a tap that is not finite).
  static Model from_taps(std::span<const float> taps, double sample_rate);

  /// Writes the native format (docs/format.md). The file appears whole or not at all. Throws Error (io).
  void save(const std::filesystem::path& path) const;

  const std::string& format() const noexcept;        ///< the name of one of the model_formats()
  const std::string& architecture() const noexcept;  ///< "WaveNet", "ConvNet", "LSTM", "GRU" or "Linear"
  double sample_rate() const noexcept;               ///< Hz; where the file states none, what its format is known for
  Precision precision() const noexcept;              ///< what the file stores; f32 in every format but the native one
  const Metadata& metadata() const noexcept;         ///< what the file states about itself
  /// Things worth telling the user that do not stop the model from running (a newer file version, say).
  const std::vector<std::string>& warnings() const noexcept;

  /// Some models come in several sizes, which trade sound for speed (slimmable models, and containers of models). Sizes
  /// are numbers from 0, the smallest, to 1, the full one. Where one size ends and the next begins, ascending: the
  /// first runs below the first bound, the full one from the last bound on. Empty for a model of one size.
  std::vector<double> size_bounds() const;

  /// The model that runs at `size`, as one that has no other. Throws Error (argument) for a size outside 0 to 1.
  Model at_size(double size) const;

  /// The same model, taken to be of another sample rate than its file states or is taken for: 100 Hz to 1 MHz. Nothing
  /// is resampled or trained anew; the warning that no rate is stated goes. Throws Error (argument) for a rate out of
  /// range, or other than that of the model's own front end. Copies the model.
  Model at_sample_rate(double hz) const;

  struct ATROUS_LOCAL Access;  // the library's own

 private:
  struct ATROUS_LOCAL State;
  explicit Model(std::shared_ptr<const State> state) noexcept;

  std::shared_ptr<const State> state_;
};

}  // namespace atrous
