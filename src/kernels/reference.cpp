// The kernels in plain scalar code, one value at a time: what they mean. Always built; the vector kernels are tested
// against it.
#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <numeric>

#include "kernels/denormals.hpp"
#include "kernels/kernels.hpp"
#include "kernels/scalar_activation.hpp"

namespace atrous::kernels {
namespace {

// a · b + c, rounded once; but twice in WebAssembly, whose only way to round once is software of sixty times the price.
float multiply_add(float a, float b, float c) {
#ifdef __wasm__
  return a * b + c;
#else
  return std::fma(a, b, c);
#endif
}

// The weight of input i of a term whose weights start at `start`, in vectors of `height` rows.
float weight(const ProductView& product, std::size_t start, int i, int height, int row) {
  if (product.weights) return product.weights[start + std::size_t(i * height + row)];
  const std::uint32_t pair = product.pairs[start + std::size_t(i / 2 * height + row)];
  return std::bit_cast<float>(i % 2 == 0 ? pair << 16 : pair & 0xffff0000u);
}

// One output value: the chain of multiply-adds over all terms. `input(term, i)` is input i of a term.
template <class Input>
float chain(const ProductView& product, const Tile& tile, int row, int height, float value, Input input) {
  std::size_t start = tile.weights;
  for (int term = 0; term < product.term_count; ++term) {
    const InputRange range = product.ranges[tile.ranges + std::size_t(term)];
    for (int i = 0; i < range.count; ++i) {
      value = multiply_add(weight(product, start, i, height, row), input(term, range.first + i), value);
    }
    const int vectors = product.weights ? range.count : (range.count + 1) / 2;
    start += std::size_t(vectors * height);
  }
  return value;
}

// Row r of the product at frame t.
float row_at(const ProductView& product, const Tile& tile, int r, const BlockArgs& args, int t) {
  const std::ptrdiff_t row = tile.row_at(r, tile.rows);
  const float bias = product.bias[row];
  const float start = args.initial ? args.initial[row * args.initial_stride + t] + bias : bias;
  return chain(product, tile, r, tile.rows, start, [&](int term, int in) {
    const Rows rows = args.term(term, product.term_count);
    return rows.data[in * rows.stride + t];
  });
}

// next = v + residual · u
void add_residual(const BlockArgs& args, const Finish& f) {
  for (int i = 0; i < f.residual->tile_count; ++i) {
    const Tile& tile = f.residual->tiles[i];
    for (int r = 0; r < tile.rows; ++r) {
      const std::ptrdiff_t row = tile.row_at(r, tile.rows);
      for (int t = 0; t < args.frames; ++t) {
        const float start = f.v.data[row * f.v.stride + t] + f.residual->bias[row];
        f.next[row * f.next_stride + t] = chain(*f.residual, tile, r, tile.rows, start,
                                                [&](int, int in) { return args.out[in * args.out_stride + t]; });
      }
    }
  }
}

void add_to_sum(const Finish& finish, int row, int t, float value) {
  finish.sum[row * finish.sum_stride + t] = finish.before[row * finish.before_stride + t] + value;
}

// A product, and what follows it in a layer, or null.
void rows_of_product(const ProductView& product, const BlockArgs& args, const Finish* finish) {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    const bool gated = finish && finish->gating == model::Gating::gated;
    const int rows = gated ? tile.rows / 2 : tile.rows;
    for (int r = 0; r < rows; ++r) {
      for (int t = 0; t < args.frames; ++t) {
        float value = row_at(product, tile, r, args, t);
        if (finish) value = activate(*finish->activation, tile.row + r, value);
        if (gated) value *= sigmoid(row_at(product, tile, r + rows, args, t));
        args.out[(tile.row + r) * args.out_stride + t] = value;
        if (finish && finish->sum) add_to_sum(*finish, tile.row + r, t, value);
      }
    }
  }
  if (finish && finish->residual) add_residual(args, *finish);
}

void product_block(const ProductView& product, const BlockArgs& args) noexcept {
  rows_of_product(product, args, nullptr);
}

LayerFunction layer_block(const ProductView&, const Finish&) noexcept {
  return [](const ProductView& conv, const LayerArgs& args) noexcept { rows_of_product(conv, args, &args.finish); };
}

// One run of a column's inputs as whole numbers, and their scale (vector/int8.hpp says what for).
struct Quantised {
  std::int32_t values[quantised_inputs];
  float scale;
};

Quantised quantise(const float* x, int count) {
  Quantised result{};
  float largest = 0;
  for (int i = 0; i < count; ++i) {
    // A NaN is larger than all.
    if (std::isnan(x[i]) || std::fabs(x[i]) > largest) largest = std::fabs(x[i]);
    if (std::isnan(largest)) break;
  }
  if (largest < smallest_quantised) return result;
  result.scale = largest / float{most_quantised};
  if (!std::isfinite(largest)) return result;
  const float factor = float{most_quantised} / largest;
  for (int i = 0; i < count; ++i) result.values[i] = std::int32_t(std::nearbyint(x[i] * factor));
  return result;
}

// out = start, then plus one run of one term after the other.
void int8_column(const ProductView& product, const Tile& tile, const float* const* terms, std::ptrdiff_t columns,
                 float* out) {
  std::size_t before = 0;
  for (int term = 0; term < product.term_count; ++term) {
    const InputRange range = product.ranges[tile.ranges + std::size_t(term)];
    const float* scales = product.scales + std::size_t(term) * padded(product.rows) + tile.row;
    for (int from = 0; from < range.count; from += quantised_inputs) {
      const int count = std::min(range.count - from, quantised_inputs);
      const Quantised x = quantise(terms[term * columns] + range.first + from, count);
      for (int r = 0; r < tile.rows; ++r) {
        std::int32_t sum = 0;
        for (int i = 0; i < count; ++i) {
          const std::size_t four = before + std::size_t(from + i) / 4 * 4;
          const std::size_t at = four * std::size_t(tile.vectors) + std::size_t(4 * r + i % 4);
          sum += (product.bytes[tile.weights + at] - byte_offset) * x.values[i];
        }
        out[r] = out[r] + float(sum) * (scales[r] * x.scale);
      }
    }
    before += std::size_t(fours(range.count));
  }
}

void product_columns(const ProductView& product, const ColumnArgs& args) noexcept {
  for (int i = 0; i < product.tile_count; ++i) {
    const Tile& tile = product.tiles[i];
    for (int n = 0; n < args.columns; ++n) {
      for (int r = 0; r < tile.rows; ++r) {
        const int row = tile.row + r;
        float start = args.initial ? args.initial[n][row] : product.bias[row];
        if (args.added) start = args.added[n][row] + start;
        args.out[n][row] = product.bytes ? start : chain(product, tile, r, tile.vectors, start, [&](int term, int in) {
          return args.terms[term * args.columns + n][in];
        });
      }
      if (product.bytes) {
        int8_column(product, tile, args.terms + n, args.columns, args.out[n] + tile.row);
      }
    }
  }
}

void gate(const GateArgs& args) noexcept {
  for (int o = 0; o < args.outer; ++o) {
    for (int i = 0; i < args.inner; ++i) {
      const int channel = args.channels_inner ? i : o;
      const float z = args.z[o * args.z_stride + i];
      const float f = activate(*args.activation, channel, z);
      float& out = args.out[o * args.out_stride + i];
      const auto second = [&] {
        return activate(*args.secondary, channel, args.z[o * args.z_stride + args.second + i]);
      };
      switch (args.gating) {
        case model::Gating::none:
          out = f;
          break;
        case model::Gating::gated:
          out = f * second();
          break;
        case model::Gating::blended: {
          const float s = second();
          out = multiply_add(s, f, (1.0f - s) * z);
          break;
        }
      }
    }
  }
}

void add(float* a, std::ptrdiff_t a_stride, const float* b, std::ptrdiff_t b_stride, int outer, int inner) noexcept {
  for (int o = 0; o < outer; ++o) {
    for (int i = 0; i < inner; ++i) a[o * a_stride + i] += b[o * b_stride + i];
  }
}

void modulate(float* a, std::ptrdiff_t a_stride, const float* scale, const float* shift, std::ptrdiff_t film_stride,
              int outer, int inner) noexcept {
  for (int o = 0; o < outer; ++o) {
    for (int i = 0; i < inner; ++i) {
      float& x = a[o * a_stride + i];
      const float s = scale[o * film_stride + i];
      x = shift ? multiply_add(x, s, shift[o * film_stride + i]) : x * s;
    }
  }
}

void weighted_sum(const float* const* rows, std::ptrdiff_t offset, const float* weights, int count, float* out,
                  int inner) noexcept {
  for (int i = 0; i < inner; ++i) {
    float sum = count > 0 ? weights[0] * rows[0][offset + i] : 0.0f;
    for (int row = 1; row < count; ++row) sum = multiply_add(weights[row], rows[row][offset + i], sum);
    out[i] = sum;
  }
}

// Row `gate` of `gates` of a cell, which is a group of its own: the reference has one lane.
struct CellRow {
  const CellsArgs& args;
  int cell, gate, gates;
  float sums[cell_chains] = {};

  CellRow& start(int bias) {
    sums[0] = args.bias[cell_gates * cell + bias];
    return *this;
  }
  CellRow& add(int from, int count, const float* values, std::ptrdiff_t stride) {
    const std::ptrdiff_t first = std::ptrdiff_t{cell} * (args.inputs + args.cells) + from;
    for (int i = 0; i < count; ++i) {
      const float w = args.weights[(first + i) * gates + gate];
      sums[i % cell_chains] = multiply_add(w, values[i * stride], sums[i % cell_chains]);
    }
    return *this;
  }
  CellRow& add_inputs(int t) { return add(0, args.inputs, args.x.data + t, args.x.stride); }
  CellRow& add_hidden() { return add(args.inputs, args.cells, args.hidden, 1); }
  float sum() const { return sums[0] + sums[1]; }
};

// The outputs of a step, `next`, are the state of the coming one.
void close_cells(const CellsArgs& args, const float* next, int t) {
  for (int i = 0; i < args.cells; ++i) args.hidden[i] = args.out[i * args.out_stride + t] = next[i];
}

void lstm(const CellsArgs& args) noexcept {
  float* next = args.hidden + padded(args.cells);
  for (int t = 0; t < args.frames; ++t) {
    for (int i = 0; i < args.cells; ++i) {
      const auto z = [&](int gate) { return CellRow{args, i, gate, 4}.start(gate).add_inputs(t).add_hidden().sum(); };
      const float f = sigmoid(2 * z(0)), in = sigmoid(2 * z(1)), o = sigmoid(2 * z(2)), g = std::tanh(z(3));
      args.cell[i] = kept(multiply_add(f, args.cell[i], in * g));
      next[i] = o * std::tanh(args.cell[i]);
    }
    close_cells(args, next, t);
  }
}

void gru(const CellsArgs& args) noexcept {
  float* next = args.hidden + padded(args.cells);
  for (int t = 0; t < args.frames; ++t) {
    for (int i = 0; i < args.cells; ++i) {
      const auto row = [&](int gate) { return CellRow{args, i, gate, 3}; };
      const float z = sigmoid(row(0).start(0).add_inputs(t).add_hidden().sum());
      const float r = sigmoid(2 * row(1).start(1).add_inputs(t).add_hidden().sum());
      const float n =
          std::tanh(multiply_add(r, row(2).start(3).add_hidden().sum(), row(2).start(2).add_inputs(t).sum()));
      next[i] = kept(multiply_add(z, args.hidden[i], (1.0f - z) * n));
    }
    close_cells(args, next, t);
  }
}

void fir(const FirArgs& args) noexcept {
  for (int t = 0; t < args.frames; ++t) {
    float sums[fir_chains] = {args.initial[t]};
    for (int k = 0; k < args.count; ++k) {
      sums[k % fir_chains] = multiply_add(args.taps[k], args.x[t + k], sums[k % fir_chains]);
    }
    args.out[t] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
}

void multiply_spectra(const SpectraArgs& args) noexcept {
  constexpr int spectrum = 2 * spectrum_group;
  for (int group = args.first; group < args.first + args.count; ++group) {
    for (int bin = 0; bin < spectrum_group; ++bin) {
      float re_re = 0, im_im = 0, re_im = 0, im_re = 0;
      for (int p = 0; p < args.partitions; ++p) {
        const int slot = (args.newest + p) % args.partitions;
        const float* x = args.x + (std::ptrdiff_t{group} * args.partitions + slot) * spectrum + bin;
        const float* h = args.h + (std::ptrdiff_t{group} * args.partitions + p) * spectrum + bin;
        re_re = multiply_add(x[0], h[0], re_re);
        im_im = multiply_add(x[spectrum_group], h[spectrum_group], im_im);
        re_im = multiply_add(x[0], h[spectrum_group], re_im);
        im_re = multiply_add(x[spectrum_group], h[0], im_re);
      }
      float* out = args.out + std::ptrdiff_t{group} * spectrum + bin;
      out[0] = re_re - im_im;
      out[spectrum_group] = re_im + im_re;
    }
  }
}

double spin_fma(long rounds) noexcept {
  constexpr int chains = 16;
  float acc[chains] = {};
  for (long round = 0; round < rounds; ++round) {
    for (float& a : acc) a = multiply_add(a, 0.5f, 1.0f);
  }
  volatile float keep = std::accumulate(std::begin(acc), std::end(acc), 0.0f);
  static_cast<void>(keep);
  return 2.0 * chains * double(rounds);
}

float read_all(const float* values, std::size_t count) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += values[i];
  return sum;
}

}  // namespace

extern const Kernels table_reference;
const Kernels table_reference = {.name = "reference",
                                 .lanes = 1,
                                 .block_rows = 4,
                                 .lone_rows = 4,
                                 .tall_rows = 0,
                                 .column_vectors = 4,
                                 .product_block = product_block,
                                 .layer_block = layer_block,
                                 .product_columns = product_columns,
                                 .gate = gate,
                                 .add = add,
                                 .modulate = modulate,
                                 .weighted_sum = weighted_sum,
                                 .lstm = lstm,
                                 .gru = gru,
                                 .fir = fir,
                                 .multiply_spectra = multiply_spectra,
                                 .spin_fma = spin_fma,
                                 .read_all = read_all};

}  // namespace atrous::kernels
