// From what a model says to what runs: constant factors folded into weights, in double precision, then packed.
#pragma once

#include "model/model_data.hpp"
#include "network/plan.hpp"

namespace atrous::network {

// The model has been validated (model/validate.hpp); the kernels outlive the plan.
// Has a column shape where the model generates or, as one that makes a condition, where it is asked for.
Plan fold(const model::ModelData& model, const kernels::Kernels& kernels, bool columns = false);

}  // namespace atrous::network
