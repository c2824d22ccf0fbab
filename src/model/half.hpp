// Halves, as files store them: a sign, 5 bits of exponent, 10 of mantissa. C++20 has no name for them.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace atrous::model {

struct Half {
  std::uint16_t bits;
};

inline float widen(Half value) {
  const std::uint32_t sign = std::uint32_t{value.bits & 0x8000u} << 16;
  const int exponent = (value.bits >> 10) & 0x1f;
  const std::uint32_t mantissa = value.bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
  // Subnormal halves are mantissa · 2^-24, the others (1024 + mantissa) · 2^(exponent - 25).
  const float magnitude =
      exponent == 0 ? std::ldexp(float(mantissa), -24) : std::ldexp(float(mantissa + 1024), exponent - 25);
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace atrous::model
