// Filters of one row: their newest taps directly, the older ones as products of spectra.
#pragma once

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: vectors of time x fir_chains accumulators, beside a broadcast tap.
constexpr int fir_vectors = registers == 32 ? 4 : 3;

// V vectors of time, starting at frame t.
template <int V>
void fir_tile(const FirArgs& args, std::ptrdiff_t t) {
  Batch acc[fir_chains][V];
#pragma GCC unroll 4
  for (int c = 0; c < fir_chains; ++c) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) acc[c][v] = c == 0 ? load(args.initial + t + v * lanes) : Batch(0.0f);
  }
  const auto add_tap = [&](int c, int k) {
    const Batch tap(args.taps[k]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) acc[c][v] = fma(tap, load(args.x + t + k + v * lanes), acc[c][v]);
  };
  int k = 0;
  for (; k + fir_chains <= args.count; k += fir_chains) {
#pragma GCC unroll 4
    for (int c = 0; c < fir_chains; ++c) add_tap(c, k + c);
  }
#pragma GCC unroll 4
  for (int c = 0; c < fir_chains - 1; ++c) {
    if (k + c < args.count) add_tap(c, k + c);
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    ((acc[0][v] + acc[1][v]) + (acc[2][v] + acc[3][v])).store_unaligned(args.out + t + v * lanes);
  }
}

void fir(const FirArgs& args) noexcept {
  std::ptrdiff_t t = 0;
  for (; t + (fir_vectors - 1) * lanes < args.frames; t += fir_vectors * lanes) fir_tile<fir_vectors>(args, t);
  for (; t + lanes < args.frames; t += 2 * lanes) fir_tile<2>(args, t);
  for (; t < args.frames; t += lanes) fir_tile<1>(args, t);
}

// Two vectors of bins: the products of the four pairs of parts stay apart until all partitions are in, which keeps
// eight chains in flight.
struct SpectrumSums {
  Batch re_re[2], im_im[2], re_im[2], im_re[2];

  void add(const float* x, const float* h) {
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) {
      const Batch x_re = load(x + v * lanes), x_im = load(x + spectrum_group + v * lanes);
      const Batch h_re = load(h + v * lanes), h_im = load(h + spectrum_group + v * lanes);
      re_re[v] = fma(x_re, h_re, re_re[v]);
      im_im[v] = fma(x_im, h_im, im_im[v]);
      re_im[v] = fma(x_re, h_im, re_im[v]);
      im_re[v] = fma(x_im, h_re, im_re[v]);
    }
  }
};

void multiply_spectra(const SpectraArgs& args) noexcept {
  constexpr std::ptrdiff_t spectrum = 2 * spectrum_group;
  const std::ptrdiff_t group_size = args.partitions * spectrum;
  for (int group = args.first; group < args.first + args.count; ++group) {
    const float* x = args.x + group * group_size;
    const float* h = args.h + group * group_size;
    float* out = args.out + group * spectrum;
    for (int bin = 0; bin < spectrum_group; bin += 2 * lanes) {
      const Batch zero(0.0f);
      SpectrumSums sums{{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
      int p = 0;
      for (int slot = args.newest; slot < args.partitions; ++slot, ++p) {
        sums.add(x + slot * spectrum + bin, h + p * spectrum + bin);
      }
      for (int slot = 0; slot < args.newest; ++slot, ++p) sums.add(x + slot * spectrum + bin, h + p * spectrum + bin);
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) {
        (sums.re_re[v] - sums.im_im[v]).store_unaligned(out + bin + v * lanes);
        (sums.re_im[v] + sums.im_re[v]).store_unaligned(out + spectrum_group + bin + v * lanes);
      }
    }
  }
}

}  // namespace
}  // namespace atrous::kernels
