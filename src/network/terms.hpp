// From the tensors of a model to the terms of products: what fold.cpp builds the plan of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model_data.hpp"
#include "network/plan.hpp"

namespace atrous::network {

// What folding reads and what it fills.
struct Context {
  Context(const model::ModelData& model, const kernels::Kernels& kernels, Plan& plan);

  const model::ModelData& model;
  const kernels::Kernels& kernels;
  Plan& plan;
  std::map<std::string, Precision> stored;  // of the tensors
};

// Tensor values as doubles times `scale`; an absent tensor (a bias the config does not have) reads as zeros.
std::vector<double> scaled(const Context& context, const std::string& name, double scale, std::size_t size);

void add_to(std::vector<double>& sum, const std::vector<double>& values);

// The terms of a conv's taps from the oldest to the newest, from weight [out][in/groups][kernel].
void add_taps(const Context& context, const model::Conv& conv, const std::string& name, double scale, Affine& affine);

// W · condition, for the mixin or a film of `rows` rows.
Term condition_term(const Context& context, const std::string& name, int rows, int groups);

// A 1x1 of the bottleneck; `pointwise` absent stands for the identity.
Affine pointwise(const Context& context, const std::optional<model::Pointwise>& shape, int bottleneck,
                 const std::string& name, double scale);

// One product for two of the same input. The lower one starts on a vector boundary, after rows of zeros.
Affine stacked(const Affine& upper, const Affine& lower);

// Keeps numbers within the range of a float, which those of a finite model may leave once its scales are folded in. The
// plan's warnings name the tensors `name` then.
void bound(const Context& context, const std::string& name, std::span<double> values);
void bound(const Context& context, const std::string& name, Affine& affine);

// Adds what a product costs a generated sample, `samples` of which it serves at once.
void count(const Context& context, const Affine& affine, std::int64_t samples = 1);

}  // namespace atrous::network
