// Block shape: SIMD lanes are time.
#pragma once

#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds rows x vectors accumulators, beside `vectors` inputs and a broadcast weight.
constexpr int block_rows = registers == 32 ? 8 : 4;
constexpr int block_vectors = 2;

// One tile of R rows over V vectors of time, starting at frame t.
template <int R, int V>
void block_tile(const ProductView& product, const Tile& tile, const BlockArgs& args, std::ptrdiff_t t) {
  Batch acc[R][V];
  for (int r = 0; r < R; ++r) {
    const Batch bias(product.bias[tile.row + r]);
    for (int v = 0; v < V; ++v) {
      acc[r][v] =
          args.initial ? load(args.initial + (tile.row + r) * args.initial_stride + t + v * lanes) + bias : bias;
    }
  }
  const float* w = product.weights + tile.weights;
  const InputRange* ranges = product.ranges + tile.ranges;
  for (int term = 0; term < product.term_count; ++term) {
    const std::ptrdiff_t stride = args.terms[term].stride;
    const float* x = args.terms[term].data + ranges[term].first * stride + t;
    for (int i = 0; i < ranges[term].count; ++i, x += stride, w += R) {
      Batch in[V];
      for (int v = 0; v < V; ++v) in[v] = load(x + v * lanes);
      for (int r = 0; r < R; ++r) {
        const Batch weight(w[r]);
        for (int v = 0; v < V; ++v) acc[r][v] = xsimd::fma(weight, in[v], acc[r][v]);
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    float* out = args.out + (tile.row + r) * args.out_stride + t;
    for (int v = 0; v < V; ++v) acc[r][v].store_unaligned(out + v * lanes);
  }
}

template <int R>
void block_rows_tile(const ProductView& product, const Tile& tile, const BlockArgs& args) {
  std::ptrdiff_t t = 0;
  for (; t + (block_vectors - 1) * lanes < args.frames; t += block_vectors * lanes) {
    block_tile<R, block_vectors>(product, tile, args, t);
  }
  for (; t < args.frames; t += lanes) block_tile<R, 1>(product, tile, args, t);
}

void product_block(const ProductView& product, const BlockArgs& args) noexcept {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    switch (tile.rows) {
      case 1:
        block_rows_tile<1>(product, tile, args);
        break;
      case 2:
        block_rows_tile<2>(product, tile, args);
        break;
      case 3:
        block_rows_tile<3>(product, tile, args);
        break;
      case 4:
        block_rows_tile<4>(product, tile, args);
        break;
      case 5:
        block_rows_tile<5>(product, tile, args);
        break;
      case 6:
        block_rows_tile<6>(product, tile, args);
        break;
      case 7:
        block_rows_tile<7>(product, tile, args);
        break;
      default:
        block_rows_tile<8>(product, tile, args);
        break;
    }
  }
}

}  // namespace
}  // namespace atrous::kernels
