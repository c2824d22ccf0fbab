// Block shape: SIMD lanes are time. A product is computed a tile at a time, R rows by V vectors of frames whose sums
// stay in registers from the bias to what follows them:
//
//                      x[i]:   │ x₀ … x₁₅ │ x₁₆ … x₃₁ │   V vectors of row i of a term, at frame t - lag
//                              └────┬─────┴─────┬─────┘
//             w[i][r]               ▼           ▼
//             ┌ w₀ ┐  broadcast ┌──────────┬───────────┐
//     R rows  │ w₁ │  ────────▶ │ += w₀·x  │  += w₀·x  │   R x V sums, each a chain: initial + bias, then the terms
//             │ …  │            │ += w₁·x  │  += w₁·x  │   in order, inputs ascending (block_sums.hpp)
//             └    ┘            └────┬─────┴─────┬─────┘
//                                    ▼           ▼
//                     u = f(z), or of a gated layer f(upper half)·σ(lower half); out, sum = before + u and, where a
//                     layer is one tile, next = v + residual · u from the same registers (block_finish.hpp)
//
//       frames ─▶    ├──── V vectors ────┼──── V vectors ────┼─ V/2 ─┼ 1 ┤    the rest by halves, the last on padding
//
// Blocks of fewer frames than fill a vector's worth of work have lanes along rows (few_frames.hpp).
#pragma once

#include <utility>

#include "kernels/vector/block_finish.hpp"
#include "kernels/vector/few_frames.hpp"

namespace atrous::kernels {
namespace {

template <class Ending, int R, int V>
[[gnu::noinline]] void block_tile(const ProductView& product, const Tile& tile, const typename Ending::Args& args,
                                  std::ptrdiff_t t) {
  Sums<R, V> sums;
  accumulate<R, V>(product, tile, args, t, sums);
  const Destination to(tile, args, t);
  if (to.sum)
    finish_rows<Ending, true, !Ending::layer, 0>(to, sums);
  else
    finish_rows<Ending, false, true, 0>(to, sums);
  if constexpr (Ending::layer) residual_rows<0, results<Ending>(R)>(args, t, sums);
}

// All frames from t on: V vectors at a time, the rest by halves.
template <class Ending, int R, int V>
void over_time(const ProductView& product, const Tile& tile, const typename Ending::Args& args, std::ptrdiff_t t) {
  for (; t + (V - 1) * lanes < args.frames; t += V * lanes) block_tile<Ending, R, V>(product, tile, args, t);
  if constexpr (V > 1) {
    if (t < args.frames) over_time<Ending, R, V / 2>(product, tile, args, t);
  }
}

// The function for a tile of each number of rows.
template <class Ending>
using TileFunction = void (*)(const ProductView&, const Tile&, const typename Ending::Args&);

template <class Ending, int R>
void over_tile(const ProductView& product, const Tile& tile, const typename Ending::Args& args) {
  if constexpr (!Ending::halves || R % 2 == 0) over_time<Ending, R, vectors_of_time(R)>(product, tile, args, 0);
}

template <class Ending, int... R>
TileFunction<Ending> tile_function(int rows, std::integer_sequence<int, R...>) {
  static constexpr TileFunction<Ending> functions[] = {over_tile<Ending, R + 1>...};
  return functions[rows - 1];
}

template <class Ending>
TileFunction<Ending> tile_function(int rows) {
  constexpr int most = Ending::layer || tall_rows == 0 ? lone_rows : tall_rows;
  return tile_function<Ending>(rows, std::make_integer_sequence<int, most>());
}

template <class Ending>
void over_tiles(const ProductView& product, const typename Ending::Args& args) {
  if (args.frames <= few_frames) {
    const Tile* tiles = product.tall_count > 0 ? product.tall_tiles : product.tiles;
    const int count = product.tall_count > 0 ? product.tall_count : product.tile_count;
    for (int i = 0; i < count; ++i) across_rows<Ending>(product, tiles[i], args);
  } else if (product.tall_count > 0 && args.frames <= lanes) {
    const Tile* const end = product.tall_tiles + product.tall_count;
    for (const Tile* tile = product.tall_tiles; tile != end; ++tile)
      tile_function<Ending>(tile->rows)(product, *tile, args);
  } else {
    const Tile* const end = product.tiles + product.tile_count;
    for (const Tile* tile = product.tiles; tile != end; ++tile) tile_function<Ending>(tile->rows)(product, *tile, args);
  }
}

// Whether a layer's conv and residual are one tile each, no taller than lone ones, and that of the residual reads all
// of the conv's.
template <class Ending>
bool is_one_tile(const ProductView& conv, const ProductView& residual, int frames) {
  const bool tall = conv.tall_count > 0 && frames <= lanes;
  return frames > few_frames && conv.rows <= lone_rows && (tall ? conv.tall_count : conv.tile_count) == 1 &&
         (residual.tall_count > 0 ? residual.tall_count : residual.tile_count) == 1 &&
         residual.rows == results<Ending>(conv.rows);
}

template <class Ending>
void over_layer(const ProductView& conv, const LayerArgs& args) noexcept {
  const ProductView* const residual = args.finish.residual;
  if (residual && is_one_tile<Ending>(conv, *residual, args.frames)) return over_tiles<Layer<Ending>>(conv, args);
  over_tiles<Ending>(conv, args);
  if (!residual) return;
  const Rows u{args.out, args.out_stride};
  over_tiles<Plain>(*residual, {.terms = &u,
                                .initial = args.finish.v.data,
                                .initial_stride = args.finish.v.stride,
                                .out = args.finish.next,
                                .out_stride = args.finish.next_stride,
                                .frames = args.frames});
}

// The same where conv and residual are known to be one tile of R rows, but for blocks that are short.
template <class Ending, int R>
void over_narrow_layer(const ProductView& conv, const LayerArgs& args) noexcept {
  if (args.frames <= lanes) return over_layer<Ending>(conv, args);
  over_tile<Layer<Ending>, R>(conv, *conv.tiles, args);
}

template <class Ending, int... R>
LayerFunction narrow_layer(int rows, std::integer_sequence<int, R...>) {
  static constexpr LayerFunction functions[] = {over_narrow_layer<Ending, R + 1>...};
  return functions[rows - 1];
}

template <class Ending>
LayerFunction layer_of(const ProductView& conv, const Finish& finish) {
  if (finish.residual && is_one_tile<Ending>(conv, *finish.residual, lanes + 1)) {
    return narrow_layer<Ending>(conv.rows, std::make_integer_sequence<int, lone_rows>());
  }
  return over_layer<Ending>;
}

LayerFunction layer_block(const ProductView& conv, const Finish& finish) noexcept {
  using Kind = model::ActivationKind;
  const Kind kind = finish.activation->kind;
  LayerFunction function = nullptr;
  switch (finish.gating) {
    case model::Gating::none:
      with_activation(kind, [&](auto activation) {
        using A = decltype(activation);
        if constexpr (A::fuses) function = layer_of<Activated<A>>(conv, finish);
      });
      break;
    case model::Gating::gated:
      if (kind == Kind::tanh) function = layer_of<Gated>(conv, finish);
      break;
    case model::Gating::blended:
      break;
  }
  return function;
}

void product_block(const ProductView& product, const BlockArgs& args) noexcept {
  over_tiles<Plain>(product, args);
}

}  // namespace
}  // namespace atrous::kernels
