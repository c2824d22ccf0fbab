#include "model/slice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "model/tensor_shapes.hpp"

namespace atrous::model {

namespace {

bool has_groups(const Layer& layer) noexcept {
  const auto grouped = [](const Conv& conv) { return conv.groups > 1; };
  return grouped(layer.conv) || std::any_of(layer.branches.begin(), layer.branches.end(), grouped) ||
         layer.mixin_groups > 1 || (layer.residual && layer.residual->groups > 1) ||
         (layer.skip && layer.skip->groups > 1) ||
         std::any_of(layer.film.begin(), layer.film.end(), [](const auto& film) { return film && film->groups > 1; });
}

void narrow(Activation& activation, int width) {
  if (!activation.slopes.empty()) activation.slopes.resize(std::size_t(width));
}

void narrow(Layer& layer, int channels) {
  const std::int64_t wide = layer.bottleneck;
  layer.bottleneck = int(std::max<std::int64_t>(1, wide * channels / layer.conv.in));
  const auto narrow_conv = [&](Conv& conv) { conv.in = channels, conv.out = layer.z_rows(); };
  narrow_conv(layer.conv);
  std::for_each(layer.branches.begin(), layer.branches.end(), narrow_conv);
  if (layer.residual) layer.residual->out = channels;
  narrow(layer.activation, layer.bottleneck);
  narrow(layer.secondary, layer.bottleneck);
}

void narrow(WaveNet& net, const std::vector<int>& channels) {
  for (std::size_t s = 0; s < net.stacks.size(); ++s) {
    Stack& stack = net.stacks[s];
    if (s > 0) stack.input.in = channels[s - 1];
    stack.input.out = channels[s];
    narrow(stack.input_activation, channels[s]);
    for (Layer& layer : stack.layers) narrow(layer, channels[s]);
    stack.head->in = stack.layers.front().skip_width();
    if (s > 0) net.stacks[s - 1].head->out = stack.layers.front().skip_width();
  }
}

// What remains of a tensor in a smaller shape of the same rank.
Tensor leading(const Tensor& tensor, const std::vector<std::int64_t>& shape) {
  Tensor result{shape, {}};
  result.values.reserve(std::size_t(value_count(shape)));
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::int64_t left = value_count(shape); left > 0; --left) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) place = place * tensor.shape[i] + index[i];
    result.values.push_back(tensor.values[std::size_t(place)]);
    for (std::size_t i = shape.size(); i-- > 0 && ++index[i] == shape[i];) index[i] = 0;
  }
  return result;
}

}  // namespace

bool can_slice(const Stack& stack) noexcept {
  const bool skips = stack.layers.front().skip.has_value();
  return stack.head && stack.head->groups == 1 && stack.input.groups == 1 &&
         std::all_of(stack.layers.begin(), stack.layers.end(), [&](const Layer& layer) {
           return layer.skip.has_value() == skips && !has_groups(layer) && !layer.concatenates();
         });
}

ModelData slice(const ModelData& data, const std::vector<int>& channels) {
  ModelData result = data;
  result.sizes.clear();
  narrow(result.config.wavenet, channels);
  for (const TensorShape& tensor : tensor_shapes(result.config)) {
    Tensor& values = result.tensors.at(tensor.name);
    if (values.shape != tensor.shape) values = leading(values, tensor.shape);
  }
  return result;
}

}  // namespace atrous::model
