// Block shape: what follows the sums of a tile while they are in registers (kernels.hpp: Finish).
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/block_sums.hpp"

namespace atrous::kernels {
namespace {

// What becomes of the sums: `apply` makes a row of the result of row r and, where `halves`, of its counterpart in the
// second half of the tile.
struct Plain {
  using Args = BlockArgs;
  static constexpr bool halves = false, layer = false;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch&, const Batch&) { return z; }
};

template <class Activation>
struct Activated {
  using Args = LayerArgs;
  static constexpr bool halves = false, layer = false;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch&, const Batch& slope) {
    ActivationParams<Batch> params{};
    params.slope = slope;
    return Activation::apply(z, params);
  }
};

struct Gated {
  using Args = LayerArgs;
  static constexpr bool halves = true, layer = false;
  [[gnu::always_inline]] static Batch apply(const Batch& z, const Batch& second, const Batch&) {
    return Tanh::of(z) * Sigmoid::of(second);
  }
};

// With the residual as well, for a layer that is a single tile.
template <class Ending>
struct Layer : Ending {
  static constexpr bool layer = true;
};

// Rows that come of a tile of as many.
template <class Ending>
constexpr int results(int rows) {
  return Ending::halves ? rows / 2 : rows;
}

// Where a tile's results go. A value: for all a compiler knows, a store might change what the arguments point to.
struct Destination {
  float *out, *sum = nullptr;
  const float* before = nullptr;
  std::ptrdiff_t out_stride, sum_stride = 0, before_stride = 0;
  const float* slopes = nullptr;  // of a ReLU, one or one per row
  int slope_step = 0;

  Destination(const Tile& tile, const BlockArgs& args, std::ptrdiff_t t)
      : out(args.out + tile.row * args.out_stride + t), out_stride(args.out_stride) {}

  Destination(const Tile& tile, const LayerArgs& args, std::ptrdiff_t t)
      : Destination(tile, static_cast<const BlockArgs&>(args), t) {
    const Finish& finish = args.finish;
    const model::Activation& a = *finish.activation;
    slope_step = a.slopes.empty() ? 0 : 1;
    slopes = a.slopes.empty() ? &a.slope : a.slopes.data() + tile.row;
    if (!finish.sum) return;
    sum_stride = finish.sum_stride;
    sum = finish.sum + tile.row * sum_stride + t;
    before_stride = finish.before_stride;
    before = finish.before + tile.row * before_stride + t;
  }
};

// The results take the place of the sums they are made of. Four vectors at a time, from row `First` on: an activation
// is a long chain of operations, and several must be under way.
template <class Ending, bool Add, bool Store, int First, int R, int V>
[[gnu::always_inline]] inline void finish_rows(const Destination& to, Sums<R, V>& sums) {
  constexpr int rows = results<Ending>(R), most = V < 4 ? 4 / V : 1;
  constexpr int end = First + most < rows ? First + most : rows;
#pragma GCC unroll 4
  for (int r = First; r < end; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) in_turn(sums.of[r][v]);
  }
#pragma GCC unroll 4
  for (int r = First; r < end; ++r) {
    const Batch slope(to.slopes ? to.slopes[r * to.slope_step] : 0.0f);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      sums.of[r][v] = Ending::apply(sums.of[r][v], sums.of[Ending::halves ? r + rows : r][v], slope);
    }
  }
#pragma GCC unroll 4
  for (int r = First; r < end; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Batch& u = sums.of[r][v];
      in_turn(sums.of[r][v]);
      if constexpr (Store) u.store_unaligned(to.out + r * to.out_stride + v * lanes);
      if constexpr (Add) {
        const Batch before = load(to.before + r * to.before_stride + v * lanes);
        (before + u).store_unaligned(to.sum + r * to.sum_stride + v * lanes);
      }
    }
  }
  if constexpr (end < rows) finish_rows<Ending, Add, Store, end>(to, sums);
}

// next = v + residual · u of a layer whose residual is one tile, from row `First` on, for the U rows u that the sums
// hold. As many rows at a time as there are registers left.
template <int First, int U, int R, int V>
[[gnu::always_inline]] inline void residual_rows(const LayerArgs& args, std::ptrdiff_t t, const Sums<R, V>& u) {
  constexpr int left = (registers - 2) / V - U, most = left < 1 ? 1 : left > 12 / V ? 12 / V : left;
  constexpr int runs = (U - First + most - 1) / most, rows = (U - First + runs - 1) / runs;
  const Finish& layer = args.finish;
  const ProductView& product = *layer.residual;
  const Tile& tile = product.tall_count > 0 ? product.tall_tiles[0] : product.tiles[0];
  const float* const w = product.weights + tile.weights + First;
  Batch sums[rows][V];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    const float* const v_row = layer.v.data + (First + r) * layer.v.stride + t;
    const Batch bias(product.bias[First + r]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sums[r][v] = load(v_row + v * lanes) + bias;
  }
#pragma GCC unroll 16
  for (int i = 0; i < U; ++i) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const Batch weight(w[i * U + r]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sums[r][v] = fma(weight, u.of[i][v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    float* const next = layer.next + (First + r) * layer.next_stride + t;
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sums[r][v].store_unaligned(next + v * lanes);
  }
  if constexpr (First + rows < U) residual_rows<First + rows, U>(args, t, u);
}

}  // namespace
}  // namespace atrous::kernels
