#include "stream/block_buffers.hpp"

#include <algorithm>

#include "stream/widths.hpp"

namespace atrous::stream {
namespace {

FusedLayer fused_layer(const network::Plan& plan, const network::LayerPlan& layer, BlockState& state,
                       const BlockBuffers& buffers, std::size_t sum_reader) {
  FusedLayer fused;
  if (!layer.fused) return fused;
  const BlockQueue& queue = state.queue(layer.conv);
  const auto stride_of = [&](std::size_t reader) {
    return reader == network::no_conv ? std::ptrdiff_t{block_frames}
                                      : state.queues()[reader].current(state.arena()).stride;
  };
  fused.queue = &queue;
  fused.next = layer.reader == network::no_conv ? nullptr : &state.queues()[layer.reader];
  fused.identity_skip = layer.identity_skip;
  fused.leaves_next = fused.next && (layer.residual.empty() || layer.carry != 1);
  fused.starts_sum = layer.index == 0 && layer.identity_skip;
  kernels::Finish& finish = fused.args.finish;
  finish.gating = layer.gating;
  finish.activation = &layer.activation;
  finish.sum_stride = stride_of(sum_reader);
  finish.before = fused.starts_sum ? buffers.sum_start.data : nullptr;
  finish.before_stride = fused.starts_sum ? buffers.sum_start.stride : finish.sum_stride;
  if (!layer.residual.empty()) {
    finish.residual = &layer.residual.block.view();
    finish.v.stride = queue.current(state.arena()).stride;
    finish.next_stride = stride_of(layer.reader);
  }
  fused.args.initial = layer.projection.empty() ? nullptr : buffers.z.data;
  fused.args.initial_stride = buffers.z.stride;
  fused.args.out = buffers.u.data;
  fused.args.out_stride = buffers.u.stride;
  fused.args.taps = queue.taps(state.arena(), layer.conv.kernel, layer.conv.dilation);
  fused.run = plan.kernels->layer_block(layer.conv.block.view(), finish);
  return fused;
}

}  // namespace

BlockBuffers::BlockBuffers(const network::Plan& plan, BlockState& state) {
  const Widths widths(plan);
  const int mixed_rows = plan.upsampler ? int(kernels::padded(widths.z)) : 0;
  const int sum_rows = plan.stacks.empty() ? 0 : int(plan.stacks[0].skip_bias.size());
  const auto reserve = [this](int rows) { return arena.reserve(std::size_t(rows) * block_frames); };
  const std::size_t columns = reserve(mixed_rows);
  std::vector<std::pair<Area*, std::size_t>> areas;
  for (const auto& [area, rows] : {std::pair{&z, widths.z},
                                   {&u, widths.u},
                                   {&output, plan.info.outputs},
                                   {&sum_start, sum_rows},
                                   {&film, widths.film},
                                   {&part, widths.part},
                                   {&mixed, widths.mixed},
                                   {&kept, widths.kept},
                                   {&condition, plan.modulated && plan.upsampler ? plan.condition_channels : 0}}) {
    areas.emplace_back(area, reserve(rows));
  }
  terms.resize(widths.terms);
  arena.allocate();
  mixed_columns = arena.at(columns);
  for (const auto& [area, offset] : areas) *area = {arena.at(offset), block_frames};
  fill_sum_start(plan);
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      fused.push_back(fused_layer(plan, layer, state, *this, stack.sum_reader));
    }
  }
}

void BlockBuffers::fill_sum_start(const network::Plan& plan) noexcept {
  if (plan.stacks.empty()) return;
  const std::vector<float>& bias = plan.stacks[0].skip_bias;
  for (std::size_t row = 0; row < bias.size(); ++row) {
    std::fill_n(sum_start.run(int(row)), block_frames, bias[row]);
  }
}

}  // namespace atrous::stream
