// Teacher forcing: a network reads a sound that is known already. In block shape, or, where the network has none, step
// by step in column shape.
#pragma once

#include <optional>

#include "stream/block.hpp"
#include "stream/columns.hpp"

namespace atrous::stream {

// One voice; the plan, and what it reads features and a speaker through, must outlive it. Nothing but the constructor
// allocates.
class Forcing {
 public:
  Forcing(const network::Plan& plan, const SpeakerBiases* speaker, Conditioning* condition);

  // Reads the coming 1 to block_frames samples or classes, whichever the network does. Returns the output's rows, valid
  // until the next run.
  kernels::Rows run(const float* signal, const int* classes, int frames) noexcept;

 private:
  kernels::Rows run_steps(const float* signal, const int* classes, int frames) noexcept;

  const network::Plan& plan_;
  const SpeakerBiases* speaker_;
  Conditioning* condition_;
  std::optional<BlockStream> block_;
  std::optional<ColumnStream> columns_;
  network::AlignedFloats rows_;  // [outputs][block_frames] of the steps
  std::int64_t samples_ = 0;
};

}  // namespace atrous::stream
