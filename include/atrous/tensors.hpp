// Tensors by name, and the `.safetensors` files that hold them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace atrous {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< row-major; the size is the product of `shape`
};

using Tensors = std::map<std::string, Tensor>;

/// Reads every tensor of a `.safetensors` file as floats: F16, BF16, F32, F64, and the integer types where every value
/// is at most 2^24 in magnitude, so that nothing is rounded. Throws Error (io, format, unsupported) with the file and
/// the tensor in the message.
Tensors read_tensors(const std::filesystem::path& path);

/// Writes a `.safetensors` file of F32 tensors. The file appears whole or not at all.
/// Throws Error (argument) where a shape does not fit its values, Error (io) where the file cannot be written.
void write_tensors(const std::filesystem::path& path, const Tensors& tensors);

}  // namespace atrous
