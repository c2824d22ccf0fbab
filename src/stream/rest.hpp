// How far a stream has settled in silence. Its parts do one after the other: the model of its condition, then the
// post-net's entries, of which filters and cells have memories of their own. What stands between them has read one
// thing alone after a receptive field.
#pragma once

#include <cstdint>

#include "stream/block_state.hpp"

namespace atrous::stream {

class Rest {
 public:
  explicit Rest(const network::Plan& plan) : plan_(&plan) { wake(); }

  // Something else than silence is read.
  void wake() noexcept;
  // Takes note of frames of silence that have been run; whether the model of the condition has settled.
  void settle(int frames, BlockState& state, bool condition_settled) noexcept;
  // Whether all has: whatever frames of silence come, the output stays as it was in the last.
  bool settled() const noexcept { return settled_; }

  // Cells have settled once a step leaves them as they were. Whether those of an entry of the post-net are to take one
  // step by itself, to see it; and what was seen.
  bool asks_for_step(std::size_t post) const noexcept { return part_ == post + 1 && samples_ >= due_; }
  void stepped(bool still) noexcept { still_ = still; }

  // The frame of the output that all later ones are like; negative once it has been asked for.
  int take_last_frame() noexcept {
    const int last = last_;
    last_ = -1;
    return last;
  }

 private:
  bool part_settled(BlockState& state, bool condition_settled) const noexcept;
  bool remembers(BlockState& state) const noexcept;

  const network::Plan* plan_;
  std::int64_t samples_ = 0, due_ = 0;  // of silence, and after how many the next part's input stays as it is
  std::size_t part_ = 0;                // the next to settle: 0 the condition's model, then the post-net's
  bool still_ = false;                  // its cells took a step without a change
  bool settled_ = false;
  int last_ = -1;
};

}  // namespace atrous::stream
