// What a voice in block shape remembers: the queue of every conv, the state of cells and filters, the last classes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "stream/block_queue.hpp"
#include "stream/cells.hpp"
#include "stream/fir.hpp"

namespace atrous::stream {

// Of the plan's own network, without the model that makes its condition. The plan must outlive it. Nothing but the
// constructor and snapshot() allocates.
class BlockState {
 public:
  explicit BlockState(const network::Plan& plan);

  Arena& arena() noexcept { return arena_; }
  const BlockQueue& queue(const network::CausalConv& conv) const noexcept { return queues_[conv.index]; }
  std::vector<BlockQueue>& queues() noexcept { return queues_; }
  // Of an entry of the post-net that is such, or null.
  Cells* cells(std::size_t post) noexcept { return cells_[post] ? &*cells_[post] : nullptr; }
  Fir* fir(std::size_t post) noexcept { return firs_[post] ? &*firs_[post] : nullptr; }
  std::vector<int>& classes() noexcept { return classes_; }  // oldest first; -1: none at all

  // Back to silence: every queue zero. After `lead` more frames, fewer than a block, the queues stand on the boundaries
  // of cache lines, and stay there while blocks are whole vectors long.
  void reset(int lead) noexcept;
  // The frames at hand become history.
  void advance(int frames) noexcept;
  // Frames of silence that are not run. Filters count their samples; all else has read one thing for long enough to be
  // the same at any place of its queues.
  void pass(int frames) noexcept;

  // A copy, and the way back to it.
  struct Snapshot {
    network::AlignedFloats floats;
    std::vector<std::int64_t> positions;  // of the queues, then of the filters
    std::vector<int> classes;
  };
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot) noexcept;
  // That of the filters alone.
  void restore_filters(const Snapshot& snapshot) noexcept;
  // The way back in pieces: some of its floats each, and its end, once all are copied.
  void restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept;
  void finish_restoring(const Snapshot& snapshot) noexcept;

  // For handing over to the column shape: what a conv read `lag` (1 to its span) samples ago, cells, the last classes.
  void history(const network::CausalConv& conv, int lag, float* out) const noexcept;
  const std::optional<Cells>& cells(std::size_t post) const noexcept { return cells_[post]; }
  const Arena& arena() const noexcept { return arena_; }
  const std::vector<int>& classes() const noexcept { return classes_; }

 private:
  void restore_queues(const Snapshot& snapshot) noexcept;

  const network::Plan* plan_;
  Arena arena_;
  std::vector<BlockQueue> queues_;  // of every conv, by its index
  std::vector<std::optional<Cells>> cells_;
  std::vector<std::optional<Fir>> firs_;
  std::vector<int> classes_;
};

}  // namespace atrous::stream
