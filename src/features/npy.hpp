// NumPy's arrays in files: `.npy`, and the zip archives of them that `.npz` files are.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atrous::features {

using Bytes = std::span<const std::byte>;

// An array of two or more axes whose values lie in the order of the file: C order, or Fortran order.
struct NpyArray {
  std::vector<std::size_t> shape;
  bool fortran_order = false;
  std::vector<float> values;
};

bool looks_like_npy(Bytes bytes);
// Float16, float32 or float64 of either byte order. Throws Error (format); `name` begins the message.
NpyArray parse_npy(Bytes bytes, const std::string& name);

bool looks_like_npz(Bytes bytes);
// The bytes of the one array that an archive holds, stored or deflated; no more than a fixed size and a multiple of
// the archive's. Throws Error (format).
std::vector<std::byte> only_array(Bytes bytes, const std::string& name);

}  // namespace atrous::features
