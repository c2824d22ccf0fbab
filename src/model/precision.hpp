// Reduced precision: which tensors take part, and how their values are rounded.
//
// The product that gives the output is what int8 hurts most by far, so it is bf16 there. So are the matrices that mix
// the channels of features: they read what no gate has bounded. The first stack's input conv reads one number or one
// row of a table, and so stays f32.
#pragma once

#include <bit>
#include <cstdint>

#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::model {

// How a tensor is stored in a model of this precision.
Precision stored_as(TensorRole role, Precision precision) noexcept;

// The model with its weights rounded to a precision; f32 keeps the values as they are, whatever they were rounded to
// before. Throws Error (argument) for an effect, unless f32.
ModelData reduced(const ModelData& data, Precision precision);

// What a validated model's precision asks of its tensors: int8 ones have scales, bf16 ones hold such numbers, and a
// model that is an effect has neither. Throws Error (invalid).
void validate_precision(const ModelData& data);

// Largest magnitude of an int8 weight, in multiples of its scale.
inline constexpr int max_quantised = 127;

// The nearest bf16 number, ties to even; finite for a finite value that is not beyond the largest of them.
inline float to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u);
}

}  // namespace atrous::model
