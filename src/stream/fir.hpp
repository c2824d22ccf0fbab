// A filter of one row in a stream: its history, and the spectra of what it read.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "network/fir.hpp"
#include "stream/block_queue.hpp"

namespace atrous::stream {

// The plan must outlive it. The numbers that it remembers live in the stream's arena, but for the position.
class Fir {
 public:
  Fir(const network::FirPlan& plan, Arena& arena);

  // Back to silence, in an arena of zeros.
  void reset(Arena& arena) noexcept;

  // Rows of up to block_frames frames. They must not overlap.
  void run(const kernels::Kernels& kernels, Arena& arena, const float* in, int frames, float* out) noexcept;

  // Whether all that it remembers is silence; then more of it may pass unheard.
  bool silent() const noexcept { return silence_ >= memory_; }
  void skip(int frames) noexcept { position_ += frames; }

  std::int64_t position() const noexcept { return position_; }  // samples read
  void set_position(std::int64_t position) noexcept;            // of an arena that was copied there

  // Back to where its part of an arena was copied, at that position. Costs little a few samples after the last time.
  void restore(const kernels::Kernels& kernels, Arena& arena, const network::AlignedFloats& copy,
               std::int64_t position) noexcept;
  std::size_t begin() const noexcept { return begin_; }  // of its part of the arena
  std::size_t end() const noexcept { return end_; }

 private:
  struct Level {         // in the arena
    std::size_t past;    // [groups][partitions][re | im]: spectra of the last partitions, a ring
    std::size_t sum;     // [groups][re | im]: the products of this period
    std::size_t work;    // [size] complex: an FFT half way
    std::size_t output;  // [2][size]: what the periods give, in turn
  };

  void rehearse(const kernels::Kernels& kernels, Arena& arena) noexcept;
  void finish_tick(const kernels::Kernels& kernels, Arena& arena) noexcept;
  void add_up(Arena& arena) noexcept;
  void take_step(const kernels::Kernels& kernels, Arena& arena, std::size_t level, int step) noexcept;
  float* history(Arena& arena, std::int64_t position) const noexcept {
    return arena.at(history_) + position % length_ + length_;
  }

  const network::FirPlan* plan_;
  std::int64_t position_ = 0;
  std::int64_t silence_ = 0, memory_ = 0;  // samples of silence up to now; after how many nothing else is remembered
  std::int64_t restored_ = -1;             // position that was restored last, or negative
  std::size_t begin_ = 0, end_ = 0;
  int length_ = 0;           // samples of history
  std::size_t history_ = 0;  // a ring of `length_`, twice: every sample stands `length_` later again
  std::size_t known_ = 0;    // [fir_partition]: what the samples of the block to come read of older blocks
  std::vector<Level> levels_;
};

}  // namespace atrous::stream
