// Tensors by name, and the `.safetensors` files that hold them. None of it is real-time safe. The functions may be
// called from any threads; a writer belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// Numbers in a grid of any dimensions.
struct Tensor {
  std::vector<std::int64_t> shape;  ///< from the outermost dimension on
  std::vector<float> values;        ///< row-major; the size is the product of `shape`
};

/// Tensors by name.
using Tensors = std::map<std::string, Tensor>;

/// Reads every tensor of a `.safetensors` file as floats: F16, BF16, F32, F64, and the integer types where every value
/// is at most 2^24 in magnitude, so that nothing is rounded. Throws Error (io, format, unsupported) with the file and
/// the tensor in the message.
ATROUS_API Tensors read_tensors(const std::filesystem::path& path);

/// Writes a `.safetensors` file of F32 tensors. The file appears whole or not at all.
/// Throws Error (argument) where a shape does not fit its values, Error (io) where the file cannot be written.
ATROUS_API void write_tensors(const std::filesystem::path& path, const Tensors& tensors);

/// Writes a `.safetensors` file with one F32 tensor of shape (1, rows, columns) whose columns arrive one after the
/// other, as many as there are; they wait in an unnamed temporary file, so memory does not grow with them. The file
/// appears with commit(); of a writer that is destroyed before, nothing does.
class ATROUS_API ColumnTensorWriter {
 public:
  /// Throws Error: argument (no rows), io.
  ColumnTensorWriter(const std::filesystem::path& path, std::string name, std::size_t rows);
  ~ColumnTensorWriter();
  ColumnTensorWriter(ColumnTensorWriter&&) noexcept;
  ColumnTensorWriter& operator=(ColumnTensorWriter&&) noexcept;

  /// (columns, rows) row-major. Throws Error: argument (no multiple of the rows), io.
  void append(std::span<const float> columns);
  /// Throws Error (io). Once.
  void commit();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
