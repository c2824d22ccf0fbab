#include "stream/rest.hpp"

namespace atrous::stream {

void Rest::wake() noexcept {
  samples_ = 0;
  due_ = plan_->info.receptive_field;
  part_ = 0;
  still_ = settled_ = false;
  last_ = -1;
}

void Rest::settle(int frames, BlockState& state, bool condition_settled) noexcept {
  const std::size_t parts = 1 + plan_->post.size();
  samples_ += frames;
  while (part_ < parts && samples_ >= due_ && part_settled(state, condition_settled)) {
    if (remembers(state)) due_ = samples_ + plan_->info.receptive_field;
    ++part_;
    still_ = false;
  }
  settled_ = part_ == parts && samples_ >= due_;
  last_ = frames - 1;
}

// Whether the next part's output stays as it is, now that its input does.
bool Rest::part_settled(BlockState& state, bool condition_settled) const noexcept {
  if (part_ == 0) return condition_settled;
  if (state.cells(part_ - 1)) return still_;
  const Fir* const filter = state.fir(part_ - 1);
  return !filter || filter->silent();
}

bool Rest::remembers(BlockState& state) const noexcept {
  if (part_ == 0) return plan_->condition_plan != nullptr;
  return state.cells(part_ - 1) || state.fir(part_ - 1);
}

}  // namespace atrous::stream
