// What the voices of a column stream remember: what every conv read, in rings; the state of cells; the last classes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stream/block_state.hpp"

namespace atrous::stream {

// A step of a voice, counted from its first sample.
struct Step {
  int voice = 0;
  std::int64_t at = 0;
};

// Of the plan's own network, without the model that makes its condition. The plan must outlive it. Nothing but the
// constructor allocates.
class ColumnState {
 public:
  // With room for one more frame than the convs look back over, where one thread may write the newest while others
  // still read the oldest (`shared`).
  ColumnState(const network::Plan& plan, std::size_t voices, bool shared);

  std::int64_t step_of(int voice) const noexcept { return steps_[std::size_t(voice)]; }
  void advance(int voice) noexcept { ++steps_[std::size_t(voice)]; }

  // What a conv read at a step, [in].
  float* past(const network::CausalConv& conv, Step step) noexcept {
    const Ring& ring = rings_[conv.index];
    const std::int64_t row = (step.at & ring.mask) * voices_ + step.voice;
    return arena_.at(ring.offset) + row * conv.in;
  }
  // The conv of this index, or null.
  const network::CausalConv* conv(std::size_t index) const noexcept {
    return index < rings_.size() ? rings_[index].conv : nullptr;
  }
  // Asks for what a conv will read of its ring: those of many voices are longer than the caches hold.
  void prefetch(const network::CausalConv& conv, std::span<const Step> now) noexcept;
  // The class that was read at a step; -1: none at all.
  int& class_at(Step step) noexcept { return classes_[std::size_t((step.at & class_mask_) * voices_ + step.voice)]; }
  // A step of the cells of an entry of the post-net: x [inputs], out [cells].
  void run_cells(const network::PostPlan& post, int voice, float* x, float* out) noexcept {
    cells_[post.index][std::size_t(voice)].run(*plan_->kernels, arena_, {x, 1}, 1, {out, 1});
  }

  void reset(int voice) noexcept;
  // Goes on where a block's state stands, with sample `step`.
  void take_over(int voice, const BlockState& block, std::int64_t step) noexcept;

 private:
  struct Ring {  // in the arena: [length][voices][in]
    const network::CausalConv* conv = nullptr;
    std::size_t offset = 0;
    std::int64_t mask = 0;  // length - 1; the length is a power of two
  };

  const network::Plan* plan_;
  std::int64_t voices_;
  Arena arena_;
  std::vector<Ring> rings_;                // of every conv, by its index
  std::vector<std::vector<Cells>> cells_;  // [post][voice], or [post] none
  std::vector<int> classes_;               // ring [class_mask_ + 1][voices]
  std::int64_t class_mask_ = 0;
  std::vector<std::int64_t> steps_;  // of each voice: the coming one
};

}  // namespace atrous::stream
