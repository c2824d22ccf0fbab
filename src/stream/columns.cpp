#include "stream/columns.hpp"

#include <algorithm>

namespace atrous::stream {

ColumnStream::ColumnStream(const network::Plan& plan, std::span<const ColumnVoice> voices, Team* team)
    : plan_(&plan),
      team_(team && team->size() > 1 ? team : nullptr),
      voices_(voices.begin(), voices.end()),
      state_(plan, voices.size(), team_ != nullptr),
      ahead_(plan, voices.size()),
      buffers_(plan, voices.size(), team_ ? team_->size() : 1) {
  now_.reserve(voices.size());
  if (plan.condition_is_input) condition_ = buffers_.input;
  if (plan.upsampler) condition_ = buffers_.condition;
  if (!plan.condition_plan) return;
  const std::vector<ColumnVoice> inner(voices.size());
  condition_model_ = std::make_unique<ColumnStream>(*plan.condition_plan, inner);
  condition_ = condition_model_->outputs();
}

void ColumnStream::step(std::span<const VoiceInput> inputs, bool shared) noexcept {
  prepare(inputs);
  const auto run = [this](Sharing sharing) {
    ColumnShape shape = shape_of(sharing);
    forward(*plan_, shape);
  };
  if (team_ && shared)
    team_->run([&](int member) { run({team_, member}); });
  else
    run({});
  advance();
}

ColumnShape ColumnStream::shape_of(Sharing sharing) noexcept {
  return {*plan_, voices_, state_, ahead_, buffers_, now_, condition_, sharing};
}

void ColumnStream::advance() noexcept {
  for (const Step& step : now_) state_.advance(step.voice);
}

// What is known before the first conv runs.
void ColumnStream::prepare(std::span<const VoiceInput> inputs) noexcept {
  now_.clear();
  for (const VoiceInput& each : inputs) now_.push_back({each.voice, state_.step_of(each.voice)});
  for (std::size_t n = 0; n < inputs.size(); ++n) prepare_column(int(n), inputs[n]);
  ahead_.plan(now_, [this](int voice) { return voices_[std::size_t(voice)].condition->available(); });
  if (condition_model_) condition_model_->step(inputs, false);
}

void ColumnStream::prepare_column(int column, const VoiceInput& input) noexcept {
  const Step now = now_[std::size_t(column)];
  *buffers_.input.run(column) = input.value;
  if (plan_->class_input) embed_class(now, input.label, buffers_.v.front().run(column));
  if (!plan_->stacks.empty()) {
    const std::vector<float>& start = plan_->stacks.front().skip_bias;
    std::copy(start.begin(), start.end(), buffers_.acc.front().run(column));
  }
  if (!plan_->upsampler) return;
  Conditioning& condition = *voices_[std::size_t(now.voice)].condition;
  condition.prepare(now.at, int(std::min<std::int64_t>(condition.available() - now.at, kernels::max_columns)));
  if (plan_->modulated) std::copy_n(condition.sample(now.at), plan_->condition_channels, condition_.run(column));
}

// v = bias + the rows of the classes under the taps, oldest first.
void ColumnStream::embed_class(Step now, int label, float* v) noexcept {
  const network::ClassConv& conv = *plan_->class_input;
  const std::size_t height = conv.bias.size();
  state_.class_at(now) = label;
  std::copy(conv.bias.begin(), conv.bias.end(), v);
  for (int k = 0; k < conv.kernel; ++k) {
    const int each = state_.class_at({now.voice, now.at - std::int64_t{conv.kernel - 1 - k} * conv.dilation});
    if (each < 0) continue;
    const float* const row = conv.rows.data() + (std::size_t(k) * conv.classes + each) * height;
    plan_->kernels->add(v, 0, row, 0, 1, conv.out);
  }
}

void ColumnStream::reset(int voice) noexcept {
  state_.reset(voice);
  ahead_.reset(voice);
  if (condition_model_) condition_model_->reset(voice);
}

void ColumnStream::take_over(int voice, const BlockStream& block, std::int64_t step) noexcept {
  ahead_.reset(voice);
  state_.take_over(voice, block.state(), step);
  if (condition_model_) condition_model_->take_over(voice, *block.condition_model(), step);
}

}  // namespace atrous::stream
