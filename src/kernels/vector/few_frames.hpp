// Block shape: blocks much shorter than a vector. Lanes are the rows of a tile instead, a vector of sums per frame. The
// chains of multiply-adds are the same, so the bits are too.
//
//                  frame t   t+1
//       lane 0       s₀₀     s₀₁     row 0 of the tile
//       lane 1       s₁₀     s₁₁     row 1
//       …             …       …
#pragma once

#include "kernels/vector/block_finish.hpp"

namespace atrous::kernels {
namespace {

constexpr bool rows_fit_lanes = lanes >= (tall_rows > 0 ? tall_rows : block_rows);
constexpr int few_frames = rows_fit_lanes ? lanes / 8 : 0;  // with more, a vector of time is as quick

struct LaneRows {
  float of[lanes] = {};
};

// The sums of N frames from t on.
template <int N>
[[gnu::always_inline]] inline void accumulate_rows(const ProductView& product, const Tile& tile, const BlockArgs& args,
                                                   std::ptrdiff_t t, Batch (&sums)[N]) {
  LaneRows start[N];
  for (int r = 0; r < tile.rows; ++r) {
    const int row = tile.row_at(r, tile.rows);
    for (int n = 0; n < N; ++n) {
      const float bias = product.bias[row];
      start[n].of[r] = args.initial ? args.initial[row * args.initial_stride + t + n] + bias : bias;
    }
  }
#pragma GCC unroll 4
  for (int n = 0; n < N; ++n) sums[n] = load(start[n].of);
  const float* w = product.weights + tile.weights;
  for_terms(
      product, tile, args, [&](const Rows& term, const InputRange& range) __attribute__((always_inline)) {
        const float* x = term.data + range.first * term.stride + t;
        for (int i = 0; i < range.count; ++i, x += term.stride, w += tile.rows) {
          const Batch weights = load(w);  // lanes beyond the tile's rows hold what nobody reads
#pragma GCC unroll 4
          for (int n = 0; n < N; ++n) sums[n] = fma(weights, Batch(x[n]), sums[n]);
        }
      });
}

template <class Ending, int N>
void few_tile(const ProductView& product, const Tile& tile, const typename Ending::Args& args, std::ptrdiff_t t) {
  Batch sums[N];
  accumulate_rows<N>(product, tile, args, t, sums);
  const Destination to(tile, args, t);
  const int rows = results<Ending>(tile.rows);
  LaneRows slopes;
  for (int r = 0; to.slopes && r < rows; ++r) slopes.of[r] = to.slopes[r * to.slope_step];
  for (int n = 0; n < N; ++n) {
    float z[2 * lanes] = {};
    sums[n].store_unaligned(z);
    LaneRows result;
    Ending::apply(load(z), load(z + (Ending::halves ? rows : 0)), load(slopes.of)).store_unaligned(result.of);
    for (int r = 0; r < rows; ++r) {
      to.out[r * to.out_stride + n] = result.of[r];
      if (to.sum) to.sum[r * to.sum_stride + n] = to.before[r * to.before_stride + n] + result.of[r];
    }
  }
}

template <class Ending>
void across_rows(const ProductView& product, const Tile& tile, const typename Ending::Args& args) {
  if (args.frames == 1) return few_tile<Ending, 1>(product, tile, args, 0);
  for (int t = 0; t < args.frames; t += 2) few_tile<Ending, 2>(product, tile, args, t);
}

}  // namespace
}  // namespace atrous::kernels
