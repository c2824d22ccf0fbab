// `.safetensors`: an 8-byte little-endian header length, a JSON header with names, types, shapes and offsets, then the
// bytes of the tensors, one after the other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/tensors.hpp"

namespace atrous::model {

struct Safetensors {
  std::map<std::string, std::string> metadata;  // the header's __metadata__
  Tensors tensors;
  std::map<std::string, std::string>
      types;  // of the tensors, as the header has them; to write: F32 where there is none
};

enum class TensorTypes {
  floats,  // F16, BF16, F32, F64
  model,   // those and I8
  any,     // those, BOOL and integers of at most 2^24 in magnitude
};

// Whether the bytes begin like such a file.
bool looks_like_safetensors(std::span<const std::byte> bytes);

// Throws Error (format, unsupported); `name` is the file, for messages. The tensors must fill the file without gaps or
// overlaps.
Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name, TensorTypes types);

// Writes tensors as F32, BF16 or I8, whose values must be numbers of that type; the file appears whole or not at all.
// Throws Error (argument, io).
void save_safetensors(const std::filesystem::path& path, const Safetensors& content);

// What stands before the values of a file with one F32 tensor.
std::string safetensors_start(const std::string& name, const std::vector<std::int64_t>& shape);

}  // namespace atrous::model
