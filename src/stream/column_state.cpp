#include "stream/column_state.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {
namespace {

std::int64_t ring_mask(int span) {
  return std::int64_t(std::bit_ceil(unsigned(std::max(span, 1)))) - 1;
}

}  // namespace

ColumnState::ColumnState(const network::Plan& plan, std::size_t voices, bool shared)
    : plan_(&plan), voices_(std::int64_t(voices)), steps_(voices, 0) {
  network::for_each_conv(plan, [&](const network::CausalConv& conv, const network::LayerPlan*) {
    Ring ring;
    ring.conv = &conv;
    ring.mask = ring_mask(conv.span() + (shared ? 1 : 0));
    ring.offset = arena_.reserve(std::size_t(ring.mask + 1) * voices * conv.in);
    rings_.push_back(ring);
  });
  for (const network::PostPlan& post : plan.post) {
    cells_.emplace_back();
    for (std::size_t voice = 0; post.cells && voice < voices; ++voice) cells_.back().emplace_back(*post.cells, arena_);
  }
  arena_.allocate();
  if (plan.class_input) {
    class_mask_ = ring_mask((plan.class_input->kernel - 1) * plan.class_input->dilation + 1);
    classes_.resize(std::size_t(class_mask_ + 1) * voices);
  }
  for (std::size_t voice = 0; voice < voices; ++voice) reset(int(voice));
}

void ColumnState::prefetch(const network::CausalConv& conv, std::span<const Step> now) noexcept {
  constexpr int cache_line = 16;  // floats
  for (const int lag : conv.lags) {
    if (lag == 0) break;
    for (const Step& step : now) {
      const float* const x = past(conv, {step.voice, step.at - lag});
      for (int i = 0; i < conv.in; i += cache_line) __builtin_prefetch(x + i);
    }
  }
}

void ColumnState::reset(int voice) noexcept {
  network::for_each_conv(*plan_, [&](const network::CausalConv& conv, const network::LayerPlan*) {
    for (std::int64_t step = 0; step <= rings_[conv.index].mask; ++step) {
      std::fill_n(past(conv, {voice, step}), conv.in, 0.0f);
    }
  });
  for (const std::vector<Cells>& cells : cells_) {
    if (!cells.empty()) cells[std::size_t(voice)].reset(arena_);
  }
  for (std::size_t i = std::size_t(voice); i < classes_.size(); i += steps_.size()) classes_[i] = -1;
  steps_[std::size_t(voice)] = 0;
}

void ColumnState::take_over(int voice, const BlockState& block, std::int64_t step) noexcept {
  reset(voice);
  steps_[std::size_t(voice)] = step;
  network::for_each_conv(*plan_, [&](const network::CausalConv& conv, const network::LayerPlan*) {
    for (int lag = conv.span(); lag > 0; --lag) block.history(conv, lag, past(conv, {voice, step - lag}));
  });
  for (std::size_t post = 0; post < cells_.size(); ++post) {
    if (cells_[post].empty()) continue;
    cells_[post][std::size_t(voice)].take_over(*block.cells(post), block.arena(), arena_);
  }
  const std::vector<int>& classes = block.classes();
  for (std::size_t lag = 1; lag <= classes.size(); ++lag) {
    class_at({voice, step - std::int64_t(lag)}) = classes[classes.size() - lag];
  }
}

}  // namespace atrous::stream
