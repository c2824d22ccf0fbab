// A voice in block shape: what effects, priming and scoring run.
#pragma once

#include <memory>
#include <vector>

#include "stream/block_shape.hpp"

namespace atrous::stream {

// One voice. The plan must outlive it. Nothing but the constructor and snapshot() allocates.
class BlockStream {
 public:
  explicit BlockStream(const network::Plan& plan);

  // Runs 1 to block_frames frames. Returns the output's rows, valid until the next run.
  kernels::Rows run(const BlockInput& input, int frames) noexcept;

  // Runs frames of silence: `input` holds zeros. The same, but once more of it changes nothing it costs next to
  // nothing.
  kernels::Rows run_silence(const BlockInput& input, int frames) noexcept;
  // Whether that is so: whatever frames of silence come, the output stays as it was in the last.
  bool settled() const noexcept { return rest_.settled(); }

  // run(), in the shape that `wrap` makes of its own: for who looks on.
  template <class Wrap>
  kernels::Rows run_as(const BlockInput& input, int frames, Wrap wrap) noexcept {
    rest_.wake();
    BlockShape shape = begin(input, frames, nullptr);
    auto wrapped = wrap(shape);
    forward(*plan_, wrapped);
    return end(shape);
  }

  // Back to silence: every queue zero. After `lead` more frames, fewer than a block, the queues stand on the boundaries
  // of cache lines, and stay there while blocks are whole vectors long.
  void reset(int lead = 0) noexcept;

  // Back to the state that silence without end leads to, queue by queue instead of sample by sample: `input` holds a
  // zero for every signal. Only where queues are all that the network remembers: without cells or filters.
  void settle_at_once(const BlockInput& input) noexcept;

  // A copy of what is remembered, and the way back to it.
  struct Snapshot {
    BlockState::Snapshot state;
    std::vector<Snapshot> condition;  // of the model that makes the condition, if any

    std::size_t size() const noexcept {
      return state.floats.size() + (condition.empty() ? 0 : condition.front().size());
    }
  };
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot) noexcept;

  // The way back in pieces, some of its size() floats each, before the stream runs again; and its end, once all are
  // copied.
  void restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept;
  void finish_restoring(const Snapshot& snapshot) noexcept;

  // The first frame of the last run after which cells or filters remember what is not finite, or block_frames: cells
  // would never come back from there, filters by FFT spread it.
  int lost() const noexcept { return lost_; }
  // Back to the snapshot where that is so: with cells all of it, else the filters. Queues of taps forget by themselves.
  void recover(const Snapshot& snapshot) noexcept;

  // Once the plan's weights are others.
  void renew_weights() noexcept {
    buffers_.fill_sum_start(*plan_);
    rest_.wake();
  }

  // For handing over to the column shape.
  const BlockState& state() const noexcept { return *state_; }
  const BlockStream* condition_model() const noexcept { return condition_model_.get(); }

 private:
  kernels::Rows run_all(const BlockInput& input, int frames, Rest* rest) noexcept;
  BlockShape begin(const BlockInput& input, int frames, Rest* rest) noexcept;
  kernels::Rows end(const BlockShape& shape) noexcept;
  void settle_queues(const BlockInput& input) noexcept;
  void pass(int frames) noexcept;
  void repeat_output() noexcept;
  bool recurrent() const noexcept;

  const network::Plan* plan_;
  std::unique_ptr<BlockState> state_;
  BlockBuffers buffers_;
  Rest rest_;
  std::unique_ptr<BlockStream> condition_model_;
  int lost_ = block_frames;
};

}  // namespace atrous::stream
