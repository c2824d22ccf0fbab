// Column shape: one step of one or more voices at a time, SIMD lanes along output channels, a column per voice. What
// generation runs.
//
// A past tap of lag j·d is known j·d steps ahead, so the past taps of some coming steps are one matrix product, aligned
// to the absolute step; only the newest tap, the gate and the 1x1s remain for every step. Layers start their windows at
// different steps, so that the work is even. Voices and steps share the columns of that product: the more voices, the
// fewer steps ahead, and none with as many voices as there are columns, which share each read of the weights anyway.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "network/plan.hpp"
#include "stream/arena.hpp"
#include "stream/block.hpp"
#include "stream/conditioning.hpp"
#include "stream/speaker.hpp"
#include "stream/team.hpp"

namespace atrous::stream {

// What a voice of a ColumnStream is; all of it must outlive the stream.
struct ColumnVoice {
  const SpeakerBiases* speaker = nullptr;  // networks with speakers
  Conditioning* condition = nullptr;       // networks that hear features
};

// What a voice hears at a step: its index, and one value or, for one-hot networks, a class (-1: no class at all).
struct Heard {
  int voice = 0;
  float value = 0;
  int label = -1;
};

// Up to max_columns voices. The plan must outlive it. Nothing but the constructor allocates.
//
// The members of a team share the rows of every product: what is a sum stays one, so any number of them gives the same
// bits. They meet before anyone reads what another may have written.
class ColumnStream {
 public:
  ColumnStream(const network::Plan& plan, std::span<const ColumnVoice> voices, Team* team = nullptr);

  // One step of the voices heard, each at most once and with its condition available. Voices that are left out stay
  // where they are. Whether the team shares it changes nothing but the time that it takes.
  void step(std::span<const Heard> heard, bool shared = true) noexcept;

  // The output rows of the voice heard[column] of the last step.
  const float* output(std::size_t column) noexcept;

  void reset(int voice) noexcept;

  // Goes on where a block stream of the same plan stands, with sample `step`.
  void take_over(int voice, const BlockStream& block, std::int64_t step) noexcept;

 private:
  struct Columns {  // a vector per column
    float* data = nullptr;
    std::ptrdiff_t stride = 0;
    float* of(int column) const noexcept { return data + column * stride; }
  };
  struct Step {
    int voice = 0;
    std::int64_t at = 0;
  };
  struct Known {  // steps whose past is computed
    std::int64_t from = 0, until = 0;
  };
  struct Conv {  // the state of one CausalConv
    const network::CausalConv* plan = nullptr;
    const network::LayerPlan* layer = nullptr;     // that it belongs to, if any
    std::size_t ring = 0, known_values = 0;        // in the arena: [length][voices][in], [voices][window][out padded]
    std::int64_t mask = 0;                         // length - 1; the length is a power of two
    int window = 1;                                // steps that the past is computed for at a time
    int phase = 0;                                 // windows start at steps congruent to it
    std::vector<Known> known;                      // of each voice
    std::array<Step, kernels::max_columns> due{};  // whose past is to be computed at the step at hand
    int due_count = 0;
  };
  struct Share {  // of a product, the rows that a member computes
    kernels::ProductView product;
    int row = 0, rows = 0;
  };

  void add_conv(const network::CausalConv& conv, const network::LayerPlan* layer = nullptr);
  int columns() const noexcept { return static_cast<int>(heard_.size()); }
  int voice_of(int column) const noexcept { return heard_[static_cast<std::size_t>(column)].voice; }
  std::int64_t step_of(int column) const noexcept { return steps_[static_cast<std::size_t>(voice_of(column))]; }

  void begin_step() noexcept;
  void plan_ahead(Conv& conv) noexcept;
  void hear_classes(Columns v) noexcept;

  // What the members do together.
  void run(int member) noexcept;
  void run_stack(std::size_t index, int member) noexcept;
  void run_layer(const network::LayerPlan& layer, const Conv& conv, Columns v, Columns acc, int member) noexcept;
  void convolve(const Conv& conv, Columns x, Columns out, int member) noexcept;
  void look_ahead(const Conv& conv, int member) noexcept;
  void convolve_ahead(const Conv& conv, Columns x, Columns out, int member) noexcept;
  void convolve_now(const Conv& conv, Columns x, Columns out, int member) noexcept;
  void prefetch_past(const Conv* conv) noexcept;
  void activate(const model::Activation& activation, Columns values, int count, int member) noexcept;
  void meet() noexcept {
    if (sharing_) team_->barrier();
  }

  Share share_of(const network::Product& product, int member) const noexcept;
  bool hears_features(const Conv& conv) const noexcept { return conv.layer && !conv.layer->projection.empty(); }
  Conditioning& condition_of(int voice) noexcept { return *voices_[static_cast<std::size_t>(voice)].condition; }
  float* known(const Conv& conv, Step step) noexcept;
  float* past(const Conv& conv, Step step) noexcept;
  int& class_at(Step step) noexcept;
  const float* bias_of(const Conv& conv, int voice) const noexcept;
  static std::size_t state_stride(const network::StackPlan& stack) noexcept;
  Columns state_of(std::size_t stack) noexcept;
  Columns acc_of(std::size_t stack) noexcept;
  Columns post_of(std::size_t index) noexcept;

  const network::Plan& plan_;
  Team* team_;            // null: there is none
  bool sharing_ = false;  // whether it shares the step at hand
  std::vector<ColumnVoice> voices_;
  std::vector<std::int64_t> steps_;  // of each voice: the coming one
  std::span<const Heard> heard_;     // at the step at hand
  Arena arena_;
  std::vector<Conv> convs_;              // in the order in which they run, as BlockStream counts its queues
  std::vector<std::size_t> first_conv_;  // of each stack
  std::size_t first_post_ = 0;
  std::vector<std::size_t> state_;  // of each stack in the arena: [columns][v padded | acc padded]
  std::vector<std::size_t> post_;   // inputs of the post-net's convs, then the output
  std::size_t z_ = 0, u_ = 0;       // [columns], [members][columns]
  std::ptrdiff_t z_stride_ = 0, u_stride_ = 0;
  std::size_t terms_size_ = 0;
  std::vector<const float*> terms_;                   // [members][terms_size_]
  std::array<float, kernels::max_columns> values_{};  // heard at the step at hand
  std::vector<int> classes_;                          // the last classes heard: ring [class_mask_ + 1][voices]
  std::int64_t class_mask_ = 0;
};

}  // namespace atrous::stream
