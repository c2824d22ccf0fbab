#include "stream/block_shape.hpp"

#include <algorithm>

#include "stream/finite.hpp"

namespace atrous::stream {

// Brings the input before the first conv, and the condition into planar rows.
Area BlockShape::begin() noexcept {
  const Area x = state_.queues().front().current(state_.arena());
  if (plan_.class_input) {
    embed_classes(x);
  } else {
    for (int row = 0; row < state_.queues().front().rows(); ++row) {
      std::copy(input_.signal[row], input_.signal[row] + frames_, x.run(row));
    }
    if (plan_.condition_is_input) condition_ = x;
  }
  if (input_.condition) {
    input_.condition->prepare(input_.from, frames_);
    if (plan_.modulated) gather_features(*input_.condition);
  }
  return x;
}

// The first layer may add its own skip to the bias.
Area BlockShape::begin_sum() noexcept {
  if (plan_.stacks.empty()) return at(plan_.post.front().conv.index);
  acc_ = at(plan_.stacks.front().sum_reader);
  if (!buffers_.fused.front().starts_sum) copy(buffers_.sum_start, plan_.stacks.front().skip_channels, acc_);
  return acc_;
}

Area BlockShape::input(const network::StackPlan& stack, Area) noexcept {
  const Area v = at(stack.layers.front().conv.index);
  if (stack.input) convolve(*stack.input, v);
  activate(*plan_.kernels, stack.input_activation, {stack.channels, frames_}, v, false);
  return v;
}

Area BlockShape::head(const network::StackPlan& stack, Area acc) noexcept {
  if (!stack.head) return acc;
  acc_ = at(stack.head_reader);
  convolve(*stack.head, acc_);
  return acc_;
}

Area BlockShape::post(const network::PostPlan& post, Area x) noexcept {
  activate(*plan_.kernels, post.activation, {post.conv.in, frames_}, x, false);
  for (int t = 0; post.softmax && t < frames_; ++t) softmax(x.data + t, x.stride, post.conv.in);
  const Area out = at(post.index + 1 < plan_.post.size() ? plan_.post[post.index + 1].conv.index : network::no_conv);
  if (Cells* const cells = state_.cells(post.index)) {
    run_cells(post, *cells, x, out);
  } else if (Fir* const filter = state_.fir(post.index)) {
    filter->run(*plan_.kernels, state_.arena(), x.data, frames_, out.data);
    watch(out, 1);
  } else {
    convolve(post.conv, out);
  }
  return out;
}

void BlockShape::end(Area x) noexcept {
  const float factor = plan_.config.wavenet.output.input_skip;
  for (int row = 0; factor != 0 && row < plan_.info.outputs; ++row) {
    add_scaled(factor, input_.signal[row], frames_, x.run(row));
  }
  state_.advance(frames_);
}

// out = start + product · in
void BlockShape::multiply(const network::Pointwise& product, Area in, Area start, Area out) noexcept {
  const kernels::Rows rows = in;
  plan_.kernels->product_block(product.block.view(), {.terms = &rows,
                                                      .initial = start.data,
                                                      .initial_stride = start.stride,
                                                      .out = out.data,
                                                      .out_stride = out.stride,
                                                      .frames = frames_});
}

// area = area · scale(c) + shift(c)
void BlockShape::film(const network::FilmPlan& film, Area area) noexcept {
  if (film.width == 0) return;
  const Area rows = buffers_.film;
  multiply(film.scale_shift, condition(), {}, rows);
  plan_.kernels->modulate(area.data, area.stride, rows.data, film.shift ? rows.run(film.width) : nullptr, rows.stride,
                          film.width, frames_);
}

// out = bias + Σ over taps of W_k · x[t - lag_k]
void BlockShape::convolve(const network::CausalConv& conv, Area out) noexcept {
  const BlockQueue& queue = state_.queue(conv);
  queue.mirror(state_.arena(), frames_);
  plan_.kernels->product_block(conv.block.view(), {.out = out.data,
                                                   .out_stride = out.stride,
                                                   .frames = frames_,
                                                   .taps = queue.taps(state_.arena(), conv.kernel, conv.dilation)});
}

const kernels::Rows* BlockShape::gather_taps(const network::CausalConv& conv, const BlockQueue& queue) noexcept {
  kernels::Rows* term = buffers_.terms.data();
  if (conv.conditioned) *term++ = condition_;
  for (const int lag : conv.lags) *term++ = queue.past(state_.arena(), lag);
  return buffers_.terms.data();
}

// z = mixin(c), which comes as a vector per frame
void BlockShape::mix_features(const network::LayerPlan& layer) noexcept {
  const std::size_t height = kernels::padded(layer.conv.out);
  const float* mixed[block_frames];
  for (int t = 0; t < frames_; ++t) {
    mixed[t] = input_.condition->mix(layer.index, input_.from + t, 0, layer.conv.out,
                                     buffers_.mixed_columns + std::size_t(t) * height);
  }
  for (int row = 0; row < layer.conv.out; ++row) {
    float* const out = buffers_.z.run(row);
    for (int t = 0; t < frames_; ++t) out[t] = mixed[t][row];
  }
}

// Modulated layers read the condition itself.
void BlockShape::gather_features(const Conditioning& features) noexcept {
  for (int t = 0; t < frames_; ++t) {
    const float* const column = features.sample(input_.from + t);
    for (int row = 0; row < plan_.condition_channels; ++row) buffers_.condition.run(row)[t] = column[row];
  }
  condition_ = buffers_.condition;
}

// v[t] = bias + the rows of the classes under the taps, oldest first.
void BlockShape::embed_classes(Area v) noexcept {
  const network::ClassConv& conv = *plan_.class_input;
  std::vector<int>& before = state_.classes();
  const int* const classes = input_.classes;
  const int span = int(before.size());
  const auto class_at = [&](int t) { return t >= 0 ? classes[t] : before[std::size_t(t + span)]; };
  const std::size_t height = conv.bias.size();
  for (int t = 0; t < frames_; ++t) {
    for (int r = 0; r < conv.out; ++r) v.run(r)[t] = conv.bias[r];
    for (int k = 0; k < conv.kernel; ++k) {
      const int label = class_at(t - (conv.kernel - 1 - k) * conv.dilation);
      if (label < 0) continue;
      const float* row = conv.rows.data() + (std::size_t(k) * conv.classes + label) * height;
      for (int r = 0; r < conv.out; ++r) v.run(r)[t] += row[r];
    }
  }
  // The last `span` classes become the history.
  if (frames_ >= span) {
    std::copy(classes + frames_ - span, classes + frames_, before.begin());
  } else {
    std::copy(before.begin() + frames_, before.end(), before.begin());
    std::copy(classes, classes + frames_, before.end() - frames_);
  }
}

void BlockShape::run_cells(const network::PostPlan& post, Cells& cells, Area x, Area out) noexcept {
  int first = 0;
  if (rest_ && rest_->asks_for_step(post.index)) {
    rest_->stepped(cells.step(*plan_.kernels, state_.arena(), x, out));
    first = 1;
  }
  if (frames_ > first) {
    cells.run(*plan_.kernels, state_.arena(), {x.data + first, x.stride}, frames_ - first,
              {out.data + first, out.stride});
  }
  if (!cells.finite(state_.arena())) watch(out, post.cells->size.cells);
}

// Takes note of the first frame at which one of the rows is not finite.
void BlockShape::watch(Area rows, int count) noexcept {
  for (int row = 0; row < count; ++row) {
    const int first = first_not_finite(rows.run(row), frames_);
    if (first < frames_) lost_ = std::min(lost_, first);
  }
}

}  // namespace atrous::stream
