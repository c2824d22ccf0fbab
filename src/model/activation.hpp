// The functions of a layer: all that the kernels know of a model.
#pragma once

#include <string_view>
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
  elu,  // of alpha 1
};

// What a file may say of an activation beside its name.
enum class ActivationParameters {
  none,
  slope,   // of what is negative
  slopes,  // the same, or one per channel
  limits,  // min, max, and the slopes beyond them
};

struct ActivationRow {
  ActivationKind kind;
  std::string_view name;  // in files
  ActivationParameters parameters = ActivationParameters::none;
};

// In the order of the kinds.
inline constexpr ActivationRow activations[] = {
    {ActivationKind::identity, "Identity"},
    {ActivationKind::tanh, "Tanh"},
    {ActivationKind::hardtanh, "Hardtanh"},
    {ActivationKind::fasttanh, "Fasttanh"},
    {ActivationKind::relu, "ReLU"},
    {ActivationKind::leaky_relu, "LeakyReLU", ActivationParameters::slope},
    {ActivationKind::prelu, "PReLU", ActivationParameters::slopes},
    {ActivationKind::sigmoid, "Sigmoid"},
    {ActivationKind::silu, "SiLU"},
    {ActivationKind::hardswish, "Hardswish"},
    {ActivationKind::leaky_hardtanh, "LeakyHardtanh", ActivationParameters::limits},
    {ActivationKind::softsign, "Softsign"},
    {ActivationKind::elu, "ELU"},
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
