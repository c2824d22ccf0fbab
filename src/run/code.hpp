// Samples and classes: the five mu-law codes in use, and a linear one. With μ = classes - 1 (vincentherrmann: μ =
// classes) and f(x) = sign(x) · ln(1 + μ|x|) / ln(1 + μ), they differ in how f is cut into classes and which value
// stands for one.
#pragma once

#include "model/config.hpp"

namespace atrous::run {

// The class of a sample, 0 to classes - 1. Samples are clipped to -1..1; NaN counts as 0.
int encode(const model::Code& code, float sample) noexcept;

// The sample that a class stands for, -1 to 1. Classes are clamped to 0..classes - 1.
float decode(const model::Code& code, int label) noexcept;

// What a network with a class_value input reads: linspace(-1, 1, classes)[label].
float class_value(const model::Code& code, int label) noexcept;

}  // namespace atrous::run
