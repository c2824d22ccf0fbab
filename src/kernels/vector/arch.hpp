// The vector type of the instruction set that kernels.cpp is being compiled for. The files of this folder are parts of
// kernels.cpp and included by it alone: whatever they define stays in its anonymous namespace.
#pragma once

#include <xsimd/xsimd.hpp>

#include "kernels/kernels.hpp"

namespace atrous::kernels {
namespace {

#if defined(ATROUS_KERNELS_sse2) || defined(ATROUS_KERNELS_simd128)  // emscripten knows SSE2 by SIMD of WebAssembly
using Arch = xsimd::sse2;
constexpr int registers = 16;
#elif defined(ATROUS_KERNELS_avx2)
using Arch = xsimd::fma3<xsimd::avx2>;
constexpr int registers = 16;
#elif defined(ATROUS_KERNELS_avx512)
using Arch = xsimd::avx512bw;
constexpr int registers = 32;
#elif defined(ATROUS_KERNELS_avx512vnni)
using Arch = xsimd::avx512bw;
constexpr int registers = 32;
#else
using Arch = xsimd::neon64;
constexpr int registers = 32;
#endif

using Batch = xsimd::batch<float, Arch>;
constexpr int lanes = int(Batch::size);

// a · b + c, rounded once where the machine can. xsimd 8.1 has none for AVX-512 and would multiply, then add.
Batch fma(const Batch& a, const Batch& b, const Batch& c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#else
  return xsimd::fma(a, b, c);
#endif
}

#if defined(__AVX512F__)
Batch halves(const Batch& lower, const Batch& upper) {
  return _mm512_mask_blend_ps(0xff00, lower, upper);
}
Batch swapped_halves(const Batch& x) {
  return _mm512_shuffle_f32x4(x, x, 0x4e);
}
#elif defined(ATROUS_KERNELS_avx2)
Batch halves(const Batch& lower, const Batch& upper) {
  return _mm256_blend_ps(lower, upper, 0xf0);
}
Batch swapped_halves(const Batch& x) {
  return _mm256_permute2f128_ps(x, x, 1);
}
#endif

Batch load(const float* p) {
  return Batch::load_unaligned(p);
}

}  // namespace
}  // namespace atrous::kernels
