// Column shape: SIMD lanes are output channels.
#pragma once

#include <type_traits>

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds columns x vectors accumulators, beside `vectors` weights and a broadcast input.
constexpr int column_vectors = registers == 32 ? 8 : 4;
constexpr int column_accumulators = registers == 32 ? 24 : 12;

// The last tile of a group may be narrower than its vectors: it passes through a buffer, so that nothing outside its
// rows is read or written.
template <int V>
void load_rows(Batch (&to)[V], const float* from, int rows) {
  if (rows == V * lanes) {
    for (int v = 0; v < V; ++v) to[v] = load(from + v * lanes);
  } else {
    float buffer[V * lanes] = {};
    for (int r = 0; r < rows; ++r) buffer[r] = from[r];
    for (int v = 0; v < V; ++v) to[v] = load(buffer + v * lanes);
  }
}

template <int V>
void store_rows(const Batch (&from)[V], float* to, int rows) {
  if (rows == V * lanes) {
    for (int v = 0; v < V; ++v) from[v].store_unaligned(to + v * lanes);
  } else {
    float buffer[V * lanes];
    for (int v = 0; v < V; ++v) from[v].store_unaligned(buffer + v * lanes);
    for (int r = 0; r < rows; ++r) to[r] = buffer[r];
  }
}

// acc += weights · x[i]
template <int V, int N>
void add_input(const Batch (&weights)[V], const float* const (&x)[N], int i, Batch (&acc)[N][V]) {
  for (int n = 0; n < N; ++n) {
    const Batch in(x[n][i]);
    for (int v = 0; v < V; ++v) acc[n][v] = fma(weights[v], in, acc[n][v]);
  }
}

// How far ahead of their use weights are asked for: networks that the second cache level does not hold stream them from
// further away, faster by a quarter than the processor finds out by itself.
constexpr int prefetch_bytes = 2048;

template <int V>
void prefetch_weights(const void* w) {
  for (int v = 0; v < V; ++v) {
    __builtin_prefetch(static_cast<const char*>(w) + prefetch_bytes + v * lanes * int(sizeof(float)));
  }
}

// acc += W · x over `count` inputs of a term, for V vectors of a tile whose weights stand in rows of H; returns where
// the next term's weights start.
template <int H, int V, int N>
const float* add_term(const float* w, const float* const (&x)[N], int count, Batch (&acc)[N][V]) {
  for (int i = 0; i < count; ++i, w += H * lanes) {
    prefetch_weights<V>(w);
    Batch weights[V];
    for (int v = 0; v < V; ++v) weights[v] = Batch::load_aligned(w + v * lanes);
    add_input<V, N>(weights, x, i, acc);
  }
  return w;
}

// The same for bf16, two inputs at a time: a bf16 number is the upper half of a float, so what follows is exact.
template <int H, int V, int N>
const std::uint32_t* add_term(const std::uint32_t* w, const float* const (&x)[N], int count, Batch (&acc)[N][V]) {
  using Bits = xsimd::batch<std::uint32_t, Arch>;
  const Bits upper(0xffff0000u);
  for (int i = 0; i < count; i += 2, w += H * lanes) {
    prefetch_weights<V>(w);
    Batch weights[V];
    for (int v = 0; v < V; ++v) weights[v] = __builtin_bit_cast(Batch, Bits::load_aligned(w + v * lanes) << 16);
    add_input<V, N>(weights, x, i, acc);
    if (i + 1 == count) continue;
    for (int v = 0; v < V; ++v) weights[v] = __builtin_bit_cast(Batch, Bits::load_aligned(w + v * lanes) & upper);
    add_input<V, N>(weights, x, i + 1, acc);
  }
  return w;
}

// What a tile of a column starts from.
template <int V>
void load_start(const ProductView& product, const Tile& tile, const ColumnArgs& args, int column, Batch (&acc)[V]) {
  load_rows(acc, (args.initial ? args.initial[column] : product.bias) + tile.row, tile.rows);
  if (!args.added) return;
  Batch added[V];
  load_rows(added, args.added[column] + tile.row, tile.rows);
  for (int v = 0; v < V; ++v) acc[v] = added[v] + acc[v];
}

// V vectors of rows, all or a part of a tile of H, for N columns, starting at column `first`.
template <int H, int V, int N, class Weight>
void column_tile(const ProductView& product, const Tile& tile, const Weight* w, const ColumnArgs& args, int first) {
  Batch acc[N][V];
  for (int n = 0; n < N; ++n) load_start(product, tile, args, first + n, acc[n]);
  const InputRange* ranges = product.ranges + tile.ranges;
  for (int term = 0; term < product.term_count; ++term) {
    const float* x[N];
    for (int n = 0; n < N; ++n) x[n] = args.terms[term * args.columns + first + n] + ranges[term].first;
    w = add_term<H, V, N>(w, x, ranges[term].count, acc);
  }
  for (int n = 0; n < N; ++n) store_rows(acc[n], args.out[first + n] + tile.row, tile.rows);
}

// As many columns at a time as the registers hold, then fewer.
template <int H, int V, int N, class Weight>
void columns_from(const ProductView& product, const Tile& tile, const Weight* w, const ColumnArgs& args, int first) {
  for (; first + N <= args.columns; first += N) column_tile<H, V, N>(product, tile, w, args, first);
  if constexpr (N > 1) {
    if (first < args.columns) columns_from<H, V, N <= 6 ? N - 1 : N / 2>(product, tile, w, args, first);
  }
}

template <int V>
constexpr int columns_at_once = column_accumulators / V < 12 ? column_accumulators / V : 12;

// Calls `visit` with a tile of H vectors, or with its two halves, and with how many of its rows stand before. Few
// columns take all of a tile, so that there are sums enough to hide how long each takes. Many take it in halves: each
// weight then serves twice as many columns, and is read half as often.
template <int H, class Visitor>
void in_parts(const Tile& tile, bool many_columns, Visitor&& visit) {
  if constexpr (H >= 4) {
    if (many_columns) {
      constexpr std::integral_constant<int, H / 2> vectors;
      constexpr int rows = vectors * lanes;
      Tile half = tile;
      half.rows = tile.rows < rows ? tile.rows : rows;
      visit(vectors, half, 0);
      half.row += rows;
      half.rows = tile.rows - rows;
      if (half.rows > 0) visit(vectors, half, rows);
      return;
    }
  }
  visit(std::integral_constant<int, H>{}, tile, 0);
}

template <int H, class Weight>
void tile_columns(const ProductView& product, const Tile& tile, const Weight* w, const ColumnArgs& args) {
  in_parts<H>(tile, args.columns > columns_at_once<H>, [&](auto vectors, const Tile& part, int row) {
    constexpr int V = vectors();
    columns_from<H, V, columns_at_once<V>>(product, part, w + row, args, 0);
  });
}

// Calls `visit` with the height of a tile, one of those that tiles are cut to, as a constant.
template <class Visitor>
void with_height(const Tile& tile, Visitor&& visit) {
  switch (tile.vectors) {
    case 1:
      return visit(std::integral_constant<int, 1>{});
    case 2:
      return visit(std::integral_constant<int, 2>{});
    case 4:
      return visit(std::integral_constant<int, 4>{});
    default:
      return visit(std::integral_constant<int, 8>{});
  }
}

template <class Weight>
void chained_columns(const ProductView& product, const Weight* weights, const ColumnArgs& args) {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    with_height(tile, [&](auto height) { tile_columns<height()>(product, tile, weights + tile.weights, args); });
  }
}

}  // namespace
}  // namespace atrous::kernels
