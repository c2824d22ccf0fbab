// All mutable numbers of a stream in one allocation, so that a reset is one copy.
#pragma once

#include <cstddef>

#include "network/product.hpp"

namespace atrous::stream {

// First every part reserves its room, then allocate() makes it, all zeros. Every part starts on a vector boundary.
class Arena {
 public:
  std::size_t reserve(std::size_t floats) {
    const std::size_t offset = size_;
    size_ += kernels::padded(floats);
    return offset;
  }
  void allocate() { floats_.assign(size_ + kernels::max_lanes, 0.0f); }
  float* at(std::size_t offset) noexcept { return floats_.data() + offset; }
  const float* at(std::size_t offset) const noexcept { return floats_.data() + offset; }

  network::AlignedFloats& floats() noexcept { return floats_; }
  const network::AlignedFloats& floats() const noexcept { return floats_; }

 private:
  std::size_t size_ = 0;
  network::AlignedFloats floats_;
};

}  // namespace atrous::stream
