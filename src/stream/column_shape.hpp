// Column shape: one step of one or more voices at a time, SIMD lanes along output channels. Values are a vector of
// channels per column, and a column is a voice.
#pragma once

#include <span>
#include <vector>

#include "stream/column_buffers.hpp"
#include "stream/conditioning.hpp"
#include "stream/forward.hpp"
#include "stream/look_ahead.hpp"
#include "stream/sharing.hpp"
#include "stream/speaker.hpp"

namespace atrous::stream {

// What a voice of a column stream is; all of it must outlive the stream.
struct ColumnVoice {
  const SpeakerBiases* speaker = nullptr;  // networks with speakers
  Conditioning* condition = nullptr;       // networks that read features
};

// One step, as one member of a team sees it: the verbs that forward.hpp names. What is known before the first conv
// stands in the buffers already (ColumnStream::prepare).
class ColumnShape {
 public:
  // The columns are the voices of `now`, each at its step; `condition` [condition channels] is what modulated layers
  // and conditioned convs read.
  ColumnShape(const network::Plan& plan, std::span<const ColumnVoice> voices, ColumnState& state, LookAhead& ahead,
              ColumnBuffers& buffers, std::span<const Step> now, Area condition, Sharing sharing) noexcept
      : plan_(plan),
        voices_(voices),
        state_(state),
        ahead_(ahead),
        buffers_(buffers),
        now_(now),
        condition_(condition),
        sharing_(sharing) {}

  Area begin() noexcept { return plan_.class_input ? buffers_.v.front() : buffers_.input; }
  Area begin_sum() noexcept { return acc_ = plan_.stacks.empty() ? begin_chain() : buffers_.acc.front(); }
  Area input(const network::StackPlan& stack, Area x) noexcept;
  Area conv(const network::LayerPlan& layer, Area v) noexcept;
  Area gate(const network::LayerPlan& layer, Area z) noexcept;
  void skip(const network::LayerPlan& layer, Area u, Area acc) noexcept;
  Area residual(const network::LayerPlan& layer, Area u, Area v) noexcept;
  Area head(const network::StackPlan& stack, Area acc) noexcept;
  Area post(const network::PostPlan& post, Area x) noexcept;
  void end(Area x) noexcept;

  // The two parts of conv(): the past taps of the steps that are due, if any are, and then the rest.
  bool looks_ahead(const network::LayerPlan& layer) const noexcept { return ahead_.looks_ahead(layer.conv); }
  bool any_due(const network::LayerPlan& layer) const noexcept { return !ahead_.due(layer.conv).empty(); }
  void convolve_past(const network::LayerPlan& layer) noexcept { look_ahead(layer.conv, &layer); }
  Area convolve_newest(const network::LayerPlan& layer, Area v) noexcept;

  // Of modulated layers.
  template <class Work>
  void once(Work work) noexcept {
    if (sharing_.first()) work();
    sharing_.meet();
  }
  Area condition() const noexcept { return condition_; }
  Area kept() const noexcept { return buffers_.kept; }
  Area part() const noexcept { return buffers_.part; }
  Area mixed() const noexcept { return buffers_.mixed; }
  Area next(const network::LayerPlan& layer, Area v) const noexcept {
    return layer.reader == network::no_conv ? Area{} : v;
  }
  void copy(Area from, int rows, Area to) noexcept {
    if (from.data != to.data) copy_values(from, {columns(), rows}, to);
  }
  void add(Area sum, Area values, int rows) noexcept { add_values(*plan_.kernels, sum, values, {columns(), rows}); }
  void carry(const network::LayerPlan& layer, Area v) noexcept {
    if (layer.carry != 1) scale_values(layer.carry, {columns(), layer.conv.in}, v);
  }
  void multiply(const network::Pointwise& product, Area in, Area start, Area out) noexcept;
  void film(const network::FilmPlan& film, Area area) noexcept;

 private:
  int columns() const noexcept { return int(now_.size()); }
  const ColumnVoice& voice_of(Step step) const noexcept { return voices_[std::size_t(step.voice)]; }
  const float* bias_of(const network::CausalConv& conv, const network::LayerPlan* layer, Step step) const noexcept;
  const float** terms() noexcept {
    return buffers_.terms.data() + std::size_t(sharing_.member()) * buffers_.terms_of_member;
  }
  const float** tap_terms(const network::CausalConv& conv, std::span<const int> lags, std::span<const Step> steps,
                          Area x, const float** term) noexcept;
  Area begin_chain() noexcept;
  void convolve(const network::CausalConv& conv, const network::LayerPlan* layer, Area x, Area out) noexcept;
  void look_ahead(const network::CausalConv& conv, const network::LayerPlan* layer) noexcept;
  void convolve_rest(const network::CausalConv& conv, const network::LayerPlan* layer, Area x, Area out) noexcept;
  const float* const* newest_terms(const network::CausalConv& conv, Area x, const float* const* in) noexcept;
  void add_newest(const network::CausalConv& conv, Area x, Area out) noexcept;
  void convolve_now(const network::CausalConv& conv, const network::LayerPlan* layer, Area x, Area out) noexcept;
  void prefetch_next(const network::CausalConv& conv) noexcept;
  void activate_once(const model::Activation& activation, int rows, Area x) noexcept;

  const network::Plan& plan_;
  std::span<const ColumnVoice> voices_;
  ColumnState& state_;
  LookAhead& ahead_;
  ColumnBuffers& buffers_;
  std::span<const Step> now_;
  Area condition_;
  Sharing sharing_;
  Area acc_;
};

}  // namespace atrous::stream
