#include "chain/dry_path.hpp"

#include <utility>

namespace plugin {

void DryPath::clear() noexcept {
  std::fill(history_.begin(), history_.end(), 0.0f);
}

void DryPath::take(const Block& block) noexcept {
  for (int c = 0; c < block.channels; ++c) {
    float* ring = history_.data() + c * length;
    const int first = std::min(block.frames, length - next_);  // up to the end of the ring
    std::copy_n(block.rows[c], first, ring + next_);
    std::copy_n(block.rows[c] + first, block.frames - first, ring);
  }
  next_ = (next_ + block.frames) & (length - 1);
}

float DryPath::at(int channel, int frame) const noexcept {
  return history_[std::size_t(channel * length + (frame & (length - 1)))];
}

void DryPath::jump(int latency) noexcept {
  latency_ = std::min(latency, length - max_frames);
  left_ = 0;
}

void DryPath::play(Block& block, int latency, int fade) noexcept {
  latency = std::min(latency, length - max_frames);
  if (latency != latency_ && left_ == 0) {
    old_latency_ = std::exchange(latency_, latency);
    left_ = fade;
  }
  const int start = next_ - block.frames;
  for (int t = 0; t < block.frames; ++t) {
    const float old_part = float(left_) / float(fade);
    for (int c = 0; c < block.channels; ++c) {
      const float now = at(c, start + t - latency_);
      block.rows[c][t] = left_ > 0 ? now + old_part * (at(c, start + t - old_latency_) - now) : now;
    }
    if (left_ > 0) --left_;
  }
}

}  // namespace plugin
