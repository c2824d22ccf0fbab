// Layers of recurrent cells: SIMD lanes are cells. A step cannot start before the one before it has ended, so what
// counts is the length of the chain from one hidden state to the next.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// acc += `count` inputs, weighted. V vectors hold the gates of a group of cells.
template <int V, class Input>
[[gnu::always_inline]] inline void accumulate(Batch (&acc)[cell_chains][V], const float* w, int count, Input input) {
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

// Where a group of cells has its numbers: its first vector among those of the weights' rows, of the biases, of `known`.
struct CellGroup {
  const float *inputs, *hidden, *bias;  // weights [inputs][V], [cells][V]; bias
  float* known;                         // [cell_chains][V]
};

// What the inputs of frame t add to the sums, ahead of time.
template <int V>
[[gnu::always_inline]] inline void read_inputs(const CellsArgs& args, const CellGroup& group, int t) {
  Batch acc[cell_chains][V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    acc[0][v] = load(group.bias + v * lanes);
    acc[1][v] = Batch(0.0f);
  }
  accumulate(acc, group.inputs, args.inputs, [&](int i) { return args.x.data[i * args.x.stride + t]; });
#pragma GCC unroll 8
  for (int i = 0; i < cell_chains * V; ++i) acc[i / V][i % V].store_unaligned(group.known + i * lanes);
}

// Steps of all frames, of which step(t, before, after) takes one: the hidden state is in either half of its memory in
// turn, and at the end in the first.
template <class Step>
[[gnu::always_inline]] inline void step_cells(const CellsArgs& args, Step step) {
  const int width = int(padded(args.cells));
  for (int t = 0; t < args.frames; ++t) {
    const float* before = args.hidden + (t & 1) * width;
    step(t, before, args.hidden + (~t & 1) * width);
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
