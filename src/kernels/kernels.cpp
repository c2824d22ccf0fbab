// The vector kernels. Compiled once per instruction set (cmake/AtrousKernels.cmake); exports one table.
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "kernels/activations.hpp"
#include "kernels/kernels.hpp"

#if defined(ATROUS_KERNELS_sse2)
#define ATROUS_TABLE table_sse2
#elif defined(ATROUS_KERNELS_avx2)
#define ATROUS_TABLE table_avx2
#elif defined(ATROUS_KERNELS_avx512)
#define ATROUS_TABLE table_avx512
#else
#define ATROUS_TABLE table_neon
#endif

namespace atrous::kernels {
namespace {

#if defined(ATROUS_KERNELS_sse2)
using Arch = xsimd::sse2;
constexpr Isa isa = Isa::sse2;
constexpr int registers = 16;
#elif defined(ATROUS_KERNELS_avx2)
using Arch = xsimd::fma3<xsimd::avx2>;
constexpr Isa isa = Isa::avx2;
constexpr int registers = 16;
#elif defined(ATROUS_KERNELS_avx512)
using Arch = xsimd::avx512bw;
constexpr Isa isa = Isa::avx512;
constexpr int registers = 32;
#else
using Arch = xsimd::neon64;
constexpr Isa isa = Isa::neon;
constexpr int registers = 32;
#endif

using Batch = xsimd::batch<float, Arch>;
constexpr int lanes = static_cast<int>(Batch::size);

// Registers: one tile holds rows x vectors accumulators, beside `vectors` inputs and a broadcast weight.
constexpr int block_rows = registers == 32 ? 8 : 4;
constexpr int block_vectors = 2;
constexpr int column_vectors = registers == 32 ? 8 : 4;
constexpr int column_accumulators = registers == 32 ? 24 : 12;

Batch load(const float* p) {
  return Batch::load_unaligned(p);
}

// ---------------------------------------------------------------- block shape

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

// ---------------------------------------------------------------- column shape

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
        for (int v = 0; v < V; ++v) acc[n][v] = xsimd::fma(weights[v], in, acc[n][v]);
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

// ---------------------------------------------------------------- activations, both shapes

// The parameters of a run of values; a PReLU's slopes lie along the run in column shape, across the runs in block
// shape.
ActivationParams<Batch> params_of(const model::Activation& a, const GateArgs& args, int outer) {
  const bool per_channel = !a.slopes.empty() && !args.channels_inner;
  return {Batch(per_channel ? a.slopes[static_cast<std::size_t>(outer)] : a.slope), Batch(a.min), Batch(a.max),
          Batch(a.min_slope), Batch(a.max_slope)};
}

Batch inner_slope(const model::Activation& a, int i) {
  float slopes[lanes];
  for (int lane = 0; lane < lanes; ++lane) {
    const auto channel = static_cast<std::size_t>(i + lane);
    slopes[lane] = channel < a.slopes.size() ? a.slopes[channel] : 0.0f;
  }
  return load(slopes);
}

// out = combine(activation(z), z₁, out) for every value.
template <class Activation, class Combine>
void over_runs(const GateArgs& args, const model::Activation& a, const float* z, Combine combine) {
  const bool inner_slopes = !a.slopes.empty() && args.channels_inner;
  for (int o = 0; o < args.outer; ++o) {
    ActivationParams<Batch> params = params_of(a, args, o);
    const float* source = z + o * args.z_stride;
    const float* first = args.z + o * args.z_stride;
    float* out = args.out + o * args.out_stride;
    for (int i = 0; i < args.inner; i += lanes) {
      if (inner_slopes) params.slope = inner_slope(a, i);
      combine(Activation::apply(load(source + i), params), first + i, out + i);
    }
  }
}

// The gate of most WaveNets, in one pass.
void tanh_sigmoid(const GateArgs& args) {
  for (int o = 0; o < args.outer; ++o) {
    const float* z = args.z + o * args.z_stride;
    float* out = args.out + o * args.out_stride;
    for (int i = 0; i < args.inner; i += lanes) {
      (Tanh::of(load(z + i)) * Sigmoid::of(load(z + args.second + i))).store_unaligned(out + i);
    }
  }
}

void gate(const GateArgs& args) noexcept {
  using Kind = model::ActivationKind;
  if (args.gating == model::Gating::gated && args.activation->kind == Kind::tanh &&
      args.secondary->kind == Kind::sigmoid) {
    return tanh_sigmoid(args);
  }
  const auto assign = [](const Batch& f, const float*, float* out) { f.store_unaligned(out); };
  const auto multiply = [](const Batch& s, const float*, float* out) { (load(out) * s).store_unaligned(out); };
  const auto blend = [](const Batch& s, const float* z, float* out) {
    xsimd::fma(s, load(out), (Batch(1.0f) - s) * load(z)).store_unaligned(out);
  };
  with_activation(args.activation->kind,
                  [&](auto f) { over_runs<decltype(f)>(args, *args.activation, args.z, assign); });
  if (args.gating == model::Gating::none) return;
  with_activation(args.secondary->kind, [&](auto s) {
    using S = decltype(s);
    if (args.gating == model::Gating::gated)
      over_runs<S>(args, *args.secondary, args.z + args.second, multiply);
    else
      over_runs<S>(args, *args.secondary, args.z + args.second, blend);
  });
}

void add(float* a, std::ptrdiff_t a_stride, const float* b, std::ptrdiff_t b_stride, int outer, int inner) noexcept {
  for (int o = 0; o < outer; ++o, a += a_stride, b += b_stride) {
    for (int i = 0; i < inner; i += lanes) (load(a + i) + load(b + i)).store_unaligned(a + i);
  }
}

void modulate(float* a, std::ptrdiff_t a_stride, const float* scale, const float* shift, std::ptrdiff_t film_stride,
              int outer, int inner) noexcept {
  for (int o = 0; o < outer; ++o, a += a_stride, scale += film_stride) {
    const float* added = shift ? shift + o * film_stride : nullptr;
    for (int i = 0; i < inner; i += lanes) {
      const Batch x = load(a + i), s = load(scale + i);
      (added ? xsimd::fma(x, s, load(added + i)) : x * s).store_unaligned(a + i);
    }
  }
}

void lstm_step(const float* z, int cells, float* cell, float* hidden) noexcept {
  for (int i = 0; i < cells; i += lanes) {
    const Batch in = Sigmoid::of(load(z + i)), forget = Sigmoid::of(load(z + cells + i));
    const Batch candidate = Tanh::of(load(z + 2 * cells + i)), out = Sigmoid::of(load(z + 3 * cells + i));
    const Batch next = xsimd::fma(forget, load(cell + i), in * candidate);
    next.store_unaligned(cell + i);
    (out * Tanh::of(next)).store_unaligned(hidden + i);
  }
}

// ---------------------------------------------------------------- peaks of the machine

double spin_fma(long rounds) noexcept {
  constexpr int chains = column_accumulators;
  Batch acc[chains];
  for (int i = 0; i < chains; ++i) acc[i] = Batch(static_cast<float>(i));
  const Batch factor(0.5f), addend(1.0f);
  for (long round = 0; round < rounds; ++round) {
    for (int i = 0; i < chains; ++i) acc[i] = xsimd::fma(acc[i], factor, addend);
  }
  for (int i = 1; i < chains; ++i) acc[0] += acc[i];
  float sum[lanes];
  acc[0].store_unaligned(sum);
  volatile float keep = sum[0];
  static_cast<void>(keep);
  return 2.0 * lanes * chains * static_cast<double>(rounds);
}

float read_all(const float* values, std::size_t count) noexcept {
  Batch acc[8];
  for (Batch& a : acc) a = Batch(0.0f);
  for (std::size_t i = 0; i + 8 * lanes <= count; i += 8 * lanes) {
    for (int j = 0; j < 8; ++j) acc[j] += load(values + i + static_cast<std::size_t>(j) * lanes);
  }
  for (int i = 1; i < 8; ++i) acc[0] += acc[i];
  float sum[lanes];
  acc[0].store_unaligned(sum);
  return sum[0];
}

}  // namespace

extern const Kernels ATROUS_TABLE;
const Kernels ATROUS_TABLE = {isa,  lanes, block_rows, column_vectors, product_block, product_columns,
                              gate, add,   modulate,   lstm_step,      spin_fma,      read_all};

}  // namespace atrous::kernels
