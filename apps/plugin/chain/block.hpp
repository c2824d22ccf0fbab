// A stretch of sound that the parts of the chain work on in place.
#pragma once

#include <algorithm>
#include <vector>

namespace plugin {

inline constexpr int max_channels = 2;
inline constexpr int max_frames = 512;  // of a block; what hosts give is cut

struct Block {
  float* rows[max_channels];
  int channels, frames;
};

// Room for a block.
class BlockBuffer {
 public:
  explicit BlockBuffer(int channels) : channels_(channels), samples_(static_cast<std::size_t>(channels) * max_frames) {}

  Block block(int frames) noexcept {
    Block block{{}, channels_, frames};
    for (int c = 0; c < channels_; ++c) block.rows[c] = samples_.data() + c * max_frames;
    return block;
  }

  Block copy(const Block& from) noexcept {
    const Block to = block(from.frames);
    for (int c = 0; c < channels_; ++c) std::copy_n(from.rows[c], from.frames, to.rows[c]);
    return to;
  }

 private:
  int channels_;
  std::vector<float> samples_;  // [channels][max_frames]
};

}  // namespace plugin
