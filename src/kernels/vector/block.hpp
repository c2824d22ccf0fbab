// Block shape: SIMD lanes are time.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds rows x vectors accumulators, beside its inputs and a broadcast weight. A multiply-add takes
// four cycles and two start in each, so that fewer than eight accumulators would wait for each other.
constexpr int block_rows = registers == 32 ? 8 : 6;

constexpr int vectors_of_time(int rows) {
  if (rows > 4) return 2;
  if (rows == 1 && registers == 16) return 8;
  return rows == 4 && registers == 16 ? 2 : 4;
}

template <int R, int V>
struct Sums {
  Batch of[R][V];
};

// The sums of one tile of R rows over V vectors of time, starting at frame t.
template <int R, int V>
[[gnu::always_inline]] inline void accumulate(const ProductView& product, const Tile& tile, const BlockArgs& args,
                                              std::ptrdiff_t t, Sums<R, V>& sums) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    const int row = tile.row + r + (2 * r >= R ? tile.gap : 0);
    const Batch bias(product.bias[row]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      sums.of[r][v] = args.initial ? load(args.initial + row * args.initial_stride + t + v * lanes) + bias : bias;
    }
  }
  const float* w = product.weights + tile.weights;
  const InputRange* ranges = product.ranges + tile.ranges;
  for (int term = 0; term < product.term_count; ++term) {
    const std::ptrdiff_t stride = args.terms[term].stride;
    const float* x = args.terms[term].data + ranges[term].first * stride + t;
    for (int i = 0; i < ranges[term].count; ++i, x += stride, w += R) {
      Batch in[V];
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) in[v] = load(x + v * lanes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const Batch weight(w[r]);
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) sums.of[r][v] = fma(weight, in[v], sums.of[r][v]);
      }
    }
  }
}

// What becomes of the sums. `value` is row r, vector v of the result.
template <int R, int V, class Value>
[[gnu::always_inline]] inline void store_rows(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t, Value value) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    float* out = args.out + (tile.row + r) * args.out_stride + t;
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) value(r, v).store_unaligned(out + v * lanes);
  }
}

struct Plain {
  template <int R, int V>
  [[gnu::always_inline]] static void finish(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t,
                                            const Sums<R, V>& sums) {
    store_rows<R, V>(tile, args, t, [&](int r, int v) { return sums.of[r][v]; });
  }
};

// Stores, and adds to the rows of Finish::sum.
template <int R, int V, class Value>
[[gnu::always_inline]] inline void store_and_add(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t,
                                                 Value value) {
  if (!args.finish->sum) return store_rows<R, V>(tile, args, t, value);
  store_rows<R, V>(tile, args, t, [&](int r, int v) {
    float* sum = args.finish->sum + (tile.row + r) * args.finish->sum_stride + t + v * lanes;
    const Batch result = value(r, v);
    (load(sum) + result).store_unaligned(sum);
    return result;
  });
}

template <class Activation>
struct Activated {
  template <int R, int V>
  [[gnu::always_inline]] static void finish(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t,
                                            const Sums<R, V>& sums) {
    const model::Activation& a = *args.finish->activation;
    ActivationParams<Batch> params{};
    store_and_add<R, V>(tile, args, t, [&](int r, int v) {
      params.slope = Batch(a.slopes.empty() ? a.slope : a.slopes[static_cast<std::size_t>(tile.row + r)]);
      return Activation::apply(sums.of[r][v], params);
    });
  }
};

// tanh(z₁)·σ(z₂), the halves of a paired tile.
struct Gated {
  template <int R, int V>
  [[gnu::always_inline]] static void finish(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t,
                                            const Sums<R, V>& sums) {
    if constexpr (R % 2 == 0) {
      store_and_add<R / 2, V>(
          tile, args, t, [&](int r, int v) { return Tanh::of(sums.of[r][v]) * Sigmoid::of(sums.of[r + R / 2][v]); });
    }
  }
};

template <class Finish, int R, int V>
void block_tile(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  Sums<R, V> sums;
  accumulate<R, V>(product, tile, args, t, sums);
  Finish::template finish<R, V>(tile, args, t, sums);
}

// All frames from t on: V vectors at a time, the rest by halves.
template <class Finish, int R, int V>
void over_time(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  for (; t + (V - 1) * lanes < args.frames; t += V * lanes) block_tile<Finish, R, V>(product, tile, args, t);
  if constexpr (V > 1) {
    if (t < args.frames) over_time<Finish, R, V / 2>(product, tile, args, t);
  }
}

template <class Finish, int R = 1>
void over_tile(const ProductView& product, const Tile& tile, const BlockArgs& args) {
  if constexpr (R < block_rows) {
    if (tile.rows != R) return over_tile<Finish, R + 1>(product, tile, args);
  }
  over_time<Finish, R, vectors_of_time(R)>(product, tile, args, 0);
}

template <class Finish>
void over_tiles(const ProductView& product, const BlockArgs& args) {
  for (int i = 0; i < product.tile_count; ++i) over_tile<Finish>(product, product.tiles[i], args);
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
