// Activations, gates and what else goes over values one by one, in both shapes.
#pragma once

#include "kernels/vector/activations.hpp"
#include "kernels/vector/arch.hpp"

namespace atrous::kernels {
namespace {

// The parameters of a run of values; a PReLU's slopes lie along the run in column shape, across the runs in block
// shape.
ActivationParams<Batch> params_of(const model::Activation& a, const GateArgs& args, int outer) {
  const bool per_channel = !a.slopes.empty() && !args.channels_inner;
  return {.slope = Batch(per_channel ? a.slopes[std::size_t(outer)] : a.slope),
          .min = Batch(a.min),
          .max = Batch(a.max),
          .min_slope = Batch(a.min_slope),
          .max_slope = Batch(a.max_slope)};
}

Batch inner_slope(const model::Activation& a, int i) {
  float slopes[lanes];
  for (int lane = 0; lane < lanes; ++lane) {
    const auto channel = std::size_t(i + lane);
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
    fma(s, load(out), (Batch(1.0f) - s) * load(z)).store_unaligned(out);
  };
  with_activation(args.activation->kind,
                  [&](auto f) { over_runs<decltype(f)>(args, *args.activation, args.z, assign); });
  const auto second = [&](auto combine) {
    with_activation(args.secondary->kind,
                    [&](auto s) { over_runs<decltype(s)>(args, *args.secondary, args.z + args.second, combine); });
  };
  switch (args.gating) {
    case model::Gating::none:
      return;
    case model::Gating::gated:
      return second(multiply);
    case model::Gating::blended:
      return second(blend);
  }
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
      (added ? fma(x, s, load(added + i)) : x * s).store_unaligned(a + i);
    }
  }
}

// V vectors of a weighted sum.
template <int V>
void weigh(const float* const* rows, std::ptrdiff_t offset, const float* weights, int count, float* out) {
  Batch sums[V];
  for (int v = 0; v < V; ++v) sums[v] = Batch(weights[0]) * load(rows[0] + offset + v * lanes);
  for (int row = 1; row < count; ++row) {
    const Batch weight(weights[row]);
    for (int v = 0; v < V; ++v) sums[v] = fma(weight, load(rows[row] + offset + v * lanes), sums[v]);
  }
  for (int v = 0; v < V; ++v) sums[v].store_unaligned(out + v * lanes);
}

void weighted_sum(const float* const* rows, std::ptrdiff_t offset, const float* weights, int count, float* out,
                  int inner) noexcept {
  int i = 0;
  if (count > 0) {
    for (; i + 4 * lanes <= inner; i += 4 * lanes) weigh<4>(rows, offset + i, weights, count, out + i);
    for (; i < inner; i += lanes) weigh<1>(rows, offset + i, weights, count, out + i);
  }
  for (; i < inner; i += lanes) Batch(0.0f).store_unaligned(out + i);
}

}  // namespace
}  // namespace atrous::kernels
