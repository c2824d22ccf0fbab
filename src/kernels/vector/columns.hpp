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

// One tile of V vectors of rows for N columns, starting at column `first`.
template <int V, int N>
void column_tile(const ProductView& product, const Tile& tile, const ColumnArgs& args, int first) {
  Batch acc[N][V];
  for (int n = 0; n < N; ++n) {
    load_rows(acc[n], (args.initial ? args.initial[first + n] : product.bias) + tile.row, tile.rows);
    if (args.added) {
      Batch added[V];
      load_rows(added, args.added[first + n] + tile.row, tile.rows);
      for (int v = 0; v < V; ++v) acc[n][v] = added[v] + acc[n][v];
    }
  }
  const float* w = product.weights + tile.weights;
  const InputRange* ranges = product.ranges + tile.ranges;
  for (int term = 0; term < product.term_count; ++term) {
    const float* x[N];
    for (int n = 0; n < N; ++n) x[n] = args.terms[term * args.columns + first + n] + ranges[term].first;
    for (int i = 0; i < ranges[term].count; ++i, w += V * lanes) {
      Batch weights[V];
      for (int v = 0; v < V; ++v) weights[v] = Batch::load_aligned(w + v * lanes);
      for (int n = 0; n < N; ++n) {
        const Batch in(x[n][i]);
        for (int v = 0; v < V; ++v) acc[n][v] = fma(weights[v], in, acc[n][v]);
      }
    }
  }
  for (int n = 0; n < N; ++n) store_rows(acc[n], args.out[first + n] + tile.row, tile.rows);
}

// As many columns at a time as the registers hold; the rest by halves.
template <int V, int N>
void columns_from(const ProductView& product, const Tile& tile, const ColumnArgs& args, int first) {
  for (; first + N <= args.columns; first += N) column_tile<V, N>(product, tile, args, first);
  if constexpr (N > 1) {
    if (first < args.columns) columns_from<V, N / 2>(product, tile, args, first);
  }
}

template <int V>
constexpr int columns_at_once = column_accumulators / V < 12 ? column_accumulators / V : 12;

void product_columns(const ProductView& product, const ColumnArgs& args) noexcept {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    switch (tile.vectors) {
      case 1:
        columns_from<1, columns_at_once<1>>(product, tile, args, 0);
        break;
      case 2:
        columns_from<2, columns_at_once<2>>(product, tile, args, 0);
        break;
      case 4:
        columns_from<4, columns_at_once<4>>(product, tile, args, 0);
        break;
      default:
        columns_from<8, columns_at_once<8>>(product, tile, args, 0);
        break;
    }
  }
}

}  // namespace
}  // namespace atrous::kernels
