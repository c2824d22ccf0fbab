#include "network/interpolation.hpp"

#include <algorithm>

namespace atrous::network {
namespace {

std::int64_t most_rows(const std::vector<UpsamplerStage>& stages, std::size_t level, std::int64_t samples) {
  for (std::size_t n = stages.size(); n-- > level;) samples = stages[n].most_inputs(samples);
  return samples;
}

// Multiply-adds per sample and row of a projection before the stages from `level` on: its own, and the weighted sum.
double cost(const UpsamplerPlan& upsampler, std::size_t level) {
  std::int64_t hop = 1;
  for (std::size_t n = level; n < upsampler.stages().size(); ++n) hop *= upsampler.stages()[n].phases;
  return double(upsampler.channels_out()) / double(hop) + double(most_rows(upsampler.stages(), level, 1));
}

}  // namespace

Interpolation::Interpolation(const UpsamplerPlan& upsampler, bool whole)
    : level_(upsampler.stages().size()), bins_(upsampler.channels_out()) {
  for (std::size_t level = level_; !whole && level-- > upsampler.first_commuting();) {
    if (cost(upsampler, level) < cost(upsampler, level_)) level_ = level;
  }
  stages_.assign(upsampler.stages().begin() + std::ptrdiff_t(level_), upsampler.stages().end());
  for (std::size_t n = 0; n < stages_.size(); ++n) {
    hop_ *= stages_[n].phases;
    widest_ = std::max(widest_, std::size_t(network::most_rows(stages_, n, 1)));
  }
}

std::int64_t Interpolation::most_rows(std::int64_t samples) const noexcept {
  return network::most_rows(stages_, 0, samples);
}

// Backwards from the sample: what each stage's outputs weigh, its inputs weigh through its taps.
RowRange Interpolation::weigh(std::int64_t t, const std::int64_t* settled, double* scratch,
                              float* weights) const noexcept {
  RowRange range{t, t + 1};
  double *of_outputs = scratch, *of_inputs = scratch + widest_;
  of_outputs[0] = 1;
  for (std::size_t n = stages_.size(); n-- > 0;) {
    const UpsamplerStage& stage = stages_[n];
    RowRange inputs = stage.inputs(range);
    inputs = {std::max<std::int64_t>(inputs.begin, 0), std::min(inputs.end, settled[n])};
    if (inputs.begin >= inputs.end) return {0, 0};
    std::fill(of_inputs, of_inputs + (inputs.end - inputs.begin), 0.0);
    for (std::int64_t out = range.begin; out < range.end; ++out) {
      const std::int64_t frame = (out + stage.origin) / stage.phases;
      const auto phase = std::size_t((out + stage.origin) % stage.phases);
      for (int i = stage.first_tap[phase]; i < stage.first_tap[phase + 1]; ++i) {
        const std::int64_t row = frame + stage.taps[i].offset;
        if (row < inputs.begin || row >= inputs.end) continue;
        of_inputs[row - inputs.begin] += of_outputs[out - range.begin] * double(stage.weights[stage.taps[i].weights]);
      }
    }
    std::swap(of_outputs, of_inputs);
    range = inputs;
  }
  for (std::int64_t i = 0; i < range.end - range.begin; ++i) weights[i] = float(of_outputs[i]);
  return range;
}

}  // namespace atrous::network
