#include "network/tuned.hpp"

#include "model/knobs.hpp"
#include "network/fold.hpp"

namespace atrous::network {

Tuning::Tuning(const model::ModelData& data, const kernels::Kernels& kernels)
    : hypernet(data),
      model(baked(data, hypernet, model::knob_row_values(data.config.knobs, {}))),
      provenance(model, hypernet.deltas(), kernels) {}

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
