#include "stream/block_state.hpp"

#include <algorithm>

namespace atrous::stream {

BlockState::BlockState(const network::Plan& plan) : plan_(&plan) {
  network::for_each_conv(plan, [&](const network::CausalConv& conv, const network::LayerPlan*) {
    queues_.emplace_back(arena_, conv.in, conv.span());
  });
  for (const network::PostPlan& post : plan.post) {
    cells_.emplace_back();
    if (post.cells) cells_.back().emplace(*post.cells, arena_);
    firs_.emplace_back();
    if (post.fir) firs_.back().emplace(*post.fir, arena_);
  }
  arena_.allocate();
  if (plan.class_input) {
    classes_.resize(std::size_t(plan.class_input->kernel - 1) * plan.class_input->dilation);
  }
}

void BlockState::reset(int lead) noexcept {
  std::fill(arena_.floats().begin(), arena_.floats().end(), 0.0f);
  for (BlockQueue& queue : queues_) queue.rewind(lead);
  std::fill(classes_.begin(), classes_.end(), -1);  // no class at all: zeros
  for (const std::optional<Cells>& cells : cells_) {
    if (cells) cells->reset(arena_);
  }
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->reset(arena_);
  }
}

void BlockState::advance(int frames) noexcept {
  for (BlockQueue& queue : queues_) queue.advance(frames);
}

void BlockState::pass(int frames) noexcept {
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->skip(frames);
  }
}

BlockState::Snapshot BlockState::snapshot() const {
  Snapshot snapshot{arena_.floats(), {}, classes_};
  for (const BlockQueue& queue : queues_) snapshot.positions.push_back(queue.position());
  for (const std::optional<Fir>& fir : firs_) snapshot.positions.push_back(fir ? fir->position() : 0);
  return snapshot;
}

void BlockState::restore(const Snapshot& snapshot) noexcept {
  std::size_t from = 0;
  const auto copy_to = [&](std::size_t to) {
    std::copy_n(snapshot.floats.data() + from, to - from, arena_.at(from));
    from = to;
  };
  for (const std::optional<Fir>& fir : firs_) {
    if (fir) copy_to(fir->begin()), from = fir->end();
  }
  copy_to(snapshot.floats.size());
  restore_filters(snapshot);
  restore_queues(snapshot);
}

void BlockState::restore_filters(const Snapshot& snapshot) noexcept {
  const std::int64_t* position = snapshot.positions.data() + queues_.size();
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->restore(*plan_->kernels, arena_, snapshot.floats, *position);
    ++position;
  }
}

void BlockState::restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept {
  std::copy_n(snapshot.floats.data() + from, count, arena_.at(from));
}

void BlockState::finish_restoring(const Snapshot& snapshot) noexcept {
  const std::int64_t* position = snapshot.positions.data() + queues_.size();
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->set_position(*position);
    ++position;
  }
  restore_queues(snapshot);
}

// Where the queues stand, and what they do not hold.
void BlockState::restore_queues(const Snapshot& snapshot) noexcept {
  std::copy(snapshot.classes.begin(), snapshot.classes.end(), classes_.begin());
  const std::int64_t* position = snapshot.positions.data();
  for (BlockQueue& queue : queues_) queue.set_position(int(*position++));
}

void BlockState::history(const network::CausalConv& conv, int lag, float* out) const noexcept {
  const BlockQueue& queue = queues_[conv.index];
  const kernels::Rows frame = queue.past(arena_, lag);
  for (int row = 0; row < queue.rows(); ++row) out[row] = frame.data[row * frame.stride];
}

}  // namespace atrous::stream
