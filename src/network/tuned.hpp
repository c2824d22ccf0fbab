// Networks whose knobs change their weights while they run.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/model_data.hpp"
#include "network/hypernet.hpp"
#include "network/provenance.hpp"

namespace atrous::network {

// What all voices of such a network share.
struct Tuning {
  Tuning(const model::ModelData& model, const kernels::Kernels& kernels);

  Hypernet hypernet;
  model::ModelData model;  // with the weights of the knobs' defaults
  Provenance provenance;
};

// A plan of its own for one voice, which one thread changes and runs. The plan that it was made of must outlive it.
class TunedPlan {
 public:
  explicit TunedPlan(const Plan& shared);

  const Plan& plan() const noexcept { return plan_; }

  // Gives it the weights of what the rows of the knobs hold. Real-time safe; takes as long as a few blocks of a network
  // whose every weight changes.
  void set(std::span<const float> knobs) noexcept;

 private:
  const Tuning& tuning_;
  Plan plan_;
  Hypernet::Scratch scratch_;
  std::vector<float> values_;
};

}  // namespace atrous::network
