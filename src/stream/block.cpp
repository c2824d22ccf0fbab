#include "stream/block.hpp"

#include <algorithm>

namespace atrous::stream {
namespace {

// What the model that makes the condition reads: the signal, as the outer one does.
BlockInput inner_input(const BlockInput& input) noexcept {
  return {.signal = input.signal};
}

}  // namespace

BlockStream::BlockStream(const network::Plan& plan)
    : plan_(&plan), state_(std::make_unique<BlockState>(plan)), buffers_(plan, *state_), rest_(plan) {
  if (plan.condition_plan) condition_model_ = std::make_unique<BlockStream>(*plan.condition_plan);
  reset();
}

kernels::Rows BlockStream::run(const BlockInput& input, int frames) noexcept {
  rest_.wake();
  return run_all(input, frames, nullptr);
}

kernels::Rows BlockStream::run_silence(const BlockInput& input, int frames) noexcept {
  if (rest_.settled()) {
    lost_ = block_frames;
    repeat_output();
    pass(frames);
    return buffers_.output;
  }
  const kernels::Rows output = run_all(input, frames, &rest_);
  rest_.settle(frames, *state_, !condition_model_ || condition_model_->settled());
  return output;
}

kernels::Rows BlockStream::run_all(const BlockInput& input, int frames, Rest* rest) noexcept {
  BlockShape shape = begin(input, frames, rest);
  forward(*plan_, shape);
  return end(shape);
}

BlockShape BlockStream::begin(const BlockInput& input, int frames, Rest* rest) noexcept {
  lost_ = block_frames;
  kernels::Rows condition{};
  if (condition_model_) {
    const BlockInput inner = inner_input(input);
    condition = rest ? condition_model_->run_silence(inner, frames) : condition_model_->run(inner, frames);
    lost_ = condition_model_->lost();
  }
  return {*plan_, *state_, buffers_, input, condition, frames, rest};
}

kernels::Rows BlockStream::end(const BlockShape& shape) noexcept {
  lost_ = std::min(lost_, shape.lost());
  return buffers_.output;
}

// The last frame of the output, in all its frames.
void BlockStream::repeat_output() noexcept {
  const int last = rest_.take_last_frame();
  if (last < 0) return;
  for (int row = 0; row < plan_->info.outputs; ++row) {
    float* const y = buffers_.output.run(row);
    std::fill_n(y, block_frames, y[last]);
  }
}

void BlockStream::pass(int frames) noexcept {
  state_->pass(frames);
  if (condition_model_) condition_model_->pass(frames);
}

void BlockStream::reset(int lead) noexcept {
  state_->reset(lead);
  if (condition_model_) condition_model_->reset(lead);
  rest_.wake();
}

void BlockStream::settle_at_once(const BlockInput& input) noexcept {
  reset();
  settle_queues(input);
}

// What a conv reads depends on the queues of those before it alone: once they are settled, a single frame shows it.
void BlockStream::settle_queues(const BlockInput& input) noexcept {
  if (condition_model_) condition_model_->settle_queues(inner_input(input));
  for (BlockQueue& queue : state_->queues()) {
    if (queue.span() == 0) continue;
    run(input, 1);
    queue.spread(state_->arena());
  }
  for (BlockQueue& queue : state_->queues()) queue.rewind(0);
}

BlockStream::Snapshot BlockStream::snapshot() const {
  Snapshot snapshot{state_->snapshot(), {}};
  if (condition_model_) snapshot.condition.push_back(condition_model_->snapshot());
  return snapshot;
}

void BlockStream::restore(const Snapshot& snapshot) noexcept {
  state_->restore(snapshot.state);
  rest_.wake();
  if (condition_model_) condition_model_->restore(snapshot.condition.front());
}

void BlockStream::restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept {
  const std::size_t size = snapshot.state.floats.size(), own = from < size ? std::min(count, size - from) : 0;
  if (own > 0) state_->restore_floats(snapshot.state, from, own);
  if (own < count) condition_model_->restore_floats(snapshot.condition.front(), from + own - size, count - own);
}

void BlockStream::finish_restoring(const Snapshot& snapshot) noexcept {
  state_->finish_restoring(snapshot.state);
  rest_.wake();
  if (condition_model_) condition_model_->finish_restoring(snapshot.condition.front());
}

bool BlockStream::recurrent() const noexcept {
  const auto cells = [](const network::PostPlan& post) { return post.cells.has_value(); };
  return std::any_of(plan_->post.begin(), plan_->post.end(), cells) ||
         (condition_model_ && condition_model_->recurrent());
}

void BlockStream::recover(const Snapshot& snapshot) noexcept {
  if (recurrent()) return restore(snapshot);
  state_->restore_filters(snapshot.state);
  if (condition_model_) condition_model_->recover(snapshot.condition.front());
  rest_.wake();
}

}  // namespace atrous::stream
