// The hot loops, as a table of functions per instruction set. Two execution shapes share one packed form:
//
//   block    SIMD lanes are time: planar signals, a row per channel         (effects, priming, scoring)
//   columns  SIMD lanes are output channels: a contiguous vector per column (generation: steps or voices)
//
// Every output value is one chain of multiply-adds, fused where the instruction set has them, in one order (initial
// value, then terms in order, inputs ascending), so both shapes give the same bits on one instruction set, however a
// signal is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/activation.hpp"

namespace atrous::kernels {

// The widest vector of any instruction set, in floats. Planar rows are padded to a multiple of it, and packed vectors
// are aligned to it, so that a tail can run the vector code on padding.
inline constexpr int max_lanes = 16;
inline constexpr int max_columns = 16;  // columns that one call takes

// n floats, rounded up to whole vectors.
inline constexpr std::size_t padded(std::size_t n) noexcept {
  return (n + max_lanes - 1) / max_lanes * max_lanes;
}

// int8: the largest magnitude of a weight and of an input, in multiples of their scales; what is added to a weight
// where it is packed as an unsigned byte; inputs of a term that share a scale, and the largest magnitude among them
// that counts as silence.
inline constexpr int most_quantised = 127;
inline constexpr int byte_offset = 128;
inline constexpr int quantised_inputs = 256;
inline constexpr float smallest_quantised = 1e-30f;

// n inputs, rounded up to the four that int8 weights are packed by.
inline constexpr int fours(int n) noexcept {
  return (n + 3) / 4 * 4;
}

// The inputs of one term that one tile reads: all of them, or those of its group.
struct InputRange {
  int first, count;
};

// A run of output rows that is computed in registers at once. For a gate to find z₁ and z₂ in one tile, the second half
// of its rows need not follow the first.
struct Tile {
  int row = 0, rows = 0;    // the rows it gives; in column shape rows <= vectors * lanes
  int gap = 0;              // rows left out between the first half of the tile and the second
  int vectors = 0;          // column shape: vectors per column; block shape: 0
  std::size_t weights = 0;  // offset of its weights: [term][input][row], rows padded to vectors * lanes in column shape
  std::size_t ranges = 0;   // offset of its InputRanges, one per term

  // The row of the product that row r of the tile is. `height` is `rows`, for callers that know it when compiled.
  [[gnu::always_inline]] int row_at(int r, int height) const noexcept { return row + r + (2 * r >= height ? gap : 0); }
};

// y = initial + Σ over terms of W · x: the packed weights, in one of three formats, the others being null; f32 alone
// has a block shape. Built by network/product.cpp, immutable.
struct ProductView {
  const float* weights;        // f32: [tile][term][input][row]
  const std::uint32_t* pairs;  // bf16: [tile][term][pair of inputs][row], the first in the low half
  const std::uint8_t*
      bytes;            // int8: [tile][term][four inputs][row][4], plus byte_offset; the last of a term may be padding
  const float* scales;  // int8: [term][rows padded to max_lanes]
  const float* bias;    // [rows padded to max_lanes]
  const Tile* tiles;
  const InputRange* ranges;
  const Tile* tall_tiles;  // block shape: the same rows in taller tiles, for blocks of no more than one vector
  int tile_count, tall_count;
  int term_count;
  int rows;
};

// Planar input of one term: row i at data + i * stride.
struct Rows {
  const float* data;
  std::ptrdiff_t stride;
};

// Planar inputs of a conv's taps: a ring whose first frames stand again after its end, so that every tap reads one
// straight run of them.
struct Taps {
  const float* ring;  // row i at ring + i * stride
  std::ptrdiff_t stride;
  int position, length;  // of the current frames; of the ring
  int count, dilation;

  // What tap `n` reads, from the oldest to the current frames.
  [[gnu::always_inline]] Rows at(int n) const noexcept {
    const int start = position - (count - 1 - n) * dilation;
    return {ring + (start < 0 ? start + length : start), stride};
  }
};

// What follows a convolution in a layer, while its results are at hand: the activation or gate, where `fuses` says that
// the kernels know it, then
//
//   sum = before + u      next = v + residual · u
struct Finish {
  model::Gating gating = model::Gating::none;
  const model::Activation* activation = nullptr;
  float* sum = nullptr;  // rows, or null
  std::ptrdiff_t sum_stride = 0;
  const float* before = nullptr;  // what u is added to; may be `sum` itself
  std::ptrdiff_t before_stride = 0;
  const ProductView* residual = nullptr;  // of one term, or null
  Rows v{};
  float* next = nullptr;
  std::ptrdiff_t next_stride = 0;
};

// Those that vector/activations.hpp marks as fused.
inline bool fuses(model::Gating gating, const model::Activation& activation,
                  const model::Activation& secondary) noexcept {
  using Kind = model::ActivationKind;
  if (gating == model::Gating::gated) return activation.kind == Kind::tanh && secondary.kind == Kind::sigmoid;
  if (gating == model::Gating::blended) return false;
  return activation.kind == Kind::tanh || activation.kind == Kind::relu || activation.kind == Kind::leaky_relu ||
         activation.kind == Kind::prelu;
}

struct BlockArgs {
  const Rows* terms = nullptr;     // [term_count - taps.count]
  const float* initial = nullptr;  // rows added to the bias, or null; may be `out` itself
  std::ptrdiff_t initial_stride = 0;
  float* out = nullptr;
  std::ptrdiff_t out_stride = 0;
  int frames = 0;  // runs up to the next multiple of max_lanes; what it writes there is meaningless
  Taps taps{};     // the last terms

  // Term n of a product of `count`.
  [[gnu::always_inline]] Rows term(int n, int count) const noexcept {
    const int tap = n - (count - taps.count);
    return tap < 0 ? terms[n] : taps.at(tap);
  }
};

// Of a layer. Gated: the product is packed in pairs, and `out` gets half as many rows. With both a sum and a residual,
// what `out` holds afterwards is meaningless.
struct LayerArgs : BlockArgs {
  Finish finish;
};
using LayerFunction = void (*)(const ProductView&, const LayerArgs&) noexcept;

struct ColumnArgs {
  const float* const* terms = nullptr;    // [term_count][columns]: where each column's input vector starts
  const float* const* initial = nullptr;  // [columns], replaces the bias; or null, then the bias is the initial value
  const float* const* added = nullptr;    // [columns], added to that; or null
  float* const* out = nullptr;  // [columns]; may alias `initial` or `added`. Exactly `rows` values are written
  int columns = 1;              // 1 to max_columns
};

// What follows a convolution: o = f(z), f(z₁)·s(z₂), or s(z₂)·f(z₁) + (1 - s(z₂))·z₁, over `outer` runs of `inner`
// values.
struct GateArgs {
  model::Gating gating = model::Gating::none;
  const model::Activation* activation = nullptr;
  const model::Activation* secondary = nullptr;  // where gated or blended
  const float* z = nullptr;                      // run i at z + i * z_stride
  std::ptrdiff_t z_stride = 0;
  std::ptrdiff_t second = 0;  // distance from z₁ to z₂ where gated or blended
  float* out = nullptr;       // may be z itself where gating is none, else must not overlap it
  std::ptrdiff_t out_stride = 0;
  int outer = 1, inner = 0;     // inner runs up to the next multiple of max_lanes
  bool channels_inner = false;  // column shape: values of a run are channels; block shape: runs are
};

// Steps of a layer of recurrent cells. Cells come in groups of as many as a vector has lanes. Sums run in two chains,
// of the even inputs, from the bias on, and the odd ones; those of x first, then those of h, each counted from 0. The
// rows of what goes through σ are halved, since σ(x) = ½ + ½·tanh(x/2), but for a GRU's z.
//
//   LSTM   z = bias + W · [x | h], rows f, i, o, g:   c = σ(f)·c + σ(i)·tanh(g),   h = σ(o)·tanh(c)
//   GRU    rows z, r, n, where n = n_x + σ(r)·n_h is summed apart for x and for h:   h = σ(z)·h + (1 - σ(z))·tanh(n)
inline constexpr int cell_chains = 2;
inline constexpr int cell_gates = 4;         // most rows of a cell
inline constexpr int lstm_halved_lanes = 8;  // fewest lanes with halves
struct CellGroups {
  int whole;
  bool halved;  // one more, of half as many cells
};
// A last group of at most half as many cells is packed as such where vectors are wide.
inline constexpr CellGroups lstm_groups(int cells, int lanes) noexcept {
  const int rest = cells % lanes;
  const bool halved = lanes >= lstm_halved_lanes && rest > 0 && rest <= lanes / 2;
  return {cells / lanes + (rest > 0 && !halved ? 1 : 0), halved};
}
inline constexpr CellGroups gru_groups(int cells, int lanes) noexcept {
  return {(cells + lanes - 1) / lanes, false};
}
struct CellsArgs {
  const float* weights;  // [group][x | h][gate][cell]
  const float* bias;     // [group][gate][cell]; a GRU's: z, r, n_x, n_h
  int inputs, cells;
  Rows x;      // [inputs]
  float* out;  // h, [cells] rows; exactly `frames` values are written
  std::ptrdiff_t out_stride;
  int frames;     // at least 1
  float* cell;    // an LSTM's c, [cells padded]
  float* hidden;  // h in the first of [2][cells padded]
  float* known;   // [cells padded][cell_gates][cell_chains], for the kernel's use
};

// A filter of one row: out[t] = initial[t] + Σ taps[k] · x[t + k], the taps from the oldest to the newest. Summed in
// fir_chains chains of every fourth tap, the first of which starts from the initial value, then (0 + 1) + (2 + 3): a
// single row has too few values in flight to wait for one chain.
inline constexpr int fir_chains = 4;
struct FirArgs {
  const float* x;
  const float* taps;
  int count;
  const float* initial;
  float* out;  // must not overlap
  int frames;  // runs up to the next multiple of max_lanes; what it writes there is meaningless
};

// out = Σ over partitions of x · h, bin by bin: complex numbers, in groups of spectrum_group: [re | im].
inline constexpr int spectrum_group = 2 * max_lanes;
struct SpectraArgs {
  const float* x;  // [groups][partitions][re | im], where partition p is at slot (newest + p) mod partitions
  const float* h;  // [groups][partitions][re | im]
  int partitions, newest;
  int first, count;  // groups to multiply
  float* out;        // [groups][re | im]
};

struct Kernels {
  std::string_view name;  // of the instruction set
  int lanes;              // floats per vector
  int block_rows;         // most rows of a tile in block shape
  int lone_rows;          // the same where one tile holds all rows
  int tall_rows;          // the same for blocks of no more than one vector; 0: no such tiles
  int column_vectors;     // most vectors of a tile in column shape: a power of two
  void (*product_block)(const ProductView&, const BlockArgs&) noexcept;
  // The function for layers of this conv and this finish, whose rows may stand elsewhere at every call. Chosen once,
  // since in narrow layers the choice takes as long as the arithmetic. Null where vectors were not written for it,
  // which is where `fuses` says no; the reference has one function for all.
  LayerFunction (*layer_block)(const ProductView& conv, const Finish& finish) noexcept;
  void (*product_columns)(const ProductView&, const ColumnArgs&) noexcept;
  void (*gate)(const GateArgs&) noexcept;
  // a += b over `outer` runs of `inner` values, padded like gate
  void (*add)(float* a, std::ptrdiff_t a_stride, const float* b, std::ptrdiff_t b_stride, int outer,
              int inner) noexcept;
  // a = a · scale + shift, likewise; without a shift where it is null
  void (*modulate)(float* a, std::ptrdiff_t a_stride, const float* scale, const float* shift,
                   std::ptrdiff_t film_stride, int outer, int inner) noexcept;
  // out = Σ over `count` rows of weight · row[offset...], in order, the first a product and the rest fused; zeros where
  // there is no row. Runs up to the next multiple of max_lanes.
  void (*weighted_sum)(const float* const* rows, std::ptrdiff_t offset, const float* weights, int count, float* out,
                       int inner) noexcept;
  void (*lstm)(const CellsArgs&) noexcept;
  void (*gru)(const CellsArgs&) noexcept;
  void (*fir)(const FirArgs&) noexcept;
  void (*multiply_spectra)(const SpectraArgs&) noexcept;
  // For measuring what the machine can do. spin_fma runs `rounds` of independent multiply-adds in registers and returns
  // how many floating-point operations that was; read_all loads `count` floats (a multiple of 8 vectors).
  double (*spin_fma)(long rounds) noexcept;
  float (*read_all)(const float* values, std::size_t count) noexcept;
};

// The table of this name, or null where it was not compiled in or this machine cannot run it.
const Kernels* find_kernels(std::string_view name) noexcept;

// The fastest table that this machine can run.
const Kernels& best_kernels() noexcept;

}  // namespace atrous::kernels
