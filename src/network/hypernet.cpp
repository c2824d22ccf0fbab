#include "network/hypernet.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/scalar_activation.hpp"
#include "model/knobs.hpp"

namespace atrous::network {

Hypernet::Layer Hypernet::read(const model::ModelData& model, const model::ProductTensors& tensors) {
  const model::Tensor& weight = model::find_tensor(model.tensors, tensors.weight, model.name);
  Layer layer;
  layer.out = std::size_t(weight.shape[0]);
  layer.in = std::size_t(weight.shape[1]);
  layer.bias = model::find_tensor(model.tensors, *tensors.bias, model.name).values;
  layer.weights.resize(weight.values.size());
  for (std::size_t o = 0; o < layer.out; ++o) {
    for (std::size_t i = 0; i < layer.in; ++i) layer.weights[i * layer.out + o] = weight.values[o * layer.in + i];
  }
  return layer;
}

void Hypernet::Layer::run(const float* x, float* y) const noexcept {
  std::copy(bias.begin(), bias.end(), y);
  for (std::size_t i = 0; i < in; ++i) {
    const float* const w = weights.data() + i * out;
    for (std::size_t o = 0; o < out; ++o) y[o] += w[o] * x[i];
  }
}

Hypernet::Hypernet(const model::ModelData& model)
    : activation_(model.config.hypernet->activation), deltas_(model::deltas(model.config)) {
  const model::HypernetTensors tensors = *model::model_tensors(model.config).hypernet;
  widest_ = std::size_t(model::knob_rows(model.config));
  for (const model::ProductTensors& each : tensors.hidden) {
    hidden_.push_back(read(model, each));
    widest_ = std::max(widest_, hidden_.back().out);
  }
  readout_ = read(model, tensors.readout);
  for (const model::Delta& delta : deltas_) {
    const std::vector<float>& values = model::find_tensor(model.tensors, delta.tensor, model.name).values;
    base_.insert(base_.end(), values.begin(), values.end());
  }
}

void Hypernet::evaluate(std::span<const float> knobs, Scratch& scratch, std::span<float> values) const noexcept {
  std::copy(knobs.begin(), knobs.end(), scratch.t.begin());
  for (const Layer& layer : hidden_) {
    layer.run(scratch.t.data(), scratch.next.data());
    for (std::size_t o = 0; o < layer.out; ++o) scratch.next[o] = kernels::activate(activation_, 0, scratch.next[o]);
    scratch.t.swap(scratch.next);
  }
  readout_.run(scratch.t.data(), scratch.f.data());
  const float *f = scratch.f.data(), *base = base_.data();
  float* to = values.data();
  for (const model::Delta& delta : deltas_) {
    const auto columns = std::size_t(delta.columns), rank = std::size_t(delta.rank);
    const float* const v = f + std::size_t(delta.rows) * rank;  // behind U
    for (std::size_t o = 0; o < std::size_t(delta.rows); ++o, base += columns, to += columns) {
      std::copy_n(base, columns, to);
      if (rank == 0) {
        for (std::size_t i = 0; i < columns; ++i) to[i] += f[o * columns + i];
      }
      for (std::size_t k = 0; k < rank; ++k) {
        const float u = f[o * rank + k];
        for (std::size_t i = 0; i < columns; ++i) to[i] += u * v[k * columns + i];
      }
    }
    f += delta.width();
  }
  for (float& value : values) value = std::isfinite(value) ? value : 0.0f;
}

model::ModelData baked(const model::ModelData& model, const Hypernet& hypernet, std::span<const float> knobs) {
  Hypernet::Scratch scratch(hypernet);
  std::vector<float> values(hypernet.values());
  hypernet.evaluate(knobs, scratch, values);
  model::ModelData result = model;
  auto from = values.begin();
  for (const model::Delta& delta : hypernet.deltas()) {
    model::Tensor& tensor = result.tensors.at(delta.tensor.name);
    std::copy_n(from, delta.size(), tensor.values.begin());
    from += delta.size();
  }
  return result;
}

}  // namespace atrous::network
