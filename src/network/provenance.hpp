// What the packed numbers of a plan are made of: for networks whose weights change while they run.
//
// Folding and packing are linear in the tensors: every packed number is a sum of a few of their values, each times a
// constant. Which they are shows when tensors are folded whose values say where they stand.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/hypernet.hpp"
#include "network/plan.hpp"

namespace atrous::network {

class Provenance {
 public:
  // Of the tensors that `deltas` name, whose values are counted through them in their order. Throws Error (invalid)
  // where there is too much to fold.
  Provenance(const model::ModelData& model, const std::vector<model::Delta>& deltas, const kernels::Kernels& kernels);

  // Packs these values of the tensors into a plan of the same model, in place. Real-time safe.
  void pack(std::span<const float> values, Plan& plan) const noexcept;

 private:
  // packed += factor · value; in the order of the packed numbers.
  struct Part {
    std::uint32_t packed, value;
    float factor;
  };
  void probe(const model::ModelData& zeros, const std::vector<std::size_t>& group,
             const std::vector<model::Delta>& deltas, const kernels::Kernels& kernels);

  std::vector<Part> parts_;
  std::vector<float> rest_;  // of every packed number that has parts: what other tensors add to it
};

}  // namespace atrous::network
