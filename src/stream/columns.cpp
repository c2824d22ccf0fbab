#include "stream/columns.hpp"

#include <algorithm>

namespace atrous::stream {

ColumnStream::ColumnStream(const network::Plan& plan, int speaker, Conditioning* condition)
    : plan_(plan), condition_(condition), speaker_(plan, speaker) {
  int z = 0, u = 0;
  for (const network::StackPlan& stack : plan.stacks) {
    first_conv_.push_back(convs_.size());
    if (stack.input) add_conv(*stack.input);
    for (const network::LayerPlan& layer : stack.layers) {
      add_conv(layer.conv);
      z = std::max(z, layer.conv.out);
      u = std::max(u, layer.bottleneck);
    }
    if (stack.head) add_conv(*stack.head);
    state_.push_back(arena_.reserve(kernels::padded(stack.channels) + kernels::padded(stack.skip_channels)));
  }
  first_post_ = convs_.size();
  for (const network::PostPlan& post : plan.post) {
    add_conv(post.conv);
    post_.push_back(arena_.reserve(post.conv.in));
  }
  post_.push_back(arena_.reserve(plan.info.outputs));
  z_ = arena_.reserve(z + kernels::max_lanes);
  u_ = arena_.reserve(u);
  arena_.allocate();
  if (plan.class_input) {
    classes_.resize(static_cast<std::size_t>(plan.class_input->kernel - 1) * plan.class_input->dilation + 1);
  }
  reset();
}

void ColumnStream::add_conv(const network::CausalConv& conv) {
  Conv state;
  state.length = std::max(conv.span(), 1);
  state.ring = arena_.reserve(static_cast<std::size_t>(state.length) * conv.in);
  if (conv.whole.empty()) state.known = arena_.reserve(conv.lookahead * kernels::padded(conv.out));
  state.phase = static_cast<int>(convs_.size()) % conv.lookahead;
  convs_.push_back(state);
  terms_.resize(std::max(terms_.size(), (static_cast<std::size_t>(conv.kernel) + 1) * kernels::max_columns));
}

void ColumnStream::reset() noexcept {
  std::fill(arena_.floats().begin(), arena_.floats().end(), 0.0f);
  for (Conv& conv : convs_) conv.slot = 0, conv.known_from = conv.known_until = 0;
  std::fill(classes_.begin(), classes_.end(), -1);
  class_slot_ = 0;
  step_ = 0;
}

void ColumnStream::take_over(const BlockStream& block, std::int64_t step) noexcept {
  reset();
  step_ = step;
  for (std::size_t i = 0; i < convs_.size(); ++i) block.history(i, arena_.at(convs_[i].ring));
  std::copy(block.class_history().begin(), block.class_history().end(), classes_.begin());
  class_slot_ = block.class_history().size();
}

const float* ColumnStream::step(float x, int heard) noexcept {
  float* acc = acc_of(0);
  std::copy(plan_.stacks[0].skip_bias.begin(), plan_.stacks[0].skip_bias.end(), acc);
  if (plan_.class_input) hear_class(heard, arena_.at(state_[0]));
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) {
    run_stack(i, i == 0 ? &x : arena_.at(state_[i - 1]));
  }
  for (std::size_t i = 0; i < plan_.post.size(); ++i) {
    const network::PostPlan& post = plan_.post[i];
    float* in = arena_.at(post_[i]);
    activate(post.activation, in, post.conv.in);
    convolve(post.conv, convs_[first_post_ + i], in, arena_.at(post_[i + 1]));
  }
  ++step_;
  return arena_.at(post_.back());
}

// v = bias + the rows of the classes under the taps, oldest first.
void ColumnStream::hear_class(int heard, float* v) noexcept {
  const network::ClassConv& conv = *plan_.class_input;
  const std::size_t height = conv.bias.size(), length = classes_.size();
  classes_[class_slot_] = heard;
  std::copy(conv.bias.begin(), conv.bias.end(), v);
  for (int k = 0; k < conv.kernel; ++k) {
    const std::size_t lag = static_cast<std::size_t>(conv.kernel - 1 - k) * conv.dilation;
    const int past_class = classes_[(class_slot_ + length - lag) % length];
    if (past_class < 0) continue;
    const float* row = conv.rows.data() + (static_cast<std::size_t>(k) * conv.classes + past_class) * height;
    plan_.kernels->add(v, 0, row, 0, 1, conv.out);
  }
  class_slot_ = (class_slot_ + 1) % length;
}

// `x`: what the stack's input conv reads; nothing where the network hears classes.
void ColumnStream::run_stack(std::size_t index, const float* x) noexcept {
  const network::StackPlan& stack = plan_.stacks[index];
  Conv* conv = &convs_[first_conv_[index]];
  float* v = arena_.at(state_[index]);
  float* acc = acc_of(index);
  if (stack.input) convolve(*stack.input, *conv++, x, v);
  activate(stack.input_activation, v, stack.channels);
  for (const network::LayerPlan& layer : stack.layers) run_layer(layer, *conv++, v, acc);
  if (index + 1 < plan_.stacks.size() && !stack.head) {
    std::copy(acc, acc + stack.skip_channels, acc_of(index + 1));
  } else if (stack.head) {
    float* out = index + 1 < plan_.stacks.size() ? acc_of(index + 1) : arena_.at(post_[0]);
    convolve(*stack.head, *conv, acc, out);
  } else {
    std::copy(acc, acc + stack.skip_channels, arena_.at(post_[0]));
  }
}

// z = conv(v) + mixin(condition); u = gate(z); [v | acc] += [residual | skip](u)
void ColumnStream::run_layer(const network::LayerPlan& layer, Conv& state, float* v, float* acc) noexcept {
  const kernels::Kernels& k = *plan_.kernels;
  float* z = arena_.at(z_);
  float* u = arena_.at(u_);
  convolve(layer.conv, state, v, z, &layer);
  k.gate({layer.gating, &layer.activation, &layer.secondary, z, 0, layer.bottleneck, u, 0, 1, layer.bottleneck, true});
  if (layer.identity_skip) k.add(acc, 0, u, 0, 1, layer.bottleneck);
  if (layer.residual_and_skip.empty()) return;
  float* out = layer.residual.empty() ? acc : v;
  const float* in = u;
  const float* added = out;
  k.product_columns(layer.residual_and_skip.view(), {&in, nullptr, &added, &out, 1});
}

// out = bias + mixin(condition) + Σ over taps of W_k · x[t - lag_k]; then x joins the history. `layer`: that of the
// conv, if any.
void ColumnStream::convolve(const network::CausalConv& conv, Conv& state, const float* x, float* out,
                            const network::LayerPlan* layer) noexcept {
  if (!conv.whole.empty()) {
    const float** term = terms_.data();
    for (int tap = 0; tap + 1 < conv.kernel; ++tap) *term++ = past(conv, state, conv.lag(tap));
    *term = x;
    const bool mixed = layer && !layer->projection.empty();
    if (mixed) condition_->mix(layer->index, step_, 1, out, 0);
    const float* added = out;
    plan_.kernels->product_columns(conv.whole.view_with(bias_of(conv, layer)),
                                   {terms_.data(), nullptr, mixed ? &added : nullptr, &out, 1});
  } else {
    if (step_ >= state.known_until) look_ahead(conv, state, layer);
    const float* known = arena_.at(state.known) + (step_ - state.known_from) * kernels::padded(conv.out);
    plan_.kernels->product_columns(conv.newest.view(), {&x, &known, nullptr, &out, 1});
  }
  if (conv.span() > 0) {
    std::copy(x, x + conv.in, arena_.at(state.ring) + static_cast<std::ptrdiff_t>(state.slot) * conv.in);
    state.slot = state.slot + 1 < state.length ? state.slot + 1 : 0;
  }
}

// The condition and the past taps of the steps from this one to the end of its window.
void ColumnStream::look_ahead(const network::CausalConv& conv, Conv& state, const network::LayerPlan* layer) noexcept {
  const std::int64_t into = (step_ + conv.lookahead - state.phase) % conv.lookahead;
  std::int64_t columns = conv.lookahead - into;
  const bool mixed = layer && !layer->projection.empty();
  if (mixed) columns = std::min(columns, condition_->available() - step_);
  const int count = static_cast<int>(columns);
  const auto height = static_cast<std::ptrdiff_t>(kernels::padded(conv.out));
  float* known = arena_.at(state.known);
  if (mixed) condition_->mix(layer->index, step_, count, known, height);
  const float** term = terms_.data();
  for (int tap = 0; tap + 1 < conv.kernel; ++tap) {
    for (int n = 0; n < count; ++n) *term++ = past(conv, state, conv.lag(tap) - n);
  }
  float* out[kernels::max_columns];
  for (int n = 0; n < count; ++n) out[n] = known + n * height;
  plan_.kernels->product_columns(conv.past.view_with(bias_of(conv, layer)),
                                 {terms_.data(), nullptr, mixed ? out : nullptr, out, count});
  state.known_from = step_;
  state.known_until = step_ + count;
}

const float* ColumnStream::bias_of(const network::CausalConv& conv, const network::LayerPlan* layer) const noexcept {
  return layer ? speaker_.of(*layer, conv.biased()) : conv.biased().view().bias;
}

// The input of `ago` steps ago (1 to span).
const float* ColumnStream::past(const network::CausalConv& conv, const Conv& state, int ago) const noexcept {
  const int slot = state.slot >= ago ? state.slot - ago : state.slot - ago + state.length;
  return arena_.at(state.ring) + static_cast<std::ptrdiff_t>(slot) * conv.in;
}

void ColumnStream::activate(const model::Activation& activation, float* values, int count) noexcept {
  if (activation.kind == model::ActivationKind::identity) return;
  plan_.kernels->gate({model::Gating::none, &activation, &activation, values, 0, 0, values, 0, 1, count, true});
}

float* ColumnStream::acc_of(std::size_t stack) noexcept {
  return arena_.at(state_[stack]) + kernels::padded(plan_.stacks[stack].channels);
}

}  // namespace atrous::stream
