// Block shape: the sums of a tile (block.hpp draws one).
#pragma once

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds rows x vectors accumulators, beside its inputs and a broadcast weight. A multiply-add takes
// four cycles and two start in each, so that fewer than eight accumulators would wait for each other.
constexpr int block_rows = 6;
constexpr int lone_rows = registers == 32 ? 8 : block_rows;
constexpr int tall_rows = registers == 32 ? 16 : 0;  // of a block that is one vector long

constexpr int vectors_of_time(int rows) {
  if (rows > lone_rows) return 1;
  if (registers == 32) return rows > block_rows ? 2 : 4;
  if (rows == 1) return 8;
  return rows > 3 ? 2 : 4;
}

template <int R, int V>
struct Sums {
  Batch of[R][V];
};

// Keeps a vector in a register. Compilers would rather read it from memory again for every row that it is multiplied
// into, and a read that crosses a cache line, as those of most lags do, costs twice.
[[gnu::always_inline]] inline void hold([[maybe_unused]] Batch& vector) {
#if defined(__AVX512F__)
  asm("" : "+v"(vector.data));
#endif
}

// Fixes the order of what comes before and after. Compilers would rather start on all rows of a tile at once, and store
// what does not fit the registers.
[[gnu::always_inline]] inline void in_turn([[maybe_unused]] Batch& vector) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(vector.data));
#endif
}

// Multiplies one input, x[V vectors of time], by its weights, w[R].
template <int R, int V>
[[gnu::always_inline]] inline void add_input(const float* w, const float* x, Sums<R, V>& sums) {
  Batch in[V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) {
    in[v] = load(x + v * lanes);
    hold(in[v]);
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    const Batch weight(w[r]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sums.of[r][v] = fma(weight, in[v], sums.of[r][v]);
  }
}

// Calls add(rows, range) for every term of a tile.
template <class Add>
[[gnu::always_inline]] inline void for_terms(const ProductView& product, const Tile& tile, const BlockArgs& args,
                                             Add add) {
  const InputRange* const ranges = product.ranges + tile.ranges;
  for (int n = 0; n < product.term_count; ++n) {
    Rows rows = args.term(n, product.term_count);
    asm("" : "+r"(rows.stride));  // else compilers work out all distances in a ring beforehand, and keep them in memory
    add(rows, ranges[n]);
  }
}

// The sums of one tile of R rows over V vectors of time, starting at frame t.
template <int R, int V>
[[gnu::always_inline]] inline void accumulate(const ProductView& product, const Tile& tile, const BlockArgs& args,
                                              std::ptrdiff_t t, Sums<R, V>& sums) {
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    const int row = tile.row_at(r, R);
    const Batch bias(product.bias[row]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      sums.of[r][v] = args.initial ? load(args.initial + row * args.initial_stride + t + v * lanes) + bias : bias;
    }
  }
  const float* w = product.weights + tile.weights;
  for_terms(
      product, tile, args, [&](const Rows& term, const InputRange& range) __attribute__((always_inline)) {
        const std::ptrdiff_t stride = term.stride;
        const float* x = term.data + range.first * stride + t;
        if (R <= block_rows && range.count == R) {  // as many inputs as rows: narrow layers, without a loop
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) add_input<R, V>(w + i * R, x + i * stride, sums);
          w += R * R;
        } else {
          for (int i = range.count; i > 0; --i, x += stride, w += R) add_input<R, V>(w, x, sums);
        }
      });
}

}  // namespace
}  // namespace atrous::kernels
