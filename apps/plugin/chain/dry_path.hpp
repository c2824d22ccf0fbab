// What bypass passes on: the input, delayed by the latency of the chain, which may change.
#pragma once

#include <vector>

#include "chain/block.hpp"

namespace plugin {

class DryPath {
 public:
  explicit DryPath(int channels) : history_(std::size_t(channels) * length) {}

  void clear() noexcept;
  void jump(int latency) noexcept;  // changes it at once: for while nobody hears it
  // Remembers a block of input.
  void take(const Block& block) noexcept;
  // The block that was heard last, `latency` frames late. Where that differs from before, a crossfade of `fade` frames
  // leads over.
  void play(Block& block, int latency, int fade) noexcept;

 private:
  static constexpr int length = 1 << 16;  // frames, a power of two; the latency stays a block below
  float at(int channel, int frame) const noexcept;

  std::vector<float> history_;  // [channels][length], a ring
  int next_ = 0;                // where the next block goes
  int latency_ = 0, old_latency_ = 0;
  int left_ = 0;  // of a crossfade between the two
};

}  // namespace plugin
