// Layers that the kernels run at one go, in block shape: conv, gate, the sum of the skips and the residual.
#include "stream/block.hpp"

namespace atrous::stream {

void BlockStream::prepare_fused() {
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) {
    for (std::size_t j = 0; j < plan_.stacks[i].layers.size(); ++j) {
      fused_.push_back(fused_call(plan_.stacks[i].layers[j], queues_[stacks_[i].first_layer + j]));
    }
  }
}

BlockStream::FusedCall BlockStream::fused_call(const network::LayerPlan& layer, const BlockQueue& queue) {
  const Area u = chunk(u_), z = chunk(z_), v = queue.current(arena_);
  FusedCall call;
  call.terms.assign(static_cast<std::size_t>(layer.conv.kernel) + 1, {nullptr, v.stride});
  call.finish.gating = layer.gating;
  call.finish.activation = &layer.activation;
  call.finish.v.stride = v.stride;
  call.args = {call.terms.data(), nullptr, z.stride, u.data, u.stride, 0, nullptr};
  if (!layer.projection.empty()) call.args.initial = z.data;
  return call;
}

// z = conv(v) + mixin(condition); u = gate(z); acc += skip(u), next = v + residual(u)
void BlockStream::run_fused_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                                  const Area* next) noexcept {
  FusedCall& call = fused_[layer.index];
  const network::CausalConv& conv = layer.conv;
  const Area v = queue.current(arena_);
  queue.mirror(arena_, frames);
  kernels::Rows* term = call.terms.data();
  if (conv.conditioned) *term++ = condition_rows_;
  for (int k = 0; k < conv.kernel; ++k, ++term) term->data = queue.past(arena_, conv.lag(k)).data;
  kernels::Finish& finish = call.finish;
  finish.sum = layer.identity_skip ? acc.data : nullptr;
  finish.sum_stride = acc.stride;
  finish.residual = nullptr;
  if (next && !layer.residual.empty()) {
    finish.residual = &layer.residual.view();
    finish.v.data = v.data;
    finish.next = next->data;
    finish.next_stride = next->stride;
  }
  call.args.frames = frames;
  call.args.finish = &finish;
  multiply_layer(layer, call.args);
  if (!layer.identity_skip) emit_skip(layer, chunk(u_), frames, acc);
  if (next && layer.residual.empty()) copy_rows(v, conv.in, frames, *next);
}

}  // namespace atrous::stream
