// What a core reaches at its best with an instruction set.
#pragma once

#include <cstdint>

#include <atrous/profile.hpp>

#include "kernels/kernels.hpp"
#include "network/product.hpp"
#include "profiling/timing.hpp"

namespace atrous::profiling {

class Peaks {
 public:
  Peaks(const kernels::Kernels& kernels, double seconds_each);
  Peaks(const Peaks&) = delete;  // what is timed refers to it
  Peaks& operator=(const Peaks&) = delete;

  const kernels::Kernels& kernels() const noexcept { return kernels_; }
  Timed fma, l2, l3;
  MachinePeaks result() const;  // once they have been timed

 private:
  Timed reading(const network::AlignedFloats& buffer, double seconds) const;

  const kernels::Kernels& kernels_;
  double operations_ = 0;  // of one run of fma
  network::AlignedFloats in_l2_, in_l3_;
};

// The cache level that holds so many bytes: 2 or 3.
int cache_level(std::int64_t bytes);

}  // namespace atrous::profiling
