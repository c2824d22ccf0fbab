// Column shape: one step of one voice at a time, SIMD lanes along output channels. What generation runs.
//
// A past tap of lag j·d is known j·d steps ahead, so the past taps of up to 16 coming steps are one matrix product,
// aligned to the absolute step; only the newest tap, the gate and the 1x1s remain for every step. Layers start their
// windows at different steps, so that the work is even.
#pragma once

#include <cstdint>
#include <vector>

#include "network/plan.hpp"
#include "stream/arena.hpp"
#include "stream/block.hpp"
#include "stream/conditioning.hpp"
#include "stream/speaker.hpp"

namespace atrous::stream {

// One voice. The plan must outlive it, and so must the conditioning, which networks that hear features need. Nothing
// but the constructor allocates.
class ColumnStream {
 public:
  explicit ColumnStream(const network::Plan& plan, int speaker = 0, Conditioning* condition = nullptr);

  // One step, for which the condition is available; hears `x` (one value) or, for one-hot networks, `heard` (-1: no
  // class at all). Returns the output rows, valid until the next step.
  const float* step(float x, int heard) noexcept;

  void reset() noexcept;

  // Goes on where a block stream of the same plan stands, with sample `step`.
  void take_over(const BlockStream& block, std::int64_t step) noexcept;

 private:
  struct Conv {                       // the state of one CausalConv
    std::size_t ring = 0, known = 0;  // in the arena: [length][in], [lookahead][out padded]
    int length = 1;                   // frames of history
    int slot = 0;                     // where the coming frame goes
    int phase = 0;                    // windows start at steps congruent to it
    std::int64_t known_from = 0, known_until = 0;
  };

  void add_conv(const network::CausalConv& conv);
  void convolve(const network::CausalConv& conv, Conv& state, const float* x, float* out,
                const network::LayerPlan* layer = nullptr) noexcept;
  void look_ahead(const network::CausalConv& conv, Conv& state, const network::LayerPlan* layer) noexcept;
  const float* bias_of(const network::CausalConv& conv, const network::LayerPlan* layer) const noexcept;
  const float* past(const network::CausalConv& conv, const Conv& state, int ago) const noexcept;
  void hear_class(int heard, float* v) noexcept;
  void run_stack(std::size_t index, const float* x) noexcept;
  void run_layer(const network::LayerPlan& layer, Conv& state, float* v, float* acc) noexcept;
  void activate(const model::Activation& activation, float* values, int count) noexcept;
  float* acc_of(std::size_t stack) noexcept;

  const network::Plan& plan_;
  Conditioning* condition_;
  SpeakerBiases speaker_;
  Arena arena_;
  std::vector<Conv> convs_;              // in the order in which they run, as BlockStream counts its queues
  std::vector<std::size_t> first_conv_;  // of each stack
  std::size_t first_post_ = 0;
  std::vector<std::size_t> state_;  // of each stack in the arena: [v padded | acc padded]
  std::vector<std::size_t> post_;   // inputs of the post-net's convs, then the output
  std::size_t z_ = 0, u_ = 0;
  std::vector<const float*> terms_;
  std::vector<int> classes_;  // ring of the last classes heard
  std::size_t class_slot_ = 0;
  std::int64_t step_ = 0;
};

}  // namespace atrous::stream
