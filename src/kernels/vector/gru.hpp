// GRU cells.
#pragma once

#include "kernels/vector/cells.hpp"

namespace atrous::kernels {
namespace {

inline constexpr int gru_gates = 3;

[[gnu::always_inline]] inline CellGroup gru_group(const CellsArgs& args, int group) {
  const std::ptrdiff_t first = std::ptrdiff_t{group} * lanes;
  const float* const inputs = args.weights + (args.inputs + args.cells) * gru_gates * first;
  return {.inputs = inputs,
          .hidden = inputs + std::ptrdiff_t{args.inputs} * gru_gates * lanes,
          .bias = args.bias + cell_gates * first,
          .known = args.known + cell_chains * gru_gates * first};
}

// With E = e^-z, 1 - σ(z) = E / (1 + E), which is as precise where a cell is slow and it is tiny: what it is off by
// adds up. Of r and n, as fractions n/d of tanh, the step is
//   h = h + E·(n_n - h·d_n) / ((1 + E)·d_n),
// so that after that of r one division is waited for, and h stays where it is once it is n.
[[gnu::always_inline]] inline Batch gru_close(const Batch& z, const Batch& r, const Batch& n_x, const Batch& n_h,
                                              const Batch& h) {
  constexpr float most = 80;  // beyond it E and its products would not be finite, or lose digits
  const Batch e = xsimd::exp(xsimd::min(xsimd::max(-z, Batch(-most)), Batch(most)));
  const Tanh::Fraction<Batch> v = Tanh::fraction(r);
  const Batch reset = (v.n + v.d) / (v.d + v.d);
  const Tanh::Fraction<Batch> n = Tanh::fraction(fma(reset, n_h, n_x));
  return kept(h + e * fma(-h, n.d, n.n) / fma(e, n.d, n.d));
}

// One step of a group of cells, from the hidden state `before` of all cells to their own `after`.
[[gnu::always_inline]] inline void gru_step(const CellsArgs& args, int index, int t, const float* before,
                                            float* after) {
  const CellGroup group = gru_group(args, index);
  const auto known = [&](int chain, int gate) { return load(group.known + (chain * gru_gates + gate) * lanes); };
  Batch acc[cell_chains][gru_gates] = {{known(0, 0), known(0, 1), load(group.bias + gru_gates * lanes)},
                                       {known(1, 0), known(1, 1), Batch(0.0f)}};
  const Batch n_x = known(0, 2) + known(1, 2);
  accumulate(acc, group.hidden, args.cells, [&](int i) { return before[i]; });
  // The coming frame's inputs are summed while the machine waits for this step to close.
  if (t + 1 < args.frames) read_inputs<gru_gates>(args, group, t + 1);
  const auto sum = [&](int gate) { return acc[0][gate] + acc[1][gate]; };
  gru_close(sum(0), sum(1), n_x, sum(2), load(before + index * lanes)).store_unaligned(after + index * lanes);
}

void gru(const CellsArgs& args) noexcept {
  const int groups = gru_groups(args.cells, lanes).whole;
  for (int group = 0; group < groups; ++group) read_inputs<gru_gates>(args, gru_group(args, group), 0);
  step_cells(args, [&](int t, const float* before, float* after) {
    for (int group = 0; group < groups; ++group) gru_step(args, group, t, before, after);
  });
}

}  // namespace
}  // namespace atrous::kernels
