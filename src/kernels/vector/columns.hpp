// Column shape: SIMD lanes are output channels.
#pragma once

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

// acc += W · x over `count` inputs of a term; returns where the next term's weights start.
template <int V, int N>
const float* add_term(const float* w, const float* const (&x)[N], int count, Batch (&acc)[N][V]) {
  for (int i = 0; i < count; ++i, w += V * lanes) {
    Batch weights[V];
    for (int v = 0; v < V; ++v) weights[v] = Batch::load_aligned(w + v * lanes);
    add_input<V, N>(weights, x, i, acc);
  }
  return w;
}

// The same for bf16, two inputs at a time: a bf16 number is the upper half of a float, so what follows is exact.
template <int V, int N>
const std::uint32_t* add_term(const std::uint32_t* w, const float* const (&x)[N], int count, Batch (&acc)[N][V]) {
  using Bits = xsimd::batch<std::uint32_t, Arch>;
  const Bits upper(0xffff0000u);
  for (int i = 0; i < count; i += 2, w += V * lanes) {
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

// One tile of V vectors of rows for N columns, starting at column `first`.
template <int V, int N, class Weight>
void column_tile(const ProductView& product, const Tile& tile, const Weight* w, const ColumnArgs& args, int first) {
  Batch acc[N][V];
  for (int n = 0; n < N; ++n) load_start(product, tile, args, first + n, acc[n]);
  const InputRange* ranges = product.ranges + tile.ranges;
  for (int term = 0; term < product.term_count; ++term) {
    const float* x[N];
    for (int n = 0; n < N; ++n) x[n] = args.terms[term * args.columns + first + n] + ranges[term].first;
    w = add_term<V, N>(w, x, ranges[term].count, acc);
  }
  for (int n = 0; n < N; ++n) store_rows(acc[n], args.out[first + n] + tile.row, tile.rows);
}

// As many columns at a time as the registers hold; the rest by halves.
template <int V, int N, class Weight>
void columns_from(const ProductView& product, const Tile& tile, const Weight* w, const ColumnArgs& args, int first) {
  for (; first + N <= args.columns; first += N) column_tile<V, N>(product, tile, w, args, first);
  if constexpr (N > 1) {
    if (first < args.columns) columns_from<V, N / 2>(product, tile, w, args, first);
  }
}

template <int V>
constexpr int columns_at_once = column_accumulators / V < 12 ? column_accumulators / V : 12;

template <class Weight>
void chained_columns(const ProductView& product, const Weight* weights, const ColumnArgs& args) {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    const Weight* w = weights + tile.weights;
    switch (tile.vectors) {
      case 1:
        columns_from<1, columns_at_once<1>>(product, tile, w, args, 0);
        break;
      case 2:
        columns_from<2, columns_at_once<2>>(product, tile, w, args, 0);
        break;
      case 4:
        columns_from<4, columns_at_once<4>>(product, tile, w, args, 0);
        break;
      default:
        columns_from<8, columns_at_once<8>>(product, tile, w, args, 0);
        break;
    }
  }
}

}  // namespace
}  // namespace atrous::kernels
