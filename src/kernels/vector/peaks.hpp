// What the machine can do: the peaks that speeds are measured against.
#pragma once

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

double spin_fma(long rounds) noexcept {
  constexpr int chains = 12;  // more than latency times throughput of any core, and few enough for sixteen registers
  Batch acc[chains];
#pragma GCC unroll 12
  for (int i = 0; i < chains; ++i) acc[i] = Batch(float(i));
  const Batch factor(0.5f), addend(1.0f);
  for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) acc[i] = fma(acc[i], factor, addend);
  }
#pragma GCC unroll 12
  for (int i = 1; i < chains; ++i) acc[0] += acc[i];
  float sum[lanes];
  acc[0].store_unaligned(sum);
  volatile float keep = sum[0];
  static_cast<void>(keep);
  return 2.0 * lanes * chains * double(rounds);
}

float read_all(const float* values, std::size_t count) noexcept {
  Batch acc[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) acc[i] = Batch(0.0f);
  for (std::size_t i = 0; i + 8 * lanes <= count; i += 8 * lanes) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; ++j) acc[j] += load(values + i + std::size_t(j) * lanes);
  }
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) acc[0] += acc[i];
  float sum[lanes];
  acc[0].store_unaligned(sum);
  return sum[0];
}

}  // namespace
}  // namespace atrous::kernels
