// From the tensors of a model to the terms of products: what fold.cpp builds the plan of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"
#include "network/plan.hpp"

namespace atrous::network {

// What folding reads and what it fills.
struct Context {
  Context(const model::ModelData& model, Plan& plan);

  const model::ModelData& model;
  Plan& plan;
  const kernels::Kernels& kernels;
  model::ModelTensors tensors;
};

// Tensor values as doubles times `scale`. Throws Error (invalid) where the file has no such tensor.
std::vector<double> scaled(const Context& context, const model::TensorShape& tensor, double scale = 1);

// The bias of a product times `scale`; zeros where the configuration has none.
std::vector<double> bias_of(const Context& context, const model::ProductTensors& tensors, double scale = 1);

void add_to(std::vector<double>& sum, const std::vector<double>& values);

// The terms of a conv's taps from the oldest to the newest, from weight [out][in/groups][kernel], and their lags.
struct Taps {
  std::vector<Term> terms;
  std::vector<int> lags;  // descending
};
Taps taps_of(const Context& context, const model::Conv& conv, const model::ProductTensors& tensors, double scale);

// Those of convs side by side as of one, which orders the taps of one lag as the convs. What it adds up of them is one
// term where that is as exact: weights of f32, of the same rows and groups.
Taps joined(std::vector<Taps> convs);

// W · condition, for the mixin or a film.
Term condition_term(const Context& context, const model::ProductTensors& tensors, int groups);

// A 1x1 of the bottleneck, and one that stands for none: `scale` times what it reads.
Affine pointwise(const Context& context, const model::Pointwise& shape, int bottleneck,
                 const model::ProductTensors& tensors, double scale);
Affine identity(const Context& context, int bottleneck, double scale);

// One product for two of the same input. The lower one starts on a vector boundary, after rows of zeros.
Affine stacked(const Affine& upper, const Affine& lower);

// Keeps numbers within the range of a float, which those of a finite model may leave once its scales are folded in. The
// plan's warnings name the tensors `name` then.
void bound(const Context& context, const std::string& name, std::span<double> values);
void bound(const Context& context, const std::string& name, Affine& affine);

// Adds what a product costs a generated sample, `samples` of which it serves at once.
void count(const Context& context, const Affine& affine, std::int64_t samples = 1);

}  // namespace atrous::network
