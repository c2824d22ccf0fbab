// A stretch of sound that the parts of the chain work on in place.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

namespace plugin {

inline constexpr int max_channels = 2;
inline constexpr int max_frames = 512;  // of a block; what hosts give is cut

struct Block {
  float* rows[max_channels];
  int channels, frames;
};

// Calls `run` with the number of channels as a constant. A filter waits for its own last sample; written so, those of
// both sides wait at the same time.
template <class Run>
void with_channels(int channels, const Run& run) noexcept {
  static_assert(max_channels == 2);
  channels == 2 ? run(std::integral_constant<int, 2>{}) : run(std::integral_constant<int, 1>{});
}

// Room for a block.
class BlockBuffer {
 public:
  explicit BlockBuffer(int channels) : channels_(channels), samples_(std::size_t(channels) * max_frames) {}

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
