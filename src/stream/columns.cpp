#include "stream/columns.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {
namespace {

std::int64_t ring_mask(int span) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<unsigned>(std::max(span, 1)))) - 1;
}

}  // namespace

ColumnStream::ColumnStream(const network::Plan& plan, std::span<const ColumnVoice> voices, Team* team)
    : plan_(plan),
      team_(team && team->size() > 1 ? team : nullptr),
      voices_(voices.begin(), voices.end()),
      steps_(voices.size(), 0) {
  const std::size_t count = voices.size(), members = team_ ? static_cast<std::size_t>(team_->size()) : 1;
  int z = 0, u = 0;
  for (const network::StackPlan& stack : plan.stacks) {
    first_conv_.push_back(convs_.size());
    if (stack.input) add_conv(*stack.input);
    for (const network::LayerPlan& layer : stack.layers) {
      add_conv(layer.conv, &layer);
      z = std::max(z, layer.conv.out);
      u = std::max(u, layer.bottleneck);
    }
    if (stack.head) add_conv(*stack.head);
    state_.push_back(arena_.reserve(count * state_stride(stack)));
  }
  first_post_ = convs_.size();
  for (const network::PostPlan& post : plan.post) {
    add_conv(post.conv);
    post_.push_back(arena_.reserve(count * kernels::padded(post.conv.in)));
  }
  post_.push_back(arena_.reserve(count * kernels::padded(plan.info.outputs)));
  z_stride_ = static_cast<std::ptrdiff_t>(kernels::padded(z + kernels::max_lanes));
  u_stride_ = static_cast<std::ptrdiff_t>(kernels::padded(u));
  z_ = arena_.reserve(count * static_cast<std::size_t>(z_stride_));
  u_ = arena_.reserve(members * count * static_cast<std::size_t>(u_stride_));
  arena_.allocate();
  terms_.resize(members * terms_size_);
  if (plan.class_input) {
    class_mask_ = ring_mask((plan.class_input->kernel - 1) * plan.class_input->dilation + 1);
    classes_.resize(static_cast<std::size_t>(class_mask_ + 1) * count);
  }
  for (std::size_t voice = 0; voice < count; ++voice) reset(static_cast<int>(voice));
}

void ColumnStream::add_conv(const network::CausalConv& conv, const network::LayerPlan* layer) {
  Conv state;
  state.plan = &conv;
  state.layer = layer;
  // Of a team, one member writes the newest frame while others may still read the oldest.
  state.mask = ring_mask(conv.span() + (team_ ? 1 : 0));
  state.ring = arena_.reserve(static_cast<std::size_t>(state.mask + 1) * voices_.size() * conv.in);
  state.window = std::min(conv.lookahead, std::max(1, kernels::max_columns / static_cast<int>(voices_.size())));
  if (state.window > 1) {
    state.known_values = arena_.reserve(voices_.size() * state.window * kernels::padded(conv.out));
    state.known.resize(voices_.size());
  }
  state.phase = static_cast<int>(convs_.size()) % state.window;
  convs_.push_back(state);
  terms_size_ = std::max(terms_size_, static_cast<std::size_t>(conv.kernel) * kernels::max_columns);
}

void ColumnStream::reset(int voice) noexcept {
  for (Conv& conv : convs_) {
    for (std::int64_t step = 0; step <= conv.mask; ++step) std::fill_n(past(conv, {voice, step}), conv.plan->in, 0.0f);
    if (conv.window > 1) conv.known[static_cast<std::size_t>(voice)] = {};
  }
  for (std::size_t i = static_cast<std::size_t>(voice); i < classes_.size(); i += voices_.size()) classes_[i] = -1;
  steps_[static_cast<std::size_t>(voice)] = 0;
}

void ColumnStream::take_over(int voice, const BlockStream& block, std::int64_t step) noexcept {
  reset(voice);
  steps_[static_cast<std::size_t>(voice)] = step;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    for (int lag = convs_[i].plan->span(); lag > 0; --lag) block.history(i, lag, past(convs_[i], {voice, step - lag}));
  }
  const std::vector<int>& classes = block.class_history();
  for (std::size_t lag = 1; lag <= classes.size(); ++lag) {
    class_at({voice, step - static_cast<std::int64_t>(lag)}) = classes[classes.size() - lag];
  }
}

void ColumnStream::step(std::span<const Heard> heard, bool shared) noexcept {
  heard_ = heard;
  sharing_ = team_ && shared;
  begin_step();
  if (sharing_)
    team_->run([this](int member) { run(member); });
  else
    run(0);
  for (const Heard& each : heard) ++steps_[static_cast<std::size_t>(each.voice)];
}

const float* ColumnStream::output(std::size_t column) noexcept {
  return post_of(plan_.post.size()).of(static_cast<int>(column));
}

// What is known before the first conv runs.
void ColumnStream::begin_step() noexcept {
  const Columns acc = acc_of(0);
  const std::vector<float>& start = plan_.stacks[0].skip_bias;
  for (int n = 0; n < columns(); ++n) {
    values_[static_cast<std::size_t>(n)] = heard_[static_cast<std::size_t>(n)].value;
    std::copy(start.begin(), start.end(), acc.of(n));
    if (!plan_.upsampler) continue;
    Conditioning& condition = condition_of(voice_of(n));
    const std::int64_t ahead = condition.available() - step_of(n);
    condition.prepare(step_of(n), static_cast<int>(std::min<std::int64_t>(ahead, kernels::max_columns)));
  }
  if (plan_.class_input) hear_classes(state_of(0));
  for (Conv& conv : convs_) {
    if (conv.window > 1) plan_ahead(conv);
  }
}

// The steps from this one to the end of its window, of the voices whose last window is over.
void ColumnStream::plan_ahead(Conv& conv) noexcept {
  conv.due_count = 0;
  for (int n = 0; n < columns(); ++n) {
    const int voice = voice_of(n);
    const std::int64_t now = step_of(n);
    Known& span = conv.known[static_cast<std::size_t>(voice)];
    if (now < span.until) continue;
    std::int64_t steps = conv.window - (now + conv.window - conv.phase) % conv.window;
    if (hears_features(conv)) steps = std::min(steps, condition_of(voice).available() - now);
    span = {now, now + steps};
    for (std::int64_t at = now; at < span.until; ++at) {
      conv.due[static_cast<std::size_t>(conv.due_count++)] = {voice, at};
    }
  }
}

// v = bias + the rows of the classes under the taps, oldest first.
void ColumnStream::hear_classes(Columns v) noexcept {
  const network::ClassConv& conv = *plan_.class_input;
  const std::size_t height = conv.bias.size();
  for (int n = 0; n < columns(); ++n) {
    const Step now{voice_of(n), step_of(n)};
    class_at(now) = heard_[static_cast<std::size_t>(n)].label;
    std::copy(conv.bias.begin(), conv.bias.end(), v.of(n));
    for (int k = 0; k < conv.kernel; ++k) {
      const int label = class_at({now.voice, now.at - std::int64_t{conv.kernel - 1 - k} * conv.dilation});
      if (label < 0) continue;
      const float* row = conv.rows.data() + (static_cast<std::size_t>(k) * conv.classes + label) * height;
      plan_.kernels->add(v.of(n), 0, row, 0, 1, conv.out);
    }
  }
}

void ColumnStream::run(int member) noexcept {
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) run_stack(i, member);
  for (std::size_t i = 0; i < plan_.post.size(); ++i) {
    activate(plan_.post[i].activation, post_of(i), plan_.post[i].conv.in, member);
    convolve(convs_[first_post_ + i], post_of(i), post_of(i + 1), member);
  }
}

void ColumnStream::run_stack(std::size_t index, int member) noexcept {
  const network::StackPlan& stack = plan_.stacks[index];
  const bool last = index + 1 == plan_.stacks.size();
  const Conv* conv = &convs_[first_conv_[index]];
  const Columns v = state_of(index), acc = acc_of(index);
  if (stack.input) convolve(*conv++, index == 0 ? Columns{values_.data(), 1} : state_of(index - 1), v, member);
  activate(stack.input_activation, v, stack.channels, member);
  for (const network::LayerPlan& layer : stack.layers) run_layer(layer, *conv++, v, acc, member);
  const Columns out = last ? post_of(0) : acc_of(index + 1);
  if (stack.head) return convolve(*conv, acc, out, member);
  if (member == 0) {
    for (int n = 0; n < columns(); ++n) std::copy_n(acc.of(n), stack.skip_channels, out.of(n));
  }
  meet();
}

// z = conv(v) + mixin(condition); u = gate(z); [v | acc] += [residual | skip](u)
void ColumnStream::run_layer(const network::LayerPlan& layer, const Conv& conv, Columns v, Columns acc,
                             int member) noexcept {
  const kernels::Kernels& k = *plan_.kernels;
  const Columns z{arena_.at(z_), z_stride_};
  const Columns u{arena_.at(u_) + member * static_cast<std::ptrdiff_t>(voices_.size()) * u_stride_, u_stride_};
  convolve(conv, v, z, member);
  k.gate({layer.gating, &layer.activation, &layer.secondary, z.data, z.stride, layer.bottleneck, u.data, u.stride,
          columns(), layer.bottleneck, true});
  if (layer.identity_skip && member == 0) k.add(acc.data, acc.stride, u.data, u.stride, columns(), layer.bottleneck);
  if (!layer.residual_and_skip.empty()) {
    const Columns sum = layer.residual.empty() ? acc : v;
    const float* in[kernels::max_columns];
    float* out[kernels::max_columns];
    for (int n = 0; n < columns(); ++n) in[n] = u.of(n), out[n] = sum.of(n);
    k.product_columns(share_of(layer.residual_and_skip, member).product, {in, nullptr, out, out, columns()});
  }
  meet();
  if (layer.carry == 1) return;
  if (member == 0) {
    for (int n = 0; n < columns(); ++n) scale_rows(layer.carry, layer.conv.in, 1, {v.of(n), 1});
  }
  meet();
}

// out = mixin(condition) + bias + Σ over taps of W_k · x[t - lag_k]; x joins the history.
void ColumnStream::convolve(const Conv& conv, Columns x, Columns out, int member) noexcept {
  if (conv.window > 1)
    convolve_ahead(conv, x, out, member);
  else
    convolve_now(conv, x, out, member);
  if (conv.plan->span() > 0 && member == 0) {
    for (int n = 0; n < columns(); ++n) std::copy_n(x.of(n), conv.plan->in, past(conv, {voice_of(n), step_of(n)}));
  }
  meet();
}

// All but the newest tap is known already, or computed now for a whole window.
void ColumnStream::convolve_ahead(const Conv& conv, Columns x, Columns out, int member) noexcept {
  if (conv.due_count > 0) look_ahead(conv, member);
  const float *in[kernels::max_columns], *start[kernels::max_columns];
  float* to[kernels::max_columns];
  for (int n = 0; n < columns(); ++n) {
    in[n] = x.of(n);
    start[n] = known(conv, {voice_of(n), step_of(n)});
    to[n] = out.of(n);
  }
  plan_.kernels->product_columns(share_of(conv.plan->newest, member).product, {in, start, nullptr, to, columns()});
}

// The condition and the past taps of the steps that are due.
void ColumnStream::look_ahead(const Conv& conv, int member) noexcept {
  const Share share = share_of(conv.plan->past, member);
  const float** terms = terms_.data() + static_cast<std::size_t>(member) * terms_size_;
  const float** term = terms;
  for (int tap = 0; tap + 1 < conv.plan->kernel; ++tap) {
    const int lag = conv.plan->lag(tap);
    for (int i = 0; i < conv.due_count; ++i) {
      const Step& due = conv.due[static_cast<std::size_t>(i)];
      *term++ = past(conv, {due.voice, due.at - lag});
    }
  }
  const float *bias[kernels::max_columns], *mixed[kernels::max_columns];
  float* out[kernels::max_columns];
  for (int i = 0; i < conv.due_count; ++i) {
    const Step& due = conv.due[static_cast<std::size_t>(i)];
    bias[i] = bias_of(conv, due.voice);
    out[i] = known(conv, due);
    if (!hears_features(conv)) continue;
    mixed[i] = condition_of(due.voice).mix(conv.layer->index, due.at, share.row, share.rows, out[i]);
  }
  plan_.kernels->product_columns(share.product,
                                 {terms, bias, hears_features(conv) ? mixed : nullptr, out, conv.due_count});
}

// All taps of this step.
void ColumnStream::convolve_now(const Conv& conv, Columns x, Columns out, int member) noexcept {
  if (columns() > 1 && member == 0) prefetch_past(&conv + 1);
  const bool apart = conv.plan->whole.empty();  // the past taps and the newest
  const Share share = share_of(apart ? conv.plan->past : conv.plan->whole, member);
  const float** terms = terms_.data() + static_cast<std::size_t>(member) * terms_size_;
  const float** term = terms;
  for (int tap = 0; tap + 1 < conv.plan->kernel; ++tap) {
    const int lag = conv.plan->lag(tap);
    for (int n = 0; n < columns(); ++n) *term++ = past(conv, {voice_of(n), step_of(n) - lag});
  }
  const float *in[kernels::max_columns], *bias[kernels::max_columns], *mixed[kernels::max_columns];
  float* to[kernels::max_columns];
  for (int n = 0; n < columns(); ++n) {
    in[n] = x.of(n);
    to[n] = out.of(n);
    bias[n] = bias_of(conv, voice_of(n));
    if (!apart) *term++ = in[n];
    if (!hears_features(conv)) continue;
    mixed[n] = condition_of(voice_of(n)).mix(conv.layer->index, step_of(n), share.row, share.rows, to[n]);
  }
  plan_.kernels->product_columns(share.product, {terms, bias, hears_features(conv) ? mixed : nullptr, to, columns()});
  if (apart)
    plan_.kernels->product_columns(share_of(conv.plan->newest, member).product, {in, to, nullptr, to, columns()});
}

// Asks for what the next conv reads of its queues: those of many voices are longer than the caches hold.
void ColumnStream::prefetch_past(const Conv* conv) noexcept {
  if (conv == convs_.data() + convs_.size() || conv->window > 1) return;
  constexpr int cache_line = 16;  // floats
  for (int tap = 0; tap + 1 < conv->plan->kernel; ++tap) {
    const int lag = conv->plan->lag(tap);
    for (int n = 0; n < columns(); ++n) {
      const float* x = past(*conv, {voice_of(n), step_of(n) - lag});
      for (int i = 0; i < conv->plan->in; i += cache_line) __builtin_prefetch(x + i);
    }
  }
}

void ColumnStream::activate(const model::Activation& activation, Columns values, int count, int member) noexcept {
  if (activation.kind == model::ActivationKind::identity) return;
  if (member == 0) {
    plan_.kernels->gate({model::Gating::none, &activation, &activation, values.data, values.stride, 0, values.data,
                         values.stride, columns(), count, true});
  }
  meet();
}

// Runs of tiles, as even as possible, each starting on a row where whole vectors may be written.
ColumnStream::Share ColumnStream::share_of(const network::Product& product, int member) const noexcept {
  Share share{product.view(), 0, product.rows()};
  if (!sharing_) return share;
  const kernels::Tile* tiles = share.product.tiles;
  const auto first_of = [&](int m) {
    int tile = share.product.tile_count * m / team_->size();
    while (tile > 0 && tile < share.product.tile_count && tiles[tile].row % kernels::max_lanes != 0) --tile;
    return tile;
  };
  const int begin = first_of(member), end = first_of(member + 1);
  share.product.tiles = tiles + begin;
  share.product.tile_count = end - begin;
  share.row = begin < end ? tiles[begin].row : 0;
  share.rows = begin < end ? tiles[end - 1].row + tiles[end - 1].rows - share.row : 0;
  return share;
}

// What is known of a step inside the voice's window.
float* ColumnStream::known(const Conv& conv, Step step) noexcept {
  const Known& span = conv.known[static_cast<std::size_t>(step.voice)];
  const std::int64_t row = step.voice * std::int64_t{conv.window} + step.at - span.from;
  return arena_.at(conv.known_values) + row * static_cast<std::int64_t>(kernels::padded(conv.plan->out));
}

// What the conv heard at a step.
float* ColumnStream::past(const Conv& conv, Step step) noexcept {
  const std::int64_t row = (step.at & conv.mask) * static_cast<std::int64_t>(voices_.size()) + step.voice;
  return arena_.at(conv.ring) + row * conv.plan->in;
}

int& ColumnStream::class_at(Step step) noexcept {
  const std::int64_t row = (step.at & class_mask_) * static_cast<std::int64_t>(voices_.size()) + step.voice;
  return classes_[static_cast<std::size_t>(row)];
}

const float* ColumnStream::bias_of(const Conv& conv, int voice) const noexcept {
  const SpeakerBiases* speaker = voices_[static_cast<std::size_t>(voice)].speaker;
  return conv.layer && speaker ? speaker->of(*conv.layer) : conv.plan->biased().view().bias;
}

std::size_t ColumnStream::state_stride(const network::StackPlan& stack) noexcept {
  return kernels::padded(stack.channels) + kernels::padded(stack.skip_channels);
}

ColumnStream::Columns ColumnStream::state_of(std::size_t stack) noexcept {
  return {arena_.at(state_[stack]), static_cast<std::ptrdiff_t>(state_stride(plan_.stacks[stack]))};
}

ColumnStream::Columns ColumnStream::acc_of(std::size_t stack) noexcept {
  const Columns v = state_of(stack);
  return {v.data + kernels::padded(plan_.stacks[stack].channels), v.stride};
}

// The input of the post-net's conv `index`, or the output after the last.
ColumnStream::Columns ColumnStream::post_of(std::size_t index) noexcept {
  const int rows = index < plan_.post.size() ? plan_.post[index].conv.in : plan_.info.outputs;
  return {arena_.at(post_[index]), static_cast<std::ptrdiff_t>(kernels::padded(rows))};
}

}  // namespace atrous::stream
