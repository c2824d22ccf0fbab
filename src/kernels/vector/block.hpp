// Block shape: SIMD lanes are time.
#pragma once

#include <utility>

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// Registers: one tile holds rows x vectors accumulators, beside its inputs and a broadcast weight. A multiply-add takes
// four cycles and two start in each, so that fewer than eight accumulators would wait for each other.
constexpr int block_rows = 6;
constexpr int lone_rows = registers == 32 ? 8 : block_rows;
constexpr int tall_rows = registers == 32 ? 16 : 0;  // of a block that is one vector long

constexpr int vectors_of_time(int rows) {
  if (rows > lone_rows) return 1;
  if (registers == 32) return rows > block_rows ? 2 : 4;
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

// Fixes the order of what comes before and after. Compilers would rather start on all rows of a tile at once, and store
// what does not fit the registers.
[[gnu::always_inline]] inline void in_turn([[maybe_unused]] Batch& vector) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(vector.data));
#endif
}

// Multiplies one input, x[V vectors of time], by its weights, w[R].
template <int R, int V>
[[gnu::always_inline]] inline void add_input(const float* w, const float* x, Sums<R, V>& sums) {
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

// Calls add(rows, range) for every term of a tile.
template <class Add>
[[gnu::always_inline]] inline void for_terms(const ProductView& product, const Tile& tile, const BlockArgs& args,
                                             Add add) {
  const InputRange* const ranges = product.ranges + tile.ranges;
  for (int n = 0; n < product.term_count; ++n) {
    Rows rows = args.term(n, product.term_count);
    asm("" : "+r"(rows.stride));  // else compilers work out all distances in a ring beforehand, and keep them in memory
    add(rows, ranges[n]);
  }
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
  for_terms(
      product, tile, args, [&](const Rows& term, const InputRange& range) __attribute__((always_inline)) {
        const std::ptrdiff_t stride = term.stride;
        const float* x = term.data + range.first * stride + t;
        if (R <= block_rows && range.count == R) {  // as many inputs as rows: narrow layers, without a loop
#pragma GCC unroll 8
          for (int i = 0; i < R; ++i) add_input<R, V>(w + i * R, x + i * stride, sums);
          w += R * R;
        } else {
          for (int i = range.count; i > 0; --i, x += stride, w += R) add_input<R, V>(w, x, sums);
        }
      });
}

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

// ---------------------------------------------------------------- a few frames

// A block much shorter than a vector: its lanes are the rows of a tile instead, a vector of sums per frame. The chains
// of multiply-adds are the same, so the bits are too.
constexpr bool rows_fit_lanes = lanes >= (tall_rows > 0 ? tall_rows : block_rows);
constexpr int few_frames = rows_fit_lanes ? lanes / 8 : 0;  // with more, a vector of time is as quick

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
  for_terms(
      product, tile, args, [&](const Rows& term, const InputRange& range) __attribute__((always_inline)) {
        const float* x = term.data + range.first * term.stride + t;
        for (int i = 0; i < range.count; ++i, x += term.stride, w += tile.rows) {
          const Batch weights = load(w);  // lanes beyond the tile's rows hold what nobody reads
#pragma GCC unroll 4
          for (int n = 0; n < N; ++n) sums[n] = fma(weights, Batch(x[n]), sums[n]);
        }
      });
}

template <class Ending, int N>
void few_tile(const ProductView& product, const Tile& tile, const typename Ending::Args& args, std::ptrdiff_t t) {
  Batch sums[N];
  accumulate_rows<N>(product, tile, args, t, sums);
  const Destination to(tile, args, t);
  const int rows = results<Ending>(tile.rows);
  LaneRows slopes;
  for (int r = 0; to.slopes && r < rows; ++r) slopes.of[r] = to.slopes[r * to.slope_step];
  for (int n = 0; n < N; ++n) {
    float z[2 * lanes] = {};
    sums[n].store_unaligned(z);
    LaneRows result;
    Ending::apply(load(z), load(z + (Ending::halves ? rows : 0)), load(slopes.of)).store_unaligned(result.of);
    for (int r = 0; r < rows; ++r) {
      to.out[r * to.out_stride + n] = result.of[r];
      if (to.sum) to.sum[r * to.sum_stride + n] = to.before[r * to.before_stride + n] + result.of[r];
    }
  }
}

template <class Ending>
void across_rows(const ProductView& product, const Tile& tile, const typename Ending::Args& args) {
  if (args.frames == 1) return few_tile<Ending, 1>(product, tile, args, 0);
  for (int t = 0; t < args.frames; t += 2) few_tile<Ending, 2>(product, tile, args, t);
}

// ---------------------------------------------------------------- whole vectors

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

// Every kind is named, so that the compiler asks about a new one.
LayerFunction layer_block(const ProductView& conv, const Finish& finish) noexcept {
  using Kind = model::ActivationKind;
  const Kind kind = finish.activation->kind;
  if (finish.gating == model::Gating::blended) return nullptr;
  if (finish.gating == model::Gating::gated) return kind == Kind::tanh ? layer_of<Gated>(conv, finish) : nullptr;
  switch (kind) {
    case Kind::tanh:
      return layer_of<Activated<Tanh>>(conv, finish);
    case Kind::relu:
      return layer_of<Activated<Relu>>(conv, finish);
    case Kind::leaky_relu:
    case Kind::prelu:
      return layer_of<Activated<LeakyRelu>>(conv, finish);
    case Kind::identity:
    case Kind::hardtanh:
    case Kind::fasttanh:
    case Kind::sigmoid:
    case Kind::silu:
    case Kind::hardswish:
    case Kind::leaky_hardtanh:
    case Kind::softsign:
      break;
  }
  return nullptr;
}

void product_block(const ProductView& product, const BlockArgs& args) noexcept {
  over_tiles<Plain>(product, args);
}

}  // namespace
}  // namespace atrous::kernels
