// The layers of a stack, in block shape.
#include "stream/block.hpp"

namespace atrous::stream {

// Whose queue gets what a layer adds its residual to: the next layer's, or the next stack's; null after the last.
const BlockQueue* BlockStream::queue_after(std::size_t stack, std::size_t layer) const noexcept {
  if (layer + 1 < plan_.stacks[stack].layers.size()) return &queues_[stacks_[stack].first_layer + layer + 1];
  return stack + 1 < plan_.stacks.size() ? &queues_[stacks_[stack + 1].input] : nullptr;
}

void BlockStream::prepare_fused() {
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) {
    for (std::size_t j = 0; j < plan_.stacks[i].layers.size(); ++j) fused_.push_back(fused_layer(i, j));
  }
}

BlockStream::FusedLayer BlockStream::fused_layer(std::size_t stack, std::size_t index) {
  const network::LayerPlan& layer = plan_.stacks[stack].layers[index];
  FusedLayer fused;
  if (!layer.fused) return fused;
  fused.queue = &queues_[stacks_[stack].first_layer + index];
  fused.next = queue_after(stack, index);
  fused.starts_sum = layer.index == 0 && layer.identity_skip;
  const Area u = chunk(u_), z = chunk(z_), acc = acc_area(stack), before = fused.starts_sum ? chunk(sum_start_) : acc;
  fused.args = {{.initial = layer.projection.empty() ? nullptr : z.data,
                 .initial_stride = z.stride,
                 .out = u.data,
                 .out_stride = u.stride,
                 .taps = fused.queue->taps(arena_, layer.conv.kernel, layer.conv.dilation)},
                {.gating = layer.gating,
                 .activation = &layer.activation,
                 .sum_stride = acc.stride,
                 .before = before.data,
                 .before_stride = before.stride}};
  kernels::Finish& finish = fused.args.finish;
  if (fused.next && !layer.residual.empty()) {
    finish.residual = &layer.residual.view();
    finish.v.stride = fused.queue->current(arena_).stride;
    finish.next_stride = fused.next->current(arena_).stride;
  }
  fused.run = plan_.kernels->layer_block(layer.conv.block.view(), finish);
  return fused;
}

// The product of a layer's conv, which starts from z = mixin(condition), where that is made of features.
template <class Args>
[[gnu::always_inline]] inline void BlockStream::multiply_layer(const network::LayerPlan& layer,
                                                               void (*function)(const kernels::ProductView&,
                                                                                const Args&) noexcept,
                                                               const Args& args) noexcept {
  const network::Product& product = layer.conv.block;
  if (args.initial) hear_features(layer, args.frames, chunk(z_));
  if (heard_.speaker)
    function(product.view_with(heard_.speaker->of(layer)), args);
  else
    function(product.view(), args);
}

// z = conv(v) + mixin(condition); u = gate(z); acc += skip(u), next = v + residual(u). Inlined, since in narrow layers
// what stands around the kernel counts.
[[gnu::always_inline]] inline void BlockStream::run_fused_layer(const network::LayerPlan& layer, int frames,
                                                                Area acc) noexcept {
  FusedLayer& fused = fused_[layer.index];
  kernels::LayerArgs& args = fused.args;
  kernels::Finish& finish = args.finish;
  fused.queue->mirror(arena_, frames);
  args.terms = &condition_rows_;
  args.frames = frames;
  args.taps.position = fused.queue->position();
  if (layer.identity_skip) {
    finish.sum = acc.data;
    if (!fused.starts_sum) finish.before = acc.data;
  }
  if (finish.residual) {
    finish.v.data = fused.queue->current(arena_).data;
    finish.next = fused.next->current(arena_).data;
  }
  multiply_layer(layer, fused.run, args);
  if (!layer.identity_skip) emit_skip(layer, chunk(u_), frames, acc);
  if (fused.next && !finish.residual) {
    copy_rows(fused.queue->current(arena_), layer.conv.in, frames, fused.next->current(arena_));
  }
  if (fused.next && layer.carry != 1) scale_rows(layer.carry, layer.conv.in, frames, fused.next->current(arena_));
}

void BlockStream::run_stack(std::size_t index, int frames) noexcept {
  const network::StackPlan& stack = plan_.stacks[index];
  const StackQueues& at = stacks_[index];
  const Area acc = acc_area(index);
  if (stack.input) {
    const BlockQueue& queue = queues_[at.input];
    queue.mirror(arena_, frames);
    convolve(*stack.input, queue, frames, queues_[at.first_layer].current(arena_));
  }
  activate(stack.input_activation, stack.channels, frames, queues_[at.first_layer].current(arena_));

  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const network::LayerPlan& layer = stack.layers[i];
    if (layer.fused) {
      run_fused_layer(layer, frames, acc);
      continue;
    }
    const BlockQueue* const after = queue_after(index, i);
    const Area next = after ? after->current(arena_) : Area{};
    const auto run = layer.modulated ? &BlockStream::run_modulated_layer : &BlockStream::run_layer;
    (this->*run)(layer, queues_[at.first_layer + i], frames, acc, after ? &next : nullptr);
    if (after && layer.carry != 1) scale_rows(layer.carry, layer.conv.in, frames, next);
  }
  if (stack.head) {
    const BlockQueue& queue = queues_[at.head];
    queue.mirror(arena_, frames);
    convolve(*stack.head, queue, frames, acc_area(index + 1));
  }
}

// z = conv(v) + mixin(condition); u = gate(z); acc += skip(u); next = v + residual(u)
void BlockStream::run_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                            const Area* next) noexcept {
  const Area z = chunk(z_), u = chunk(u_);
  queue.mirror(arena_, frames);
  convolve_layer(layer, queue, frames, z);
  plan_.kernels->gate({layer.gating, &layer.activation, &layer.secondary, z.data, z.stride, layer.bottleneck * z.stride,
                       u.data, u.stride, layer.bottleneck, frames, false});
  emit_skip(layer, u, frames, acc);
  if (next) emit_residual(layer, u, queue.current(arena_), frames, *next);
}

// acc += skip(u)
void BlockStream::emit_skip(const network::LayerPlan& layer, Area u, int frames, Area acc) noexcept {
  const kernels::Rows gated = u;
  if (layer.identity_skip)
    plan_.kernels->add(acc.data, acc.stride, u.data, u.stride, layer.bottleneck, frames);
  else
    plan_.kernels->product_block(layer.skip.view(), {&gated, acc.data, acc.stride, acc.data, acc.stride, frames});
}

// next = v + residual(u)
void BlockStream::emit_residual(const network::LayerPlan& layer, Area u, Area v, int frames, Area next) noexcept {
  const kernels::Rows gated = u;
  if (layer.residual.empty())
    copy_rows(v, layer.conv.in, frames, next);
  else
    plan_.kernels->product_block(layer.residual.view(), {&gated, v.data, v.stride, next.data, next.stride, frames});
}

// out = bias of this voice + mixin(condition) + Σ over taps of W_k · v[t - lag_k]
void BlockStream::convolve_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames,
                                 Area out) noexcept {
  const Area z = chunk(z_);
  const float* const mixed = layer.projection.empty() ? nullptr : z.data;
  multiply_layer(layer, plan_.kernels->product_block,
                 {.terms = &condition_rows_,
                  .initial = mixed,
                  .initial_stride = z.stride,
                  .out = out.data,
                  .out_stride = out.stride,
                  .frames = frames,
                  .taps = queue.taps(arena_, layer.conv.kernel, layer.conv.dilation)});
}

// z = mixin(condition), which comes as a vector per frame
void BlockStream::hear_features(const network::LayerPlan& layer, int frames, Area z) noexcept {
  const std::size_t height = kernels::padded(layer.conv.out);
  float* columns = arena_.at(mixed_columns_);
  const float* mixed[block_frames];
  for (int t = 0; t < frames; ++t) {
    mixed[t] = heard_.condition->mix(layer.index, heard_.from + t, 0, layer.conv.out, columns + t * height);
  }
  for (int row = 0; row < layer.conv.out; ++row) {
    float* out = z.data + row * z.stride;
    for (int t = 0; t < frames; ++t) out[t] = mixed[t][row];
  }
}

}  // namespace atrous::stream
