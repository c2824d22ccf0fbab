// Column shape with int8 weights. The sums are of whole numbers, so every instruction set gives the same bits:
//
//   y = y + float(Σ w · q) · (scale_w · scale_q),   q = round(x · 127 / max |x|),   scale_q = max |x| / 127
//
// for one term after the other, in runs of at most `quantised_inputs` inputs. Weights are stored plus 128, since dot
// products of bytes multiply unsigned by signed ones; 128 · Σ q is taken off again. This is the one file of the vector
// kernels with intrinsics of its own: xsimd has no dot products of whole numbers.
#pragma once

#include "kernels/vector/columns.hpp"

namespace atrous::kernels {
namespace {

using Ints = xsimd::batch<std::int32_t, Arch>;

std::int32_t load_bits(const void* from) {
  std::int32_t bits;
  __builtin_memcpy(&bits, from, sizeof(bits));
  return bits;
}

#if defined(ATROUS_KERNELS_avx512vnni)

using Quantised = std::int8_t;  // in order

// Four inputs of a column, for every row.
struct Inputs {
  explicit Inputs(const Quantised* x) : bytes(load_bits(x)) {}
  Ints bytes;
};

// sums + Σ over each row's four weights · inputs. Written out, since g++ copies the sums around its own intrinsic.
Ints add_dot(Ints sums, const Ints& weights, const Inputs& in) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums.data) : "v"(weights.data), "v"(in.bytes.data));
  return sums;
}

void narrow(const Ints& values, Quantised* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(values));
}

#else

// Bytes are widened to 16 bits, since vpmaddubsw saturates. The even ones of the weights are taken by a mask, the odd
// ones by a shift, and the inputs lie in that order: 0, 2, 1, 3.
using Quantised = std::int16_t;

struct Inputs {
  explicit Inputs(const Quantised* x) : even(load_bits(x)), odd(load_bits(x + 2)) {}
  Ints even, odd;
};

// Sums of the products of neighbours, of 16 bits each.
Ints multiply_pairs(const Ints& a, const Ints& b) {
#if defined(ATROUS_KERNELS_avx512)
  return _mm512_madd_epi16(a, b);
#elif defined(ATROUS_KERNELS_avx2)
  return _mm256_madd_epi16(a, b);
#elif defined(__SSE2__)
  return _mm_madd_epi16(a, b);
#else
  const int16x8_t x = vreinterpretq_s16_s32(a), y = vreinterpretq_s16_s32(b);
  return vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y));
#endif
}

Ints odd_bytes(const Ints& bytes) {
#if defined(ATROUS_KERNELS_avx512)
  return _mm512_srli_epi16(bytes, 8);
#elif defined(ATROUS_KERNELS_avx2)
  return _mm256_srli_epi16(bytes, 8);
#elif defined(__SSE2__)
  return _mm_srli_epi16(bytes, 8);
#else
  return vreinterpretq_s32_u16(vshrq_n_u16(vreinterpretq_u16_s32(bytes), 8));
#endif
}

Ints add_dot(const Ints& sums, const Ints& weights, const Inputs& in) {
  const Ints even = weights & Ints(0x00ff00ff);
  return sums + multiply_pairs(even, in.even) + multiply_pairs(odd_bytes(weights), in.odd);
}

void narrow(const Ints& values, Quantised* to) {
  std::int32_t wide[lanes];
  values.store_unaligned(wide);
  for (int i = 0; i < lanes; i += 4) {
    for (int j = 0; j < 4; ++j) to[i + j] = Quantised(wide[i + (j % 2 * 2 + j / 2)]);
  }
}

#endif

// A run of inputs of up to max_columns columns.
struct QuantisedColumns {
  alignas(64) Quantised values[max_columns][quantised_inputs];
  float scales[max_columns];
  std::int32_t offsets[max_columns];  // -byte_offset · Σ values
};

#if defined(__AVX512F__)

std::int32_t largest_of(const Ints& values) {
  return _mm512_reduce_max_epi32(values);
}

std::int32_t sum_of(const Ints& values) {
  return _mm512_reduce_add_epi32(values);
}

#else

std::int32_t largest_of(const Ints& values) {
  std::int32_t each[lanes], largest = 0;
  values.store_unaligned(each);
  for (const std::int32_t value : each) largest = value > largest ? value : largest;
  return largest;
}

std::int32_t sum_of(const Ints& values) {
  std::uint32_t each[lanes], sum = 0;
  __builtin_memcpy(each, &values, sizeof(each));
  for (const std::uint32_t value : each) sum += value;
  return std::int32_t(sum);
}

#endif

void quantise(const float* x, int count, int column, QuantisedColumns& to) {
  float tail[lanes] = {};  // the last, partial vector, filled up with zeros
  const int whole = count / lanes * lanes;
  for (int i = whole; i < count; ++i) tail[i - whole] = x[i];
  const auto vector_at = [&](int i) { return load(i < whole ? x + i : tail); };

  // Magnitudes are ordered as their bits are; a NaN is above all and makes the scale NaN.
  Ints peak(0);
  for (int i = 0; i < count; i += lanes) {
    peak = xsimd::max(peak, __builtin_bit_cast(Ints, vector_at(i)) & Ints(0x7fffffff));
  }
  const float largest = __builtin_bit_cast(float, largest_of(peak));
  const bool silent = largest < smallest_quantised;
  const Batch factor(silent ? 0.0f : most_quantised / largest);
  Ints sum(0);
  for (int i = 0; i < count; i += lanes) {
    const Ints values = xsimd::nearbyint_as_int(vector_at(i) * factor);
    sum += values;
    narrow(values, to.values[column] + i);
  }
  to.scales[column] = silent ? 0.0f : largest / most_quantised;
  to.offsets[column] = -byte_offset * sum_of(sum);
}

// A run of inputs of a term.
struct Int8Run {
  bool first;           // of the product: starts from the initial values
  int inputs;           // rounded up to whole fours
  std::size_t before;   // inputs of the tile before it, likewise
  const float* scales;  // of the term
};

// Adds a run to V vectors of rows, all or a part of a tile of H, for N columns, starting at column `first`. Apart from
// its callers, since g++ keeps the sums in registers then.
template <int H, int V, int N>
[[gnu::noinline]] void int8_tile(const ProductView& product, const Tile& tile, const std::uint8_t* w,
                                 const Int8Run& run, const QuantisedColumns& quantised, const ColumnArgs& args,
                                 int first) {
  Ints sums[N][V];
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sums[n][v] = Ints(quantised.offsets[first + n]);
  }
  for (int i = 0; i < run.inputs; i += 4, w += 4 * H * lanes) {
    prefetch_weights<V>(w);
    Ints weights[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      weights[v] = Ints::load_aligned(reinterpret_cast<const std::int32_t*>(w + 4 * v * lanes));
    }
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      const Inputs in(quantised.values[first + n] + i);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sums[n][v] = add_dot(sums[n][v], weights[v], in);
    }
  }
  Batch scales[V];
  load_rows(scales, run.scales + tile.row, tile.rows);
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) {
    Batch y[V];
    if (run.first)
      load_start(product, tile, args, first + n, y);
    else
      load_rows(y, args.out[first + n] + tile.row, tile.rows);
    const Batch scale(quantised.scales[first + n]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) y[v] = y[v] + xsimd::to_float(sums[n][v]) * (scales[v] * scale);
    store_rows(y, args.out[first + n] + tile.row, tile.rows);
  }
}

template <int H, int V, int N>
void int8_columns_from(const ProductView& product, const Tile& tile, const std::uint8_t* w, const Int8Run& run,
                       const QuantisedColumns& quantised, const ColumnArgs& args, int first) {
  for (; first + N <= args.columns; first += N) int8_tile<H, V, N>(product, tile, w, run, quantised, args, first);
  if constexpr (N > 1) {
    if (first < args.columns) int8_columns_from<H, V, N / 2>(product, tile, w, run, quantised, args, first);
  }
}

template <int V>
constexpr int int8_columns_at_once = columns_at_once<V> < 8 ? columns_at_once<V> : 8;

void add_int8_run(const ProductView& product, const Tile& tile, const Int8Run& run, const QuantisedColumns& quantised,
                  const ColumnArgs& args) {
  with_height(tile, [&](auto height) {
    constexpr int H = height();
    const std::uint8_t* const w = product.bytes + tile.weights + run.before * H * lanes;
    in_parts<H>(tile, args.columns > int8_columns_at_once<H>, [&](auto vectors, const Tile& part, int row) {
      constexpr int V = vectors();
      int8_columns_from<H, V, int8_columns_at_once<V>>(product, part, w + 4 * row, run, quantised, args, 0);
    });
  });
}

// Adds what tiles that read the same inputs of every term read, and so quantise but once.
void int8_tiles(const ProductView& product, const Tile* tiles, const Tile* end, const ColumnArgs& args) {
  QuantisedColumns quantised;
  std::size_t before = 0;
  for (int term = 0; term < product.term_count; ++term) {
    const InputRange range = product.ranges[tiles->ranges + term];
    // Of the first term there is one run at least, be it of no inputs: it takes the initial values.
    for (int i = 0; i < range.count || (term == 0 && i == 0); i += quantised_inputs) {
      const int count = range.count - i < quantised_inputs ? range.count - i : quantised_inputs;
      for (int n = 0; n < args.columns; ++n) {
        quantise(args.terms[term * args.columns + n] + range.first + i, count, n, quantised);
      }
      const Int8Run run{term == 0 && i == 0, count, before + i, product.scales + term * padded(product.rows)};
      for (const Tile* tile = tiles; tile != end; ++tile) add_int8_run(product, *tile, run, quantised, args);
    }
    before += fours(range.count);
  }
}

bool same_inputs(const ProductView& product, const Tile& a, const Tile& b) {
  for (int term = 0; term < product.term_count; ++term) {
    const InputRange x = product.ranges[a.ranges + term], y = product.ranges[b.ranges + term];
    if (x.first != y.first || x.count != y.count) return false;
  }
  return true;
}

// Apart from its caller, which has nothing else to keep.
[[gnu::noinline]] void int8_columns(const ProductView& product, const ColumnArgs& args) {
  const Tile* const end = product.tiles + product.tile_count;
  for (const Tile *tile = product.tiles, *next = tile; tile != end; tile = next) {
    while (next != end && same_inputs(product, *tile, *next)) ++next;
    int8_tiles(product, tile, next, args);
  }
}

void product_columns(const ProductView& product, const ColumnArgs& args) noexcept {
  if (product.bytes) return int8_columns(product, args);
  if (product.pairs) return chained_columns(product, product.pairs, args);
  chained_columns(product, product.weights, args);
}

}  // namespace
}  // namespace atrous::kernels
