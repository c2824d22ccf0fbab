// The layers of a stack, in block shape.
#include "stream/block.hpp"

namespace atrous::stream {

void BlockStream::prepare_fused() {
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) {
    const std::vector<network::LayerPlan>& layers = plan_.stacks[i].layers;
    for (std::size_t j = 0; j < layers.size(); ++j) {
      const BlockQueue& queue = queues_[stacks_[i].first_layer + j];
      fused_.push_back(layers[j].fused ? fused_call(layers[j], queue, hands_on(i, j)) : FusedCall{});
    }
  }
  for (FusedCall& call : fused_) call.args.finish = &call.finish;
  if (!fused_.empty())
    fused_[0].starts_sum = plan_.stacks[0].layers[0].fused && plan_.stacks[0].layers[0].identity_skip;
}

BlockStream::FusedCall BlockStream::fused_call(const network::LayerPlan& layer, const BlockQueue& queue, bool heard) {
  const Area u = chunk(u_), z = chunk(z_), v = queue.current(arena_);
  FusedCall call;
  call.finish.gating = layer.gating;
  call.finish.activation = &layer.activation;
  call.finish.v.stride = v.stride;
  if (heard && !layer.residual.empty()) call.finish.residual = &layer.residual.view();
  call.args = {nullptr,  nullptr, z.stride, u.data,
               u.stride, 0,       nullptr,  queue.taps(arena_, layer.conv.kernel, layer.conv.dilation)};
  if (!layer.projection.empty()) call.args.initial = z.data;
  call.run = plan_.kernels->layer_block(layer.conv.block.view(), call.finish);
  return call;
}

// Whether another layer or stack hears what a layer adds its residual to.
bool BlockStream::hands_on(std::size_t stack, std::size_t layer) const noexcept {
  return stack + 1 < plan_.stacks.size() || layer + 1 < plan_.stacks[stack].layers.size();
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
    const bool last = i + 1 == stack.layers.size(), heard = hands_on(index, i);
    const BlockQueue& queue = queues_[at.first_layer + i];
    Area next{};
    if (heard) next = queues_[last ? stacks_[index + 1].input : at.first_layer + i + 1].current(arena_);
    const network::LayerPlan& layer = stack.layers[i];
    if (layer.fused)
      run_fused_layer(layer, queue, frames, acc, heard ? &next : nullptr);
    else if (layer.modulated)
      run_modulated_layer(layer, queue, frames, acc, heard ? &next : nullptr);
    else
      run_layer(layer, queue, frames, acc, heard ? &next : nullptr);
  }
  if (stack.head) {
    const BlockQueue& queue = queues_[at.head];
    queue.mirror(arena_, frames);
    convolve(*stack.head, queue, frames, acc_area(index + 1));
  }
}

// z = conv(v) + mixin(condition); u = gate(z); acc += skip(u), next = v + residual(u)
void BlockStream::run_fused_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                                  const Area* next) noexcept {
  FusedCall& call = fused_[layer.index];
  const Area v = queue.current(arena_);
  queue.mirror(arena_, frames);
  call.args.terms = &condition_rows_;
  call.args.taps.position = queue.position();
  kernels::Finish& finish = call.finish;
  finish.sum = layer.identity_skip ? acc.data : nullptr;
  finish.sum_stride = acc.stride;
  const Area before = call.starts_sum ? chunk(sum_start_) : acc;
  finish.before = before.data;
  finish.before_stride = before.stride;
  if (finish.residual) {
    finish.v.data = v.data;
    finish.next = next->data;
    finish.next_stride = next->stride;
  }
  call.args.frames = frames;
  multiply_layer(layer, call.run, call.args);
  if (!layer.identity_skip) emit_skip(layer, chunk(u_), frames, acc);
  if (next && !finish.residual) copy_rows(v, layer.conv.in, frames, *next);
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
                 {&condition_rows_, mixed, z.stride, out.data, out.stride, frames, nullptr,
                  queue.taps(arena_, layer.conv.kernel, layer.conv.dilation)});
}

// The product of a layer's conv, which starts from z = mixin(condition), where that is made of features.
void BlockStream::multiply_layer(const network::LayerPlan& layer, kernels::BlockFunction function,
                                 const kernels::BlockArgs& args) noexcept {
  const network::Product& product = layer.conv.block;
  if (args.initial) hear_features(layer, args.frames, chunk(z_));
  if (heard_.speaker)
    function(product.view_with(heard_.speaker->of(layer)), args);
  else
    function(product.view(), args);
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
