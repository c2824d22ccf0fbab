// Which tensors a configuration calls for: the one place that spells their names and shapes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"
#include "model/tensors.hpp"

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

// Those of one product, without a bias where the configuration has none.
struct ProductTensors {
  std::string name;    // "stacks.0.layers.3.conv": how both begin
  TensorShape weight;  // [rows, ...]
  std::optional<TensorShape> bias;
};

struct LayerTensors {
  std::string name;  // "stacks.0.layers.3"
  ProductTensors conv;
  std::vector<ProductTensors> branches;
  std::optional<ProductTensors> mixin, speaker, residual, skip;
  std::array<std::optional<ProductTensors>, film_points> film;
};

struct StackTensors {
  std::string name;  // "stacks.0"
  ProductTensors input;
  std::vector<LayerTensors> layers;
  std::optional<ProductTensors> head;
};

struct PostTensors {
  ProductTensors product;                   // of cells: [gates · cells, inputs + cells]
  std::optional<TensorShape> hidden, cell;  // what they start from; GRUs have no `cell`
};

struct FeatureTensors {
  TensorShape mean, scale;
};

struct HypernetTensors {
  std::vector<ProductTensors> hidden;
  ProductTensors readout;
};

// Every tensor of a model, where it belongs in the graph.
struct ModelTensors {
  std::vector<StackTensors> stacks;
  std::vector<PostTensors> post;
  std::optional<TensorShape> speakers;
  std::vector<std::optional<ProductTensors>> upsampler;  // of each stage; a repetition has none
  std::optional<FeatureTensors> features;                // where they are normalised
  std::optional<HypernetTensors> hypernet;
};

// Groups must not be 0.
ModelTensors model_tensors(const Config& config);

// Parts of it, for what has no more than a part of the configuration.
PostTensors post_tensors(std::size_t index, const PostLayer& layer, bool last);
std::vector<std::optional<ProductTensors>> upsampler_tensors(const Condition& condition);
FeatureTensors feature_tensors(const Features& features);

// Those of the network itself, without its hypernet's.
std::vector<TensorShape> network_tensor_shapes(const Config& config);

// All of them in a row. The order is that of the weights in a `.nam` file, whose reader relies on it.
std::vector<TensorShape> tensor_shapes(const Config& config);

// The tensor that is asked for. Throws Error (invalid), which `file` begins, where it is missing or of another shape.
const Tensor& find_tensor(const Tensors& tensors, const TensorShape& wanted, const std::string& file);

// Gives the tensor these values, as many as its shape has.
void put_tensor(Tensors& tensors, const TensorShape& tensor, std::vector<float> values);

// The number of values in a tensor of this shape; INT64_MAX where that does not fit, -1 for a negative size.
std::int64_t value_count(const std::vector<std::int64_t>& shape);
std::int64_t value_counts(const std::vector<TensorShape>& tensors);  // of all together, in a validated configuration

// "[16, 1, 3]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

// How the tensors of a layer's branches are called: "stacks.0.layers.3.branches.0.weight".
inline constexpr std::string_view branches_of_layer = ".branches.";

// "film.conv_pre": how a film is called in a layer.
std::string film_name(FilmPoint point);

}  // namespace atrous::model
