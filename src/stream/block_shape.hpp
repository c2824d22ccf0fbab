// Block shape: many frames of one voice at a time, planar, SIMD lanes along time. Values are runs of frames, a run per
// channel.
#pragma once

#include "stream/block_buffers.hpp"
#include "stream/conditioning.hpp"
#include "stream/forward.hpp"
#include "stream/rest.hpp"
#include "stream/speaker.hpp"

namespace atrous::stream {

// What the network reads over a run of frames; which fields count is the network's to say.
struct BlockInput {
  const float* const* signal = nullptr;    // [inputs] rows of samples, or one of class values
  const int* classes = nullptr;            // networks that read one-hot classes
  Conditioning* condition = nullptr;       // networks that read features: available for these frames,
  std::int64_t from = 0;                   // the first of which is this sample
  const SpeakerBiases* speaker = nullptr;  // networks with speakers
};

// Rows of sums, or, of a layer that ran at one go, what came of them. Few words: compilers keep them in registers.
struct BlockSums : Area {
  const FusedLayer* fused = nullptr;
};

// One run of 1 to block_frames frames: the verbs that forward.hpp names. Values stand in the queue of the conv that
// reads them.
class BlockShape {
 public:
  // `condition` [condition channels] of a model that makes it; `rest` where silence is read.
  BlockShape(const network::Plan& plan, BlockState& state, BlockBuffers& buffers, const BlockInput& input,
             kernels::Rows condition, int frames, Rest* rest) noexcept
      : plan_(plan),
        state_(state),
        buffers_(buffers),
        input_(input),
        condition_(condition),
        frames_(frames),
        rest_(rest) {}

  Area begin() noexcept;
  Area begin_sum() noexcept;
  Area input(const network::StackPlan& stack, Area x) noexcept;
  BlockSums conv(const network::LayerPlan& layer, Area v) noexcept;
  BlockSums gate(const network::LayerPlan& layer, const BlockSums& z) noexcept;
  void skip(const network::LayerPlan& layer, const BlockSums& u, Area acc) noexcept;
  Area residual(const network::LayerPlan& layer, const BlockSums& u, Area v) noexcept;
  Area head(const network::StackPlan& stack, Area acc) noexcept;
  Area post(const network::PostPlan& post, Area x) noexcept;
  void end(Area x) noexcept;

  // Of modulated layers.
  template <class Work>
  void once(Work work) noexcept {
    work();
  }
  Area condition() const noexcept { return {const_cast<float*>(condition_.data), condition_.stride}; }
  Area kept() const noexcept { return buffers_.kept; }
  Area part() const noexcept { return buffers_.part; }
  Area mixed() const noexcept { return buffers_.mixed; }
  Area next(const network::LayerPlan& layer, Area) noexcept {
    return layer.reader == network::no_conv ? Area{} : at(layer.reader);
  }
  void copy(Area from, int rows, Area to) noexcept { copy_values(from, {rows, frames_}, to); }
  void add(Area sum, Area values, int rows) noexcept { add_values(*plan_.kernels, sum, values, {rows, frames_}); }
  void carry(const network::LayerPlan& layer, Area v) noexcept {
    if (layer.carry != 1) scale_values(layer.carry, {layer.conv.in, frames_}, v);
  }
  void multiply(const network::Pointwise& product, Area in, Area start, Area out) noexcept;
  void film(const network::FilmPlan& film, Area area) noexcept;

  // The first frame after which cells or filters remember what is not finite, or block_frames.
  int lost() const noexcept { return lost_; }

 private:
  Area at(std::size_t reader) noexcept {
    return reader == network::no_conv ? buffers_.output : state_.queues()[reader].current(state_.arena());
  }
  BlockSums run_fused(const network::LayerPlan& layer, FusedLayer& fused, Area v) noexcept;
  template <class Args>
  void multiply_layer(const network::LayerPlan& layer,
                      void (*function)(const kernels::ProductView&, const Args&) noexcept, const Args& args) noexcept;
  const kernels::Rows* terms_of(const network::CausalConv& conv, const BlockQueue& queue,
                                const kernels::Taps& taps) noexcept;
  void convolve(const network::CausalConv& conv, Area out) noexcept;
  void mix_features(const network::LayerPlan& layer) noexcept;
  const kernels::Rows* gather_taps(const network::CausalConv& conv, const BlockQueue& queue) noexcept;
  void embed_classes(Area v) noexcept;
  void gather_features(const Conditioning& features) noexcept;
  void run_cells(const network::PostPlan& post, Cells& cells, Area x, Area out) noexcept;
  void watch(Area rows, int count) noexcept;

  const network::Plan& plan_;
  BlockState& state_;
  BlockBuffers& buffers_;
  const BlockInput& input_;
  kernels::Rows condition_;
  int frames_;
  Rest* rest_;
  Area acc_;
  int lost_ = block_frames;
};

// What stands around the kernel of a layer is inlined, since in narrow layers it counts.

// The product of a layer's conv, which starts from z = mixin(c), where that is made of features.
template <class Args>
[[gnu::always_inline]] inline void BlockShape::multiply_layer(const network::LayerPlan& layer,
                                                              void (*function)(const kernels::ProductView&,
                                                                               const Args&) noexcept,
                                                              const Args& args) noexcept {
  const network::Product& product = layer.conv.block;
  if (args.initial) mix_features(layer);
  if (input_.speaker)
    function(product.view_with(input_.speaker->of(layer)), args);
  else
    function(product.view(), args);
}

// The terms that a kernel does not find in the queue by itself: the condition, and then, unless they are evenly spaced,
// the taps. Valid until the next conv.
[[gnu::always_inline]] inline const kernels::Rows* BlockShape::terms_of(const network::CausalConv& conv,
                                                                        const BlockQueue& queue,
                                                                        const kernels::Taps& taps) noexcept {
  return taps.count > 0 ? &condition_ : gather_taps(conv, queue);
}

// Conv, gate, residual and, where that is the identity, skip.
[[gnu::always_inline]] inline BlockSums BlockShape::run_fused(const network::LayerPlan& layer, FusedLayer& fused,
                                                              Area v) noexcept {
  kernels::LayerArgs& args = fused.args;
  kernels::Finish& finish = args.finish;
  fused.queue->mirror(state_.arena(), frames_);
  const Area behind = fused.next ? fused.next->current(state_.arena()) : Area{};
  args.terms = terms_of(layer.conv, *fused.queue, args.taps);
  args.frames = frames_;
  args.taps.position = fused.queue->position();
  if (fused.identity_skip) {
    finish.sum = acc_.data;
    if (!fused.starts_sum) finish.before = acc_.data;
  }
  if (finish.residual) {
    finish.v.data = v.data;
    finish.next = behind.data;
  }
  multiply_layer(layer, fused.run, args);
  return {buffers_.u, &fused};
}

[[gnu::always_inline]] inline BlockSums BlockShape::conv(const network::LayerPlan& layer, Area v) noexcept {
  FusedLayer& fused = buffers_.fused[layer.index];
  if (fused.run) return run_fused(layer, fused, v);
  const BlockQueue& queue = state_.queue(layer.conv);
  queue.mirror(state_.arena(), frames_);
  const Area z = buffers_.z;
  const kernels::Taps taps = queue.taps(state_.arena(), layer.conv.kernel, layer.conv.dilation);
  multiply_layer(layer, plan_.kernels->product_block,
                 kernels::BlockArgs{.terms = terms_of(layer.conv, queue, taps),
                                    .initial = layer.projection.empty() ? nullptr : z.data,
                                    .initial_stride = z.stride,
                                    .out = z.data,
                                    .out_stride = z.stride,
                                    .frames = frames_,
                                    .taps = taps});
  return {z};
}

[[gnu::always_inline]] inline BlockSums BlockShape::gate(const network::LayerPlan& layer, const BlockSums& z) noexcept {
  const BlockSums u{buffers_.u, z.fused};
  if (z.fused) return u;
  plan_.kernels->gate({.gating = layer.gating,
                       .activation = &layer.activation,
                       .secondary = &layer.secondary,
                       .z = z.data,
                       .z_stride = z.stride,
                       .second = layer.bottleneck * z.stride,
                       .out = u.data,
                       .out_stride = u.stride,
                       .outer = layer.bottleneck,
                       .inner = frames_,
                       .channels_inner = false});
  return u;
}

[[gnu::always_inline]] inline void BlockShape::skip(const network::LayerPlan& layer, const BlockSums& u,
                                                    Area acc) noexcept {
  const bool identity = u.fused ? u.fused->identity_skip : layer.identity_skip;
  if (!identity)
    multiply(layer.skip, u, acc, acc);
  else if (!u.fused)
    add(acc, u, layer.bottleneck);
}

[[gnu::always_inline]] inline Area BlockShape::residual(const network::LayerPlan& layer, const BlockSums& u,
                                                        Area v) noexcept {
  const Area behind = next(layer, v);
  if (u.fused ? !u.fused->leaves_next : !behind.data) return behind;
  if (layer.residual.empty())
    copy(v, layer.conv.in, behind);
  else if (!u.fused)
    multiply(layer.residual, u, v, behind);
  carry(layer, behind);
  return behind;
}

}  // namespace atrous::stream
