// From what a model says to what runs: constant factors folded into weights, in double precision, then packed.
#pragma once

#include "model/model_data.hpp"
#include "network/plan.hpp"

namespace atrous::network {

// The model has been validated (model/validate.hpp); the kernels outlive the plan.
Plan fold(const model::ModelData& model, const kernels::Kernels& kernels);

}  // namespace atrous::network
