#include "network/tuned.hpp"

#include "model/knobs.hpp"
#include "network/fold.hpp"

namespace atrous::network {
namespace {

std::vector<float> default_rows(const model::Config& config) {
  std::vector<float> rows;
  for (const model::Knob& knob : config.knobs) {
    for (int row = 0; row < model::knob_rows(knob); ++row) {
      rows.push_back(model::knob_row(knob, row, knob.default_value));
    }
  }
  return rows;
}

}  // namespace

Tuning::Tuning(const model::ModelData& data, const kernels::Kernels& kernels)
    : model(baked(data, default_rows(data.config))), hypernet(data), provenance(model, hypernet.deltas(), kernels) {}

TunedPlan::TunedPlan(const Plan& shared)
    : tuning_(*shared.tuning),
      plan_(fold(tuning_.model, *shared.kernels)),
      scratch_(tuning_.hypernet),
      values_(tuning_.hypernet.values()) {
  plan_.info = shared.info;
}

void TunedPlan::set(std::span<const float> knobs) noexcept {
  tuning_.hypernet.evaluate(knobs, scratch_, values_);
  tuning_.provenance.pack(values_, plan_);
}

}  // namespace atrous::network
