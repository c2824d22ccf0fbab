// The history of a conv's inputs in block shape: a planar ring whose first frames stand again after its end, so that
// every tap of a block reads one straight run.
#pragma once

#include <algorithm>

#include "stream/area.hpp"
#include "stream/arena.hpp"

namespace atrous::stream {

class BlockQueue {
 public:
  // `span`: samples of history beside the current block.
  // The ring is whole blocks long, so that blocks of whole vectors stay on the boundaries of cache lines, and has room
  // for several blocks, so that few of them stand near its ends, where mirror() has to copy.
  BlockQueue(Arena& arena, int rows, int span)
      : rows_(rows),
        span_(span),
        length_((span + block_frames - 1) / block_frames * block_frames + (span > 0 ? 4 : 1) * block_frames),
        stride_(length_ + block_frames) {
    // Rows a multiple of 4 KB apart would share a few sets of the cache.
    if (stride_ % 1024 == 0) stride_ += kernels::max_lanes;
    offset_ = arena.reserve(std::size_t(rows) * stride_);
  }

  int rows() const noexcept { return rows_; }
  int span() const noexcept { return span_; }

  // Where the current block is written. Whole vectors may be: what lies beyond the block's frames is free.
  Area current(Arena& arena) const noexcept { return {arena.at(offset_) + position_, stride_}; }

  // What the taps of a conv read. Valid after mirror().
  kernels::Taps taps(const Arena& arena, int count, int dilation) const noexcept {
    return {arena.at(offset_), stride_, position_, length_, count, dilation};
  }

  // The current block, `lag` samples earlier. Valid after mirror().
  kernels::Rows past(const Arena& arena, int lag) const noexcept {
    const int start = position_ >= lag ? position_ - lag : position_ - lag + length_;
    return {arena.at(offset_) + start, stride_};
  }

  // Makes both copies of the frames just written agree.
  void mirror(Arena& arena, int frames) const noexcept {
    if (span_ > 0 && (position_ < block_frames || position_ + frames > length_)) copy_ends(arena, frames);
  }

  // Makes all of the history what the newest frame before the current block is.
  void spread(Arena& arena) noexcept {
    const kernels::Rows newest = past(arena, 1);
    for (int row = 0; row < rows_; ++row) {
      float* ring = arena.at(offset_) + std::ptrdiff_t(row) * stride_;
      std::fill(ring, ring + length_ + block_frames, newest.data[row * newest.stride]);
    }
  }

  // The current block becomes history.
  void advance(int frames) noexcept {
    if (span_ == 0) return;
    position_ += frames;
    if (position_ >= length_) position_ -= length_;
  }

  // To where `lead` more frames, fewer than a block, end at the start of the ring.
  void rewind(int lead) noexcept { position_ = span_ > 0 && lead > 0 ? length_ - lead : 0; }

  int position() const noexcept { return position_; }
  void set_position(int position) noexcept { position_ = position; }

 private:
  [[gnu::noinline]] void copy_ends(Arena& arena, int frames) const noexcept {
    const int end = position_ + frames;
    for (int row = 0; row < rows_; ++row) {
      float* ring = arena.at(offset_) + std::ptrdiff_t(row) * stride_;
      if (end > length_) std::copy(ring + length_, ring + end, ring);
      if (position_ < block_frames) {
        std::copy(ring + position_, ring + std::min(end, block_frames), ring + length_ + position_);
      }
    }
  }

  int rows_, span_, length_, stride_, position_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace atrous::stream
