// Which tensors a configuration calls for: the one place that spells their names and shapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.hpp"

namespace atrous::model {

// What a tensor is to precision (model/precision.hpp).
enum class TensorRole {
  other,              // biases, tables, and products that are small beside the rest
  weights,            // of the products that every sample reads
  sensitive_weights,  // likewise, but of the one that gives the output, and of those that mix the channels of features
};

struct TensorShape {
  std::string name;
  std::vector<std::int64_t> shape;
  TensorRole role = TensorRole::other;
};

/// Every tensor of a model with this configuration. The order is that of the weights in a `.nam` file, whose reader
/// relies on it. Groups must not be 0.
std::vector<TensorShape> tensor_shapes(const Config& config);

/// The number of values in a tensor of this shape; INT64_MAX where that does not fit, -1 for a negative size.
std::int64_t value_count(const std::vector<std::int64_t>& shape);

/// "[16, 1, 3]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// "stacks.0.layers.3.": how the names of a layer's tensors begin.
std::string layer_prefix(std::size_t stack, std::size_t layer);

/// "film.conv_pre": how the names of a film's tensors go on after that.
std::string film_name(FilmPoint point);

}  // namespace atrous::model
