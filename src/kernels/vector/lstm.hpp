// LSTM cells.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

void lstm_step(const float* z, int cells, float* cell, float* hidden) noexcept {
  for (int i = 0; i < cells; i += lanes) {
    const Batch in = Sigmoid::of(load(z + i)), forget = Sigmoid::of(load(z + cells + i));
    const Batch candidate = Tanh::of(load(z + 2 * cells + i)), out = Sigmoid::of(load(z + 3 * cells + i));
    const Batch next = fma(forget, load(cell + i), in * candidate);
    next.store_unaligned(cell + i);
    (out * Tanh::of(next)).store_unaligned(hidden + i);
  }
}

}  // namespace
}  // namespace atrous::kernels
