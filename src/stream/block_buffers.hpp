// Where the values of a block stand on their way through a network, beside its queues; and how its layers are called
// that run at one go.
#pragma once

#include <vector>

#include "stream/block_state.hpp"

namespace atrous::stream {

// How a fused layer is called. From block to block nothing changes but where its rows stand. All that a narrow layer
// needs stands here, side by side: in short blocks, what it costs to find it counts.
struct FusedLayer {
  kernels::LayerFunction run = nullptr;                // null: the layer is not fused
  const BlockQueue *queue = nullptr, *next = nullptr;  // of the conv, and of the one that reads the v behind it, if any
  bool identity_skip = false;
  bool starts_sum = false;   // the first of all layers, whose skip is added to the bias of their sum
  bool leaves_next = false;  // what the kernel does not make of `next`: a copy of v, or a factor
  kernels::LayerArgs args{};
};

// The plan and the state must outlive it. Nothing but the constructor allocates.
struct BlockBuffers {
  BlockBuffers(const network::Plan& plan, BlockState& state);

  // From the plan's weights.
  void fill_sum_start(const network::Plan& plan) noexcept;

  Arena arena;  // rows of block_frames
  Area z, u, output;
  Area sum_start;                    // the bias of the sum of the skips
  Area film, part, mixed, kept;      // of modulated layers: [scale | shift], and parts that a film modulates
  Area condition;                    // features in planar rows, for them
  std::vector<kernels::Rows> terms;  // of a conv whose taps are not evenly spaced
  float* mixed_columns = nullptr;    // [block_frames][z padded]: what mixins make of features
  std::vector<FusedLayer> fused;     // of every layer, by its index
};

}  // namespace atrous::stream
