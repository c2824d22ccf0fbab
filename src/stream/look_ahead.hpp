// Look-ahead: a past tap of lag j·d is known j·d steps ahead, so the past taps of some coming steps are one matrix
// product, aligned to the absolute step; only the newest tap remains for every step. Convs start their windows at
// different steps, so that the work is even. Voices and steps share the columns of that product: the more voices, the
// fewer steps ahead, and none with as many voices as there are columns, which share each read of the weights anyway.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "stream/column_state.hpp"

namespace atrous::stream {

// The plan must outlive it. Nothing but the constructor allocates.
class LookAhead {
 public:
  LookAhead(const network::Plan& plan, std::size_t voices);

  // Whether a conv's past is computed for several steps at a time.
  bool looks_ahead(const network::CausalConv& conv) const noexcept { return convs_[conv.index].window > 1; }

  // Before a step of these voices: finds what is due of every conv. `available(voice)` is the step up to which the
  // condition of a voice is known.
  template <class Available>
  void plan(std::span<const Step> now, Available available) noexcept {
    for (Conv& conv : convs_) {
      if (conv.window > 1) plan_conv(conv, now, available);
    }
  }
  // Steps whose past a conv is to compute at this step; none of one that does not look ahead.
  std::span<const Step> due(const network::CausalConv& conv) const noexcept {
    const Conv& state = convs_[conv.index];
    return std::span(state.due).first(std::size_t(state.due_count));
  }

  // What is known of a step inside the voice's window, [out].
  float* known(const network::CausalConv& conv, Step step) noexcept {
    const Conv& state = convs_[conv.index];
    const std::int64_t row =
        step.voice * std::int64_t{state.window} + step.at - state.spans[std::size_t(step.voice)].from;
    return arena_.at(state.values) + row * std::int64_t(kernels::padded(conv.out));
  }

  void reset(int voice) noexcept;

 private:
  struct Span {  // steps whose past is computed
    std::int64_t from = 0, until = 0;
  };
  struct Conv {
    int window = 1;
    int phase = 0;                // windows start at steps congruent to it
    bool reads_features = false;  // it looks no further than its condition is known
    std::size_t values = 0;       // in the arena: [voices][window][out padded]
    std::vector<Span> spans;      // of each voice
    std::array<Step, kernels::max_columns> due{};
    int due_count = 0;
  };

  // The steps from this one to the end of its window, of the voices whose last window is over.
  template <class Available>
  static void plan_conv(Conv& conv, std::span<const Step> now, Available available) noexcept {
    conv.due_count = 0;
    for (const Step& step : now) {
      Span& span = conv.spans[std::size_t(step.voice)];
      if (step.at < span.until) continue;
      std::int64_t steps = conv.window - (step.at + conv.window - conv.phase) % conv.window;
      if (conv.reads_features) steps = std::min(steps, available(step.voice) - step.at);
      span = {step.at, step.at + steps};
      for (std::int64_t at = step.at; at < span.until; ++at) {
        conv.due[std::size_t(conv.due_count++)] = {step.voice, at};
      }
    }
  }

  Arena arena_;
  std::vector<Conv> convs_;  // by their index
};

}  // namespace atrous::stream
