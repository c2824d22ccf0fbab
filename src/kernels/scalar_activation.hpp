// Activations on single values with libm: what the reference kernels and other code off the hot path use.
#pragma once

#include <algorithm>
#include <cmath>

#include "model/activation.hpp"

namespace atrous::kernels {

inline float sigmoid(float x) {
  return 1.0f / (1.0f + std::exp(-x));
}

// The activation `a` of value `x` in channel `channel` (which only a PReLU with several slopes looks at).
inline float activate(const model::Activation& a, int channel, float x) {
  using Kind = model::ActivationKind;
  switch (a.kind) {
    case Kind::identity:
      return x;
    case Kind::tanh:
      return std::tanh(x);
    case Kind::hardtanh:
      return std::clamp(x, -1.0f, 1.0f);
    case Kind::fasttanh: {
      const float m = std::fabs(x), y = x * x;
      return x * (2.45550750702956f * (1.0f + m) + (0.893229853513558f + 0.821226666969744f * m) * y) /
             (2.44506634652299f + (2.44506634652299f + y) * std::fabs(x + 0.814642734961073f * x * m));
    }
    case Kind::relu:
      return std::max(x, 0.0f);
    case Kind::leaky_relu:
      return x > 0.0f ? x : x * a.slope;
    case Kind::prelu: {
      const float slope = a.slopes.empty() ? a.slope : a.slopes[std::size_t(channel)];
      return x > 0.0f ? x : x * slope;
    }
    case Kind::sigmoid:
      return sigmoid(x);
    case Kind::silu:
      return x * sigmoid(x);
    case Kind::hardswish:
      return x * std::clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    case Kind::leaky_hardtanh:
      if (x < a.min) return (x - a.min) * a.min_slope + a.min;
      if (x > a.max) return (x - a.max) * a.max_slope + a.max;
      return x;
    case Kind::softsign:
      return x / (1.0f + std::fabs(x));
    case Kind::elu:
      return x > 0.0f ? x : std::expm1(x);
  }
  return x;
}

}  // namespace atrous::kernels
