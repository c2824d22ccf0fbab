#include "stream/column_shape.hpp"

#include <algorithm>

namespace atrous::stream {

// Without stacks the post-net reads the input.
Area ColumnShape::begin_chain() noexcept {
  once([this] { copy(buffers_.input, 1, buffers_.post.front()); });
  return buffers_.post.front();
}

Area ColumnShape::input(const network::StackPlan& stack, Area x) noexcept {
  const Area v = buffers_.v[stack.index];
  if (stack.input) convolve(*stack.input, nullptr, x, v);
  activate_once(stack.input_activation, stack.channels, v);
  return v;
}

Area ColumnShape::conv(const network::LayerPlan& layer, Area v) noexcept {
  convolve(layer.conv, &layer, v, buffers_.z);
  return buffers_.z;
}

Area ColumnShape::convolve_newest(const network::LayerPlan& layer, Area v) noexcept {
  convolve_rest(layer.conv, &layer, v, buffers_.z);
  return buffers_.z;
}

// Every member has a u of its own.
Area ColumnShape::gate(const network::LayerPlan& layer, Area z) noexcept {
  const Area u = buffers_.u[std::size_t(sharing_.member())];
  plan_.kernels->gate({.gating = layer.gating,
                       .activation = &layer.activation,
                       .secondary = &layer.secondary,
                       .z = z.data,
                       .z_stride = z.stride,
                       .second = layer.bottleneck,
                       .out = u.data,
                       .out_stride = u.stride,
                       .outer = columns(),
                       .inner = layer.bottleneck,
                       .channels_inner = true});
  return u;
}

// A skip with a matrix is part of the residual's.
void ColumnShape::skip(const network::LayerPlan& layer, Area u, Area acc) noexcept {
  if (layer.identity_skip && sharing_.first()) add(acc, u, layer.bottleneck);
}

// [v | acc] += [residual | skip](u)
Area ColumnShape::residual(const network::LayerPlan& layer, Area u, Area v) noexcept {
  if (!layer.residual_and_skip.empty()) {
    const Area sum = layer.residual.empty() ? acc_ : v;
    const float* in[kernels::max_columns];
    float* out[kernels::max_columns];
    for (int n = 0; n < columns(); ++n) in[n] = u.run(n), out[n] = sum.run(n);
    plan_.kernels->product_columns(sharing_.of(layer.residual_and_skip).product,
                                   {.terms = in, .initial = nullptr, .added = out, .out = out, .columns = columns()});
  }
  sharing_.meet();
  if (layer.carry != 1) once([&] { carry(layer, v); });
  return v;
}

Area ColumnShape::head(const network::StackPlan& stack, Area acc) noexcept {
  const bool last = stack.index + 1 == plan_.stacks.size();
  acc_ = last ? buffers_.post.front() : buffers_.acc[stack.index + 1];
  if (stack.head)
    convolve(*stack.head, nullptr, acc, acc_);
  else
    once([&] { copy(acc, stack.skip_channels, acc_); });
  return acc_;
}

Area ColumnShape::post(const network::PostPlan& post, Area x) noexcept {
  activate_once(post.activation, post.conv.in, x);
  if (post.softmax) {
    once([&] {
      for (int n = 0; n < columns(); ++n) softmax(x.run(n), 1, post.conv.in);
    });
  }
  const Area out = buffers_.post[post.index + 1];
  if (!post.cells) {
    convolve(post.conv, nullptr, x, out);
    return out;
  }
  once([&] {
    for (int n = 0; n < columns(); ++n) {
      state_.run_cells(post, now_[std::size_t(n)].voice, x.run(n), out.run(n));
    }
  });
  return out;
}

void ColumnShape::end(Area x) noexcept {
  const float factor = plan_.config.wavenet.output.input_skip;
  if (factor == 0) return;
  once([&] {
    for (int n = 0; n < columns(); ++n) add_scaled(factor, buffers_.input.run(n), plan_.info.outputs, x.run(n));
  });
}

// out = start + product · in
void ColumnShape::multiply(const network::Pointwise& product, Area in, Area start, Area out) noexcept {
  const float *x[kernels::max_columns], *added[kernels::max_columns];
  float* y[kernels::max_columns];
  for (int n = 0; n < columns(); ++n) x[n] = in.run(n), added[n] = start.run(n), y[n] = out.run(n);
  plan_.kernels->product_columns(
      product.columns.view(),
      {.terms = x, .initial = nullptr, .added = start.data ? added : nullptr, .out = y, .columns = columns()});
}

// area = area · scale(c) + shift(c)
void ColumnShape::film(const network::FilmPlan& film, Area area) noexcept {
  if (film.width == 0) return;
  const Area rows = buffers_.film;
  multiply(film.scale_shift, condition_, {}, rows);
  plan_.kernels->modulate(area.data, area.stride, rows.data, film.shift ? rows.data + film.width : nullptr, rows.stride,
                          columns(), film.width);
}

void ColumnShape::activate_once(const model::Activation& activation, int rows, Area x) noexcept {
  if (activation.kind == model::ActivationKind::identity) return;
  once([&] { activate(*plan_.kernels, activation, {columns(), rows}, x, true); });
}

// out = mixin(condition) + bias + Σ over taps of W_k · x[t - lag_k]; x joins the history.
void ColumnShape::convolve(const network::CausalConv& conv, const network::LayerPlan* layer, Area x,
                           Area out) noexcept {
  if (!ahead_.due(conv).empty()) look_ahead(conv, layer);
  convolve_rest(conv, layer, x, out);
}

void ColumnShape::convolve_rest(const network::CausalConv& conv, const network::LayerPlan* layer, Area x,
                                Area out) noexcept {
  if (ahead_.looks_ahead(conv))
    add_newest(conv, x, out);
  else
    convolve_now(conv, layer, x, out);
  if (conv.span() > 0 && sharing_.first()) {
    for (int n = 0; n < columns(); ++n) {
      std::copy_n(x.run(n), conv.in, state_.past(conv, now_[std::size_t(n)]));
    }
  }
  sharing_.meet();
}

// What the taps of these lags read at these steps, from the oldest on. Returns where the next term goes.
const float** ColumnShape::tap_terms(const network::CausalConv& conv, std::span<const int> lags,
                                     std::span<const Step> steps, Area x, const float** term) noexcept {
  for (const int lag : lags) {
    if (lag > 0) {
      for (const Step& step : steps) *term++ = state_.past(conv, {step.voice, step.at - lag});
    } else {  // which joins the history when it has been read
      for (int n = 0; n < int(steps.size()); ++n) *term++ = x.run(n);
    }
  }
  return term;
}

// The terms of the taps that are not known ahead. Most convs have one, which reads `in`.
const float* const* ColumnShape::newest_terms(const network::CausalConv& conv, Area x,
                                              const float* const* in) noexcept {
  if (conv.past_taps + 1 == conv.lags.size()) return in;
  tap_terms(conv, std::span(conv.lags).subspan(conv.past_taps), now_, x, terms());
  return terms();
}

// All but the newest taps are known already.
void ColumnShape::add_newest(const network::CausalConv& conv, Area x, Area out) noexcept {
  const float *in[kernels::max_columns], *start[kernels::max_columns];
  float* to[kernels::max_columns];
  for (int n = 0; n < columns(); ++n) {
    in[n] = x.run(n);
    start[n] = ahead_.known(conv, now_[std::size_t(n)]);
    to[n] = out.run(n);
  }
  plan_.kernels->product_columns(
      sharing_.of(conv.newest).product,
      {.terms = newest_terms(conv, x, in), .initial = start, .added = nullptr, .out = to, .columns = columns()});
}

// The condition and the past taps of the steps that are due.
void ColumnShape::look_ahead(const network::CausalConv& conv, const network::LayerPlan* layer) noexcept {
  const std::span<const Step> due = ahead_.due(conv);
  const Share share = sharing_.of(conv.past);
  const bool mixes = layer && !layer->projection.empty();
  tap_terms(conv, std::span(conv.lags).first(conv.past_taps), due, {}, terms());
  const float *bias[kernels::max_columns], *mixed[kernels::max_columns];
  float* out[kernels::max_columns];
  for (std::size_t i = 0; i < due.size(); ++i) {
    bias[i] = bias_of(conv, layer, due[i]);
    out[i] = ahead_.known(conv, due[i]);
    if (mixes) mixed[i] = voice_of(due[i]).condition->mix(layer->index, due[i].at, share.row, share.rows, out[i]);
  }
  plan_.kernels->product_columns(
      share.product,
      {.terms = terms(), .initial = bias, .added = mixes ? mixed : nullptr, .out = out, .columns = int(due.size())});
}

// All terms of this step.
void ColumnShape::convolve_now(const network::CausalConv& conv, const network::LayerPlan* layer, Area x,
                               Area out) noexcept {
  if (columns() > 1 && sharing_.first()) prefetch_next(conv);
  const bool apart = conv.whole.empty();  // the past taps and the newest
  const bool mixes = layer && !layer->projection.empty();
  const Share share = sharing_.of(apart ? conv.past : conv.whole);
  const float** term = terms();
  for (int n = 0; n < columns() && conv.conditioned; ++n) *term++ = condition_.run(n);
  tap_terms(conv, std::span(conv.lags).first(apart ? conv.past_taps : conv.lags.size()), now_, x, term);
  const float *in[kernels::max_columns], *bias[kernels::max_columns], *mixed[kernels::max_columns];
  float* to[kernels::max_columns];
  for (int n = 0; n < columns(); ++n) {
    const Step step = now_[std::size_t(n)];
    in[n] = x.run(n);
    to[n] = out.run(n);
    bias[n] = bias_of(conv, layer, step);
    if (mixes) mixed[n] = voice_of(step).condition->mix(layer->index, step.at, share.row, share.rows, to[n]);
  }
  plan_.kernels->product_columns(
      share.product,
      {.terms = terms(), .initial = bias, .added = mixes ? mixed : nullptr, .out = to, .columns = columns()});
  if (apart) {
    plan_.kernels->product_columns(
        sharing_.of(conv.newest).product,
        {.terms = newest_terms(conv, x, in), .initial = to, .added = nullptr, .out = to, .columns = columns()});
  }
}

// Convs that look ahead find what they read at this step in one place.
void ColumnShape::prefetch_next(const network::CausalConv& conv) noexcept {
  const network::CausalConv* const next = state_.conv(conv.index + 1);
  if (next && !ahead_.looks_ahead(*next)) state_.prefetch(*next, now_);
}

const float* ColumnShape::bias_of(const network::CausalConv& conv, const network::LayerPlan* layer,
                                  Step step) const noexcept {
  const SpeakerBiases* const speaker = voice_of(step).speaker;
  return layer && speaker ? speaker->of(*layer) : conv.biased().view().bias;
}

}  // namespace atrous::stream
