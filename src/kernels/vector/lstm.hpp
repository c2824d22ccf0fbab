// LSTM cells.
#pragma once

#include "kernels/vector/cells.hpp"

namespace atrous::kernels {
namespace {

// With f, i, o and g as fractions n/d of tanh, σ(2z) = (n + d) / 2d, and the step is
//   c = [(n_f + d_f)·c·d_i·d_g + (n_i + d_i)·n_g·d_f] / (2·d_f·d_i·d_g),   h = (n_o + d_o)·n_c / (2·d_o·d_c),
// so that two divisions are waited for instead of four.
void close_step(const Batch (&z)[4], float* cell, float* hidden) {
  const Tanh::Fraction<Batch> f = Tanh::fraction(z[0]), i = Tanh::fraction(z[1]), g = Tanh::fraction(z[3]);
  const Batch ig = i.d * g.d;
  const Batch c = kept(fma((f.n + f.d) * load(cell), ig, (i.n + i.d) * g.n * f.d) / ((f.d + f.d) * ig));
  c.store_unaligned(cell);
  const Tanh::Fraction<Batch> o = Tanh::fraction(z[2]), tanh_c = Tanh::fraction(c);
  ((o.n + o.d) * tanh_c.n / ((o.d + o.d) * tanh_c.d)).store_unaligned(hidden);
}

// Half as many cells, two gates to a vector, [f | i] and [o | g]: the halves of the quotient are the terms of c. In the
// upper half of `hidden` stands nothing of meaning. A template, since narrow vectors have no halves.
template <class B>
void close_step(const B (&z)[2], float* cell, float* hidden) {
  const Tanh::Fraction<B> fi = Tanh::fraction(z[0]), og = Tanh::fraction(z[1]);
  const B c_and_n = halves(load(cell), og.n), one_and_d = halves(B(1.0f), og.d);
  const B terms = (fi.n + fi.d) * c_and_n / ((fi.d + fi.d) * one_and_d);
  const B c = kept(terms + swapped_halves(terms));
  c.store_unaligned(cell);
  const Tanh::Fraction<B> tanh_c = Tanh::fraction(c);
  ((og.n + og.d) * tanh_c.n / ((og.d + og.d) * tanh_c.d)).store_unaligned(hidden);
}

template <int V>
[[gnu::always_inline]] inline CellGroup lstm_group(const CellsArgs& args, int group) {
  const std::ptrdiff_t first = std::ptrdiff_t{4} * group * lanes;
  const float* const inputs = args.weights + (args.inputs + args.cells) * first;
  return {.inputs = inputs,
          .hidden = inputs + std::ptrdiff_t{args.inputs} * V * lanes,
          .bias = args.bias + first,
          .known = args.known + cell_chains * first};
}

// One step of a group of cells, from the hidden state `before` of all cells to their own `after`.
template <int V>
[[gnu::always_inline]] inline void lstm_step(const CellsArgs& args, int index, int t, const float* before,
                                             float* after) {
  const CellGroup group = lstm_group<V>(args, index);
  Batch acc[cell_chains][V];
#pragma GCC unroll 8
  for (int i = 0; i < cell_chains * V; ++i) acc[i / V][i % V] = load(group.known + i * lanes);
  accumulate(acc, group.hidden, args.cells, [&](int i) { return before[i]; });
  // The coming frame's inputs are summed while the machine waits for this step to close.
  if (t + 1 < args.frames) read_inputs<V>(args, group, t + 1);
  Batch z[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) z[v] = acc[0][v] + acc[1][v];
  close_step(z, args.cell + index * lanes, after + index * lanes);
}

void lstm(const CellsArgs& args) noexcept {
  const CellGroups groups = lstm_groups(args.cells, lanes);
  for (int group = 0; group < groups.whole; ++group) read_inputs<4>(args, lstm_group<4>(args, group), 0);
  if constexpr (lanes >= lstm_halved_lanes) {
    if (groups.halved) read_inputs<2>(args, lstm_group<2>(args, groups.whole), 0);
  }
  step_cells(args, [&](int t, const float* before, float* after) {
    for (int group = 0; group < groups.whole; ++group) lstm_step<4>(args, group, t, before, after);
    if constexpr (lanes >= lstm_halved_lanes) {
      if (groups.halved) lstm_step<2>(args, groups.whole, t, before, after);
    }
  });
}

}  // namespace
}  // namespace atrous::kernels
