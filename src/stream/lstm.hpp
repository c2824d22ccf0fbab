// A layer of LSTM cells in a stream: its state, and the steps of a block one after the other.
#pragma once

#include "network/plan.hpp"
#include "stream/block_queue.hpp"

namespace atrous::stream {

// The plan must outlive it. The numbers live in the stream's arena.
class Lstm {
 public:
  Lstm(const network::LstmPlan& plan, int inputs, Arena& arena);

  // The state that the model starts from.
  void reset(Arena& arena) const noexcept;

  // `in` holds [inputs] rows, `out` receives [cells].
  void run(const kernels::Kernels& kernels, Arena& arena, Area in, int frames, Area out) const noexcept;

 private:
  const network::LstmPlan* plan_;
  int inputs_;
  std::size_t row_;  // floats of one step's z in the arena: read by whole vectors from any of its quarters
  std::size_t hidden_, cell_, x_, z_;
};

}  // namespace atrous::stream
