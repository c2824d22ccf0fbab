// LSTM cells: SIMD lanes are cells. A step cannot start before the one before it has ended, so what counts is the
// length of the chain from one hidden state to the next.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// acc += `count` inputs, weighted. V vectors hold the four gates of a group of cells.
template <int V, class Input>
[[gnu::always_inline]] inline void accumulate(Batch (&acc)[lstm_chains][V], const float* w, int count, Input input) {
  const auto add = [&](int chain, const Batch& in) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) acc[chain][v] = fma(load(w + v * lanes), in, acc[chain][v]);
    w += V * lanes;
  };
  int i = 0;
  for (; i + 1 < count; i += 2) {
    add(0, Batch(input(i)));
    add(1, Batch(input(i + 1)));
  }
  if (i < count) add(0, Batch(input(i)));
}

// What the inputs of frame t add to z, ahead of time.
template <int V>
[[gnu::always_inline]] inline void read_inputs(const LstmArgs& args, int group, int t) {
  const std::ptrdiff_t first = std::ptrdiff_t{4} * group * lanes;
  float* known = args.known + lstm_chains * first;
  Batch acc[lstm_chains][V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    acc[0][v] = load(args.bias + first + v * lanes);
    acc[1][v] = Batch(0.0f);
  }
  accumulate(acc, args.weights + (args.inputs + args.cells) * first, args.inputs,
             [&](int i) { return args.x.data[i * args.x.stride + t]; });
#pragma GCC unroll 8
  for (int i = 0; i < lstm_chains * V; ++i) acc[i / V][i % V].store_unaligned(known + i * lanes);
}

// With f, i, o and g as fractions n/d of tanh, σ(2z) = (n + d) / 2d, and the step is
//   c = [(n_f + d_f)·c·d_i·d_g + (n_i + d_i)·n_g·d_f] / (2·d_f·d_i·d_g),   h = (n_o + d_o)·n_c / (2·d_o·d_c),
// so that two divisions are waited for instead of four.
void close_step(const Batch (&z)[4], float* cell, float* hidden) {
  const Tanh::Fraction<Batch> f = Tanh::fraction(z[0]), i = Tanh::fraction(z[1]), g = Tanh::fraction(z[3]);
  const Batch ig = i.d * g.d;
  const Batch c = fma((f.n + f.d) * load(cell), ig, (i.n + i.d) * g.n * f.d) / ((f.d + f.d) * ig);
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
  const B c = terms + swapped_halves(terms);
  c.store_unaligned(cell);
  const Tanh::Fraction<B> tanh_c = Tanh::fraction(c);
  ((og.n + og.d) * tanh_c.n / ((og.d + og.d) * tanh_c.d)).store_unaligned(hidden);
}

// One step of a group of cells, from the hidden state `before` of all cells to their own `after`.
template <int V>
[[gnu::always_inline]] inline void step_group(const LstmArgs& args, int group, int t, const float* before,
                                              float* after) {
  const std::ptrdiff_t first = std::ptrdiff_t{4} * group * lanes;
  const float* weights = args.weights + (args.inputs + args.cells) * first + std::ptrdiff_t{args.inputs} * V * lanes;
  const float* known = args.known + lstm_chains * first;
  Batch acc[lstm_chains][V];
#pragma GCC unroll 8
  for (int i = 0; i < lstm_chains * V; ++i) acc[i / V][i % V] = load(known + i * lanes);
  accumulate(acc, weights, args.cells, [&](int i) { return before[i]; });
  // The coming frame's inputs are summed while the machine waits for this step to close.
  if (t + 1 < args.frames) read_inputs<V>(args, group, t + 1);
  Batch z[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) z[v] = acc[0][v] + acc[1][v];
  close_step(z, args.cell + group * lanes, after + group * lanes);
}

void lstm(const LstmArgs& args) noexcept {
  const LstmGroups groups = lstm_groups(args.cells, lanes);
  const int width = int(padded(args.cells));
  for (int group = 0; group < groups.whole; ++group) read_inputs<4>(args, group, 0);
  if constexpr (lanes >= lstm_halved_lanes) {
    if (groups.halved) read_inputs<2>(args, groups.whole, 0);
  }
  for (int t = 0; t < args.frames; ++t) {
    const float* before = args.hidden + (t & 1) * width;
    float* after = args.hidden + (~t & 1) * width;
    for (int group = 0; group < groups.whole; ++group) step_group<4>(args, group, t, before, after);
    if constexpr (lanes >= lstm_halved_lanes) {
      if (groups.halved) step_group<2>(args, groups.whole, t, before, after);
    }
    for (int i = 0; t > 0 && i < args.cells; ++i) args.out[i * args.out_stride + t - 1] = before[i];
  }
  const float* last = args.hidden + (args.frames & 1) * width;
  for (int i = 0; i < args.cells; ++i) {
    args.out[i * args.out_stride + args.frames - 1] = last[i];
    args.hidden[i] = last[i];
  }
}

}  // namespace
}  // namespace atrous::kernels
