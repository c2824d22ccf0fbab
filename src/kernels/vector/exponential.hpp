// e^x from a table, where a vector instruction can look it up, and the tanh and sigmoid that follow.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

#if defined(__AVX512F__)

// 32·x/ln 2 = n + d with a whole n = 32·q + i and |d| <= ½, so that e^x = 2^q · 2^(i/32) · 2^(d/32). The table gives
// the middle factor; the last is a parabola, off by 2e-7 at most, of which at most half is left in a tanh.
constexpr int exp_steps = 32, exp_step_bits = 5, mantissa_bits = 23;
constexpr double ln2 = 0.6931471805599453;

// The bits of 2^(i/32) less i at the end of the exponent: adding n there makes 2^q · 2^(i/32) of them.
struct ExpTable {
  std::uint32_t of[exp_steps];
};
alignas(64) constexpr ExpTable exp_table = [] {
  ExpTable table{};
  double power = 1.0;
  for (std::uint32_t i = 0; i < exp_steps; ++i) {
    table.of[i] = std::bit_cast<std::uint32_t>(float(power)) - (i << (mantissa_bits - exp_step_bits));
    power *= 1.0218971486541166;  // 2^(1/32)
  }
  return table;
}();

// e^(scale · x), of which |scale · x| is cut at 80: neither infinite nor denormal.
Batch exponential(const Batch& x, double scale) {
  constexpr double step = ln2 / exp_steps;
  const Batch steps(float(scale / step));
  const Batch magic(12582912.0f);  // 1.5·2²³: adding it leaves the nearest whole number in the last bits
  const Batch c = _mm512_range_ps(x, Batch(float(80 / scale)), 0x2);  // clamped: the sign of x
  const Batch shifted = fma(c, steps, magic);
  const Batch d = _mm512_fmsub_ps(c, steps, shifted - magic);
  const __m512i n = _mm512_castps_si512(shifted);
  const __m512i power = _mm512_castps_si512(
      _mm512_permutex2var_ps(_mm512_load_ps(exp_table.of), n, _mm512_load_ps(exp_table.of + lanes)));
  const Batch e = _mm512_castsi512_ps(_mm512_add_epi32(power, _mm512_slli_epi32(n, mantissa_bits - exp_step_bits)));
  // e^(d·step) = 1 + d·(c + d·step²/2), where c splits what the cubic term would add evenly over |d| <= ½.
  constexpr double c1 = step + step * step * step / 6 * (3.0 / 16);
  const Batch slope = fma(d, Batch(float(step * step / 2)), Batch(float(c1)));
  return fma(d * e, slope, e);
}

// (e^2x - 1) / (e^2x + 1)
Batch tanh_of(const Batch& x) {
  const Batch e = exponential(x, 2);
  return (e - Batch(1.0f)) / (e + Batch(1.0f));
}

// e^x / (e^x + 1)
Batch sigmoid_of(const Batch& x) {
  const Batch e = exponential(x, 1);
  return e / (e + Batch(1.0f));
}

#endif

}  // namespace
}  // namespace atrous::kernels
