// Block shape: SIMD lanes are time.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds rows x vectors accumulators, beside its inputs and a broadcast weight. A multiply-add takes
// four cycles and two start in each, so that fewer than eight accumulators would wait for each other.
constexpr int block_rows = 6;
constexpr int tall_rows = registers == 32 ? 16 : 0;  // of a block that is one vector long

constexpr int vectors_of_time(int rows) {
  if (rows > block_rows) return 1;
  if (registers == 32) return 4;
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
  const InputRange* range = product.ranges + tile.ranges;
  const Rows* const end = args.terms + product.term_count;
  for (const Rows* term = args.terms; term != end; ++term, ++range) {
    const std::ptrdiff_t stride = term->stride;
    const float* x = term->data + range->first * stride + t;
    for (const float* const last = w + range->count * R; w != last; x += stride, w += R) {
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
  }
}

// What becomes of the sums: `apply` makes a row of the result of row r and, where `halves`, of its counterpart in the
// second half of the tile.
struct Plain {
  static constexpr bool halves = false;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch&, const Batch&) { return z; }
};

template <class Activation>
struct Activated {
  static constexpr bool halves = false;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch&, const Batch& slope) {
    ActivationParams<Batch> params{};
    params.slope = slope;
    return Activation::apply(z, params);
  }
};

struct Gated {
  static constexpr bool halves = true;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch& second, const Batch&) {
    return Tanh::of(z) * Sigmoid::of(second);
  }
};

// Where a tile's results go. A value: for all a compiler knows, a store might change what the arguments point to.
struct Destination {
  float *out, *sum = nullptr;
  std::ptrdiff_t out_stride, sum_stride = 0;
  const float* slopes = nullptr;  // of a ReLU, one or one per row
  int slope_step = 0;

  Destination(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t)
      : out(args.out + tile.row * args.out_stride + t), out_stride(args.out_stride) {
    if (!args.finish) return;
    const model::Activation& a = *args.finish->activation;
    slope_step = a.slopes.empty() ? 0 : 1;
    slopes = a.slopes.empty() ? &a.slope : a.slopes.data() + tile.row;
    sum_stride = args.finish->sum_stride;
    if (args.finish->sum) sum = args.finish->sum + tile.row * sum_stride + t;
  }
};

template <class Finish, int R, int V, bool Add>
[[gnu::always_inline]] inline void finish_tile(const Destination& to, const Sums<R, V>& sums) {
  constexpr int rows = Finish::halves ? R / 2 : R;
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    const Batch slope(to.slopes ? to.slopes[r * to.slope_step] : 0.0f);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Batch result = Finish::apply(sums.of[r][v], sums.of[Finish::halves ? r + rows : r][v], slope);
      result.store_unaligned(to.out + r * to.out_stride + v * lanes);
      if constexpr (Add) {
        float* const sum = to.sum + r * to.sum_stride + v * lanes;
        (load(sum) + result).store_unaligned(sum);
      }
    }
  }
}

template <class Finish, int R, int V>
void block_tile(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  Sums<R, V> sums;
  accumulate<R, V>(product, tile, args, t, sums);
  const Destination to(tile, args, t);
  if (to.sum)
    finish_tile<Finish, R, V, true>(to, sums);
  else
    finish_tile<Finish, R, V, false>(to, sums);
}

// ---------------------------------------------------------------- a few frames

// A block much shorter than a vector: its lanes are the rows of a tile instead, a vector of sums per frame. The chains
// of multiply-adds are the same, so the bits are too.
constexpr bool rows_fit_lanes = lanes >= (tall_rows > 0 ? tall_rows : block_rows);
constexpr int few_frames = rows_fit_lanes ? lanes / 4 : 0;

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
  const InputRange* range = product.ranges + tile.ranges;
  const Rows* const end = args.terms + product.term_count;
  for (const Rows* term = args.terms; term != end; ++term, ++range) {
    const float* x = term->data + range->first * term->stride + t;
    for (int i = 0; i < range->count; ++i, x += term->stride, w += tile.rows) {
      const Batch weights = load(w);  // lanes beyond the tile's rows hold what nobody reads
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sums[n] = fma(weights, Batch(x[n]), sums[n]);
    }
  }
}

template <class Finish, int N>
void few_tile(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  Batch sums[N];
  accumulate_rows<N>(product, tile, args, t, sums);
  const Destination to(tile, args, t);
  const int rows = Finish::halves ? tile.rows / 2 : tile.rows;
  LaneRows slopes;
  for (int r = 0; to.slopes && r < rows; ++r) slopes.of[r] = to.slopes[r * to.slope_step];
  for (int n = 0; n < N; ++n) {
    float z[2 * lanes] = {};
    sums[n].store_unaligned(z);
    LaneRows result;
    Finish::apply(load(z), load(z + (Finish::halves ? rows : 0)), load(slopes.of)).store_unaligned(result.of);
    for (int r = 0; r < rows; ++r) {
      to.out[r * to.out_stride + n] = result.of[r];
      if (to.sum) to.sum[r * to.sum_stride + n] += result.of[r];
    }
  }
}

template <class Finish>
void across_rows(const ProductView& product, const Tile& tile, const BlockArgs& args) {
  if (args.frames == 1) return few_tile<Finish, 1>(product, tile, args, 0);
  for (int t = 0; t < args.frames; t += 2) few_tile<Finish, 2>(product, tile, args, t);
}

// ---------------------------------------------------------------- whole vectors

// All frames from t on: V vectors at a time, the rest by halves.
template <class Finish, int R, int V>
void over_time(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  for (; t + (V - 1) * lanes < args.frames; t += V * lanes) block_tile<Finish, R, V>(product, tile, args, t);
  if constexpr (V > 1) {
    if (t < args.frames) over_time<Finish, R, V / 2>(product, tile, args, t);
  }
}

template <class Finish, int R, int Most>
void over_tile(const ProductView& product, const Tile& tile, const BlockArgs& args) {
  if constexpr (R < Most) {
    if (tile.rows != R) return over_tile<Finish, R + 1, Most>(product, tile, args);
  }
  if constexpr (!Finish::halves || R % 2 == 0) over_time<Finish, R, vectors_of_time(R)>(product, tile, args, 0);
}

template <class Finish>
void over_tiles(const ProductView& product, const BlockArgs& args) {
  if (args.frames <= few_frames) {
    const Tile* tiles = product.tall_count > 0 ? product.tall_tiles : product.tiles;
    const int count = product.tall_count > 0 ? product.tall_count : product.tile_count;
    for (int i = 0; i < count; ++i) across_rows<Finish>(product, tiles[i], args);
  } else if (product.tall_count > 0 && args.frames <= lanes) {
    for (int i = 0; i < product.tall_count; ++i) {
      over_tile<Finish, 1, tall_rows>(product, product.tall_tiles[i], args);
    }
  } else {
    for (int i = 0; i < product.tile_count; ++i) over_tile<Finish, 1, block_rows>(product, product.tiles[i], args);
  }
}

void product_block(const ProductView& product, const BlockArgs& args) noexcept {
  if (!args.finish) return over_tiles<Plain>(product, args);
  if (args.finish->gating == model::Gating::gated) return over_tiles<Gated>(product, args);
  switch (args.finish->activation->kind) {
    case model::ActivationKind::tanh:
      return over_tiles<Activated<Tanh>>(product, args);
    case model::ActivationKind::relu:
      return over_tiles<Activated<Relu>>(product, args);
    default:
      return over_tiles<Activated<LeakyRelu>>(product, args);
  }
}

}  // namespace
}  // namespace atrous::kernels
