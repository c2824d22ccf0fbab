// A hypernet at work: what it adds to the targets, for one setting of the knobs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/hypernet.hpp"
#include "model/model_data.hpp"

namespace atrous::network {

// The values of all targets stand one after the other, each a tensor as the model has it.
class Hypernet {
 public:
  // The model has been validated.
  explicit Hypernet(const model::ModelData& model);

  const std::vector<model::Delta>& deltas() const noexcept { return deltas_; }
  std::size_t values() const noexcept { return base_.size(); }

  // What it passes through on its way.
  struct Scratch {
    explicit Scratch(const Hypernet& hypernet)
        : t(hypernet.widest_), next(hypernet.widest_), f(hypernet.readout_.bias.size()) {}
    std::vector<float> t, next, f;
  };

  // The targets' values [values()] where the rows of the knobs hold `knobs`. What is not finite is 0. Real-time safe.
  void evaluate(std::span<const float> knobs, Scratch& scratch, std::span<float> values) const noexcept;

 private:
  struct Layer {
    std::size_t in = 0, out = 0;
    std::vector<float> weights, bias;  // [in][out], so that the inner loop runs along the outputs; [out]
    void run(const float* x, float* y) const noexcept;
  };
  static Layer read(const model::ModelData& model, const model::ProductTensors& tensors);

  model::Activation activation_;
  std::vector<model::Delta> deltas_;
  std::vector<Layer> hidden_;
  Layer readout_;
  std::vector<float> base_;
  std::size_t widest_ = 0;
};

// The model of the hypernet in which the targets have the values of this setting of the knobs, [rows of the knobs].
model::ModelData baked(const model::ModelData& model, const Hypernet& hypernet, std::span<const float> knobs);

}  // namespace atrous::network
