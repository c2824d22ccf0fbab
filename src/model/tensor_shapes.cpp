#include "model/tensor_shapes.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "model/config_names.hpp"
#include "model/field.hpp"
#include "model/hypernet.hpp"
#include "model/knobs.hpp"

namespace atrous::model {

namespace {

ProductTensors product(const std::string& name, std::vector<std::int64_t> shape, std::int64_t rows, bool bias,
                       TensorRole role = TensorRole::other) {
  ProductTensors tensors{name, {name + ".weight", std::move(shape), role}, {}};
  if (bias) tensors.bias = {name + ".bias", {rows}};
  return tensors;
}

ProductTensors conv_tensors(const std::string& name, const Conv& conv, TensorRole role) {
  return product(name, {conv.out, conv.in / conv.groups, conv.kernel}, conv.out, conv.bias, role);
}

ProductTensors pointwise(const std::string& name, const Pointwise& conv, int in) {
  return product(name, {conv.out, in / conv.groups}, conv.out, conv.bias, TensorRole::weights);
}

ProductTensors film_tensors(const std::string& layer_name, const Layer& layer, FilmPoint point, const Film& film,
                            int condition) {
  const int rows = (film.shift ? 2 : 1) * film_width(layer, point, layer.conv.in, condition);
  return product(layer_name + "." + film_name(point), {rows, condition / film.groups}, rows, true);
}

LayerTensors layer_tensors(const std::string& name, const Layer& layer, const WaveNet& net) {
  const int rows = layer.z_rows(), condition = net.condition.channels;
  LayerTensors tensors;
  tensors.name = name;
  tensors.conv = conv_tensors(name + ".conv", layer.conv, TensorRole::weights);
  for (std::size_t n = 0; n < layer.branches.size(); ++n) {
    const std::string branch = name + std::string(branches_of_layer) + std::to_string(n);
    tensors.branches.push_back(conv_tensors(branch, layer.branches[n], TensorRole::weights));
  }
  if (net.condition.kind != ConditionKind::none) {
    tensors.mixin =
        product(name + ".mixin", {rows, condition / layer.mixin_groups}, rows, layer.mixin_bias, TensorRole::weights);
  }
  if (net.speakers)
    tensors.speaker = product(name + ".speaker", {rows, net.speakers->channels}, rows, layer.speaker_bias);
  if (layer.residual) tensors.residual = pointwise(name + ".residual", *layer.residual, layer.bottleneck);
  if (layer.skip) tensors.skip = pointwise(name + ".skip", *layer.skip, layer.bottleneck);
  for (std::size_t i = 0; i < film_points; ++i) {
    if (layer.film[i])
      tensors.film[i] = film_tensors(name, layer, static_cast<FilmPoint>(i), *layer.film[i], condition);
  }
  return tensors;
}

TensorRole role_of(bool last) {
  return last ? TensorRole::sensitive_weights : TensorRole::weights;
}

StackTensors stack_tensors(std::size_t index, const WaveNet& net) {
  const Stack& stack = net.stacks[index];
  StackTensors tensors;
  tensors.name = "stacks." + std::to_string(index);
  tensors.input =
      conv_tensors(tensors.name + ".input", stack.input, index == 0 ? TensorRole::other : TensorRole::weights);
  for (std::size_t n = 0; n < stack.layers.size(); ++n) {
    tensors.layers.push_back(layer_tensors(tensors.name + ".layers." + std::to_string(n), stack.layers[n], net));
  }
  const bool last = index + 1 == net.stacks.size() && net.post.empty();
  if (stack.head) tensors.head = conv_tensors(tensors.name + ".head", *stack.head, role_of(last));
  return tensors;
}

std::optional<ProductTensors> stage_tensors(const std::string& name, const UpsampleStage& stage) {
  switch (stage.kind) {
    case UpsampleKind::repeat:
      break;
    case UpsampleKind::conv:
      return product(name, {stage.out, stage.in / stage.groups, stage.kernel}, stage.out, stage.bias,
                     TensorRole::sensitive_weights);
    case UpsampleKind::transposed:
      return product(name, {stage.in, stage.out / stage.groups, stage.kernel}, stage.out, stage.bias,
                     TensorRole::sensitive_weights);
    case UpsampleKind::stretch:
    case UpsampleKind::transposed2d:
      return product(name, {stage.frequency_kernel, stage.kernel}, 1, stage.bias);
  }
  return {};
}

HypernetTensors hypernet_tensors(const Config& config) {
  HypernetTensors tensors;
  std::int64_t in = knob_rows(config);
  for (std::size_t n = 0; n < config.hypernet->hidden.size(); ++n) {
    const std::int64_t out = config.hypernet->hidden[n];
    tensors.hidden.push_back(product("hypernet." + std::to_string(n), {out, in}, out, true));
    in = out;
  }
  std::int64_t rows = 0;
  for (const Delta& delta : deltas(config)) rows += delta.width();
  tensors.readout = product("hypernet.readout", {rows, in}, rows, true);
  return tensors;
}

// Tensors in a row.
class Row {
 public:
  void add(const TensorShape& tensor) { list_.push_back(tensor); }
  void add(const ProductTensors& tensors) {
    add(tensors.weight);
    add(tensors.bias);
  }
  void add(const LayerTensors& tensors) {
    add(tensors.conv);
    add(tensors.branches);
    for (const auto* each : {&tensors.mixin, &tensors.speaker, &tensors.residual, &tensors.skip}) add(*each);
    add(tensors.film);
  }
  void add(const StackTensors& tensors) {
    add(tensors.input);
    add(tensors.layers);
    add(tensors.head);
  }
  void add(const PostTensors& tensors) {
    add(tensors.product);
    add(tensors.hidden);
    add(tensors.cell);
  }
  void add(const HypernetTensors& tensors) {
    add(tensors.hidden);
    add(tensors.readout);
  }
  void add(const FeatureTensors& tensors) {
    add(tensors.mean);
    add(tensors.scale);
  }
  template <class T>
  void add(const std::optional<T>& tensors) {
    if (tensors) add(*tensors);
  }
  template <class T>
  void add(const std::vector<T>& tensors) {
    for (const T& each : tensors) add(each);
  }
  template <class T, std::size_t size>
  void add(const std::array<T, size>& tensors) {
    for (const T& each : tensors) add(each);
  }

  std::vector<TensorShape> take() { return std::move(list_); }

 private:
  std::vector<TensorShape> list_;
};

}  // namespace

std::string film_name(FilmPoint point) {
  return "film." + std::string(names_of(point)[std::size_t(point)]);
}

PostTensors post_tensors(std::size_t index, const PostLayer& layer, bool last) {
  const std::string name = "post." + std::to_string(index);
  if (layer.kind == PostKind::conv) return {conv_tensors(name, layer.conv, role_of(last)), {}, {}};
  const std::int64_t in = layer.conv.in, cells = layer.conv.out;
  PostTensors tensors{product(name, {gates(layer.kind) * cells, in + cells}, cell_biases * cells, true),
                      TensorShape{name + ".hidden", {cells}},
                      {}};
  if (layer.kind == PostKind::lstm) tensors.cell = TensorShape{name + ".cell", {cells}};
  return tensors;
}

std::vector<std::optional<ProductTensors>> upsampler_tensors(const Condition& condition) {
  std::vector<std::optional<ProductTensors>> stages;
  for (std::size_t n = 0; n < condition.upsampler.size(); ++n) {
    stages.push_back(stage_tensors("upsampler." + std::to_string(n), condition.upsampler[n]));
  }
  return stages;
}

FeatureTensors feature_tensors(const Features& features) {
  return {{"features.mean", {features.bins}}, {"features.scale", {features.bins}}};
}

ModelTensors model_tensors(const Config& config) {
  const WaveNet& net = config.wavenet;
  ModelTensors tensors;
  for (std::size_t s = 0; s < net.stacks.size(); ++s) tensors.stacks.push_back(stack_tensors(s, net));
  for (std::size_t n = 0; n < net.post.size(); ++n) {
    tensors.post.push_back(post_tensors(n, net.post[n], n + 1 == net.post.size()));
  }
  if (net.speakers) tensors.speakers = {"speakers.weight", {net.speakers->count, net.speakers->channels}};
  tensors.upsampler = upsampler_tensors(net.condition);
  if (config.features && config.features->normalized) tensors.features = feature_tensors(*config.features);
  if (config.hypernet) tensors.hypernet = hypernet_tensors(config);
  return tensors;
}

std::vector<TensorShape> network_tensor_shapes(const Config& config) {
  Config network = config;
  network.hypernet.reset();
  return tensor_shapes(network);
}

std::vector<TensorShape> tensor_shapes(const Config& config) {
  const ModelTensors tensors = model_tensors(config);
  Row row;
  row.add(tensors.stacks);
  row.add(tensors.post);
  row.add(tensors.speakers);
  row.add(tensors.upsampler);
  row.add(tensors.features);
  row.add(tensors.hypernet);
  return row.take();
}

const Tensor& find_tensor(const Tensors& tensors, const TensorShape& wanted, const std::string& file) {
  const auto found = tensors.find(wanted.name);
  const Field field{file, wanted.name};
  if (found == tensors.end()) field.fail("missing, expected shape " + shape_text(wanted.shape));
  const Tensor& tensor = found->second;
  if (tensor.shape != wanted.shape || std::int64_t(tensor.values.size()) != value_count(wanted.shape)) {
    field.fail("expected shape " + shape_text(wanted.shape) + ", found " + shape_text(tensor.shape));
  }
  return tensor;
}

void put_tensor(Tensors& tensors, const TensorShape& tensor, std::vector<float> values) {
  tensors[tensor.name] = {tensor.shape, std::move(values)};
}

std::int64_t value_count(const std::vector<std::int64_t>& shape) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; })) return -1;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (count > most / size) return most;
    count *= size;
  }
  return count;
}

std::int64_t value_counts(const std::vector<TensorShape>& tensors) {
  std::int64_t count = 0;
  for (const TensorShape& tensor : tensors) count += value_count(tensor.shape);
  return count;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace atrous::model
