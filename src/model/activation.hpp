// The functions of a layer: all that the kernels know of a model.
#pragma once

#include <vector>

namespace atrous::model {

enum class ActivationKind {
  identity,
  tanh,
  hardtanh,
  fasttanh,
  relu,
  leaky_relu,
  prelu,
  sigmoid,
  silu,
  hardswish,
  leaky_hardtanh,
  softsign,
};

struct Activation {
  ActivationKind kind = ActivationKind::identity;
  float slope = 0.01f;          // leaky_relu; prelu with one slope for all channels
  std::vector<float> slopes{};  // prelu: one per channel, or empty
  float min = -1, max = 1;      // leaky_hardtanh
  float min_slope = 0.01f, max_slope = 0.01f;
};

// o = f(z), f(z₁)·s(z₂), or s(z₂)·f(z₁) + (1 - s(z₂))·z₁
enum class Gating { none, gated, blended };

}  // namespace atrous::model
