// A layer of LSTM or GRU cells in a stream: its state.
#pragma once

#include <vector>

#include "network/cells.hpp"
#include "stream/block_queue.hpp"

namespace atrous::stream {

// The plan must outlive it. The numbers live in the stream's arena.
class Cells {
 public:
  Cells(const network::CellsPlan& plan, Arena& arena);

  // The state that the model starts from.
  void reset(Arena& arena) const noexcept;

  // The state of the same cells in another arena.
  void take_over(const Cells& other, const Arena& from, Arena& arena) const noexcept;

  // `in` holds [inputs] rows, `out` receives [cells].
  void run(const kernels::Kernels& kernels, Arena& arena, Area in, int frames, Area out) const noexcept;

  // Whether its state is finite. What is not stays so: every cell reads every other.
  bool finite(const Arena& arena) const noexcept;

  // A run of one frame. Whether it left the state as it was, bit for bit: then the same input leaves it so forever.
  bool step(const kernels::Kernels& kernels, Arena& arena, Area in, Area out) noexcept;

 private:
  const network::CellsPlan* plan_;
  std::size_t hidden_, cell_, known_;
  std::vector<float> before_;  // [2][cells], of step()
};

}  // namespace atrous::stream
