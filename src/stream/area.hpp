// Where the values of a tensor stand, and what happens to them one by one in either shape:
//
//   block shape    a run per channel, of frames
//   column shape   a run per column, of channels
#pragma once

#include <algorithm>
#include <cmath>

#include "network/plan.hpp"

namespace atrous::stream {

inline constexpr int block_frames = model::block_frames;  // most frames of one block
static_assert(block_frames % kernels::max_lanes == 0);

// Run i at data + i * stride. Whole vectors of it may be written.
struct Area {
  float* data = nullptr;
  std::ptrdiff_t stride = 0;
  float* run(int i) const noexcept { return data + i * stride; }
  operator kernels::Rows() const noexcept { return {data, stride}; }
};

// What of a tensor's channels and of the `count` frames or columns is runs, and what stands in them.
struct Extent {
  int runs = 0, values = 0;
};

inline void copy_values(kernels::Rows from, Extent extent, Area to) noexcept {
  for (int i = 0; i < extent.runs; ++i) std::copy_n(from.data + i * from.stride, extent.values, to.run(i));
}

// `factor` may be 0, for zeros whatever stood there.
inline void scale_values(float factor, Extent extent, Area area) noexcept {
  for (int i = 0; i < extent.runs; ++i) {
    float* const values = area.run(i);
    for (int k = 0; k < extent.values; ++k) values[k] = factor == 0 ? 0.0f : values[k] * factor;
  }
}

// sum += factor · values
inline void add_scaled(float factor, const float* values, int count, float* sum) noexcept {
  for (int k = 0; k < count; ++k) sum[k] += factor * values[k];
}

// sum += values
inline void add_values(const kernels::Kernels& kernels, Area sum, Area values, Extent extent) noexcept {
  kernels.add(sum.data, sum.stride, values.data, values.stride, extent.runs, extent.values);
}

// x = activation(x), in place
inline void activate(const kernels::Kernels& kernels, const model::Activation& activation, Extent extent, Area x,
                     bool columns) noexcept {
  if (activation.kind == model::ActivationKind::identity) return;
  kernels.gate({.gating = model::Gating::none,
                .activation = &activation,
                .secondary = &activation,
                .z = x.data,
                .z_stride = x.stride,
                .second = 0,
                .out = x.data,
                .out_stride = x.stride,
                .outer = extent.runs,
                .inner = extent.values,
                .channels_inner = columns});
}

// Over the channels of a frame, which are `stride` apart. Rare, so one value at a time.
inline void softmax(float* x, std::ptrdiff_t stride, int channels) noexcept {
  float most = x[0], sum = 0;
  for (int c = 1; c < channels; ++c) most = std::max(most, x[c * stride]);
  for (int c = 0; c < channels; ++c) sum += x[c * stride] = std::exp(x[c * stride] - most);
  for (int c = 0; c < channels; ++c) x[c * stride] /= sum;
}

}  // namespace atrous::stream
