#include "model/formats/nam_architectures.hpp"

#include <algorithm>
#include <array>

#include "model/activation_json.hpp"
#include "model/knobs.hpp"
#include "model/limits.hpp"
#include "model/tensor_shapes.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

constexpr std::array<const char*, film_points> film_keys{
    "conv_pre_film",       "conv_post_film",       "input_mixin_pre_film", "input_mixin_post_film",
    "activation_pre_film", "activation_post_film", "layer1x1_post_film",   "head1x1_post_film",
};

int read_channels(const JsonView& json) {
  return json.integer(1, max_channels);
}

int read_channels(const JsonView& parent, const std::string& key, int default_value) {
  const auto json = parent.find(key);
  return json ? read_channels(*json) : default_value;
}

bool read_flag(const JsonView& parent, const std::string& key, bool default_value) {
  const auto json = parent.find(key);
  return json ? json->boolean() : default_value;
}

// Groups that divide both widths; 1 where the key is absent.
int read_groups(const JsonView& parent, const std::string& key, int in, int out) {
  const auto json = parent.find(key);
  if (!json) return 1;
  const int groups = json->integer(1, max_channels);
  if (in % groups != 0 || out % groups != 0) {
    json->fail(ErrorCode::invalid, "expected a divisor of " + std::to_string(in) + " and " + std::to_string(out) +
                                       ", found " + std::to_string(groups));
  }
  return groups;
}

// A key whose value is one for all layers or a list with one per layer.
JsonView of_layer(const JsonView& json, std::size_t layer, std::size_t layers) {
  if (!json.is_array()) return json;
  if (json.size() != layers) json.expected("an array of " + std::to_string(layers) + ", one per dilation");
  return json[layer];
}

// One layer array: everything that its layers share.
struct Array {
  JsonView json;
  JsonView dilations;
  std::size_t layers = 0;
  int channels = 0, bottleneck = 0, condition = 0;

  // `rows`: the rows of the condition.
  Array(const JsonView& array, int rows) : json(array), dilations(array.at("dilations")), condition(rows) {
    layers = dilations.size(max_layers);
    if (layers == 0) dilations.expected("at least one dilation");
    channels = read_channels(json.at("channels"));
    bottleneck = read_channels(json, "bottleneck", channels);
  }
};

int read_kernel(const Array& array, std::size_t layer) {
  const auto single = array.json.find("kernel_size");
  const auto list = array.json.find("kernel_sizes");
  if (single && list) list->fail(ErrorCode::format, "excludes kernel_size, but both are present");
  if (!list) return array.json.at("kernel_size").integer(1, max_kernel);
  list->size(max_layers);
  return of_layer(*list, layer, array.layers).integer(1, max_kernel);
}

Gating read_gating(const Array& array, std::size_t layer) {
  const auto mode = array.json.find("gating_mode");
  if (!mode) return read_flag(array.json, "gated", false) ? Gating::gated : Gating::none;
  const JsonView json = of_layer(*mode, layer, array.layers);
  if (json.string() == "none") return Gating::none;
  if (json.string() == "gated") return Gating::gated;
  if (json.string() == "blended") return Gating::blended;
  json.expected("\"none\", \"gated\" or \"blended\"");
}

// Sigmoid where the key is absent or null.
Activation read_secondary(const Array& array, std::size_t layer) {
  Activation sigmoid;
  sigmoid.kind = ActivationKind::sigmoid;
  const auto all = array.json.find("secondary_activation");
  if (!all) return sigmoid;
  const JsonView json = of_layer(*all, layer, array.layers);
  return json.is_null() ? sigmoid : activation_from_json(json, UnknownKeys::ignore);
}

std::optional<Pointwise> read_layer1x1(const Array& array) {
  const auto json = array.json.find("layer1x1");
  const bool active = !json || read_flag(*json, "active", true);
  if (!active) {
    if (array.bottleneck != array.channels) {
      json->fail(ErrorCode::invalid, "inactive, which needs a bottleneck equal to channels: expected " +
                                         std::to_string(array.channels) + ", found " +
                                         std::to_string(array.bottleneck));
    }
    return std::nullopt;
  }
  return Pointwise{array.channels, json ? read_groups(*json, "groups", array.bottleneck, array.channels) : 1, true};
}

std::optional<Pointwise> read_head1x1(const Array& array) {
  const auto json = array.json.find("head1x1");
  if (!json || !read_flag(*json, "active", false)) return std::nullopt;
  const int out = read_channels(json->at("out_channels"));
  return Pointwise{out, read_groups(*json, "groups", array.bottleneck, out), true};
}

// The film of a layer that is otherwise read.
std::optional<Film> read_film(const Array& array, const Layer& layer, FilmPoint point) {
  const auto json = array.json.find(film_keys[std::size_t(point)]);
  if (!json || (json->is_boolean() && !json->boolean())) return std::nullopt;
  if (!json->is_object()) json->expected("false or an object");
  if (!read_flag(*json, "active", true)) return std::nullopt;
  if (point == FilmPoint::residual_post && !layer.residual) {
    json->fail(ErrorCode::invalid, "active, which needs an active layer1x1");
  }
  if (point == FilmPoint::skip_post && !layer.skip)
    json->fail(ErrorCode::invalid, "active, which needs an active head1x1");
  Film film;
  film.shift = read_flag(*json, "shift", true);
  const int rows = (film.shift ? 2 : 1) * film_width(layer, point, array.channels, array.condition);
  film.groups = read_groups(*json, "groups", array.condition, rows);
  return film;
}

Layer read_layer(const Array& array, std::size_t n) {
  Layer layer;
  layer.gating = read_gating(array, n);
  layer.bottleneck = array.bottleneck;
  layer.activation = activation_from_json(of_layer(array.json.at("activation"), n, array.layers), UnknownKeys::ignore);
  if (layer.gating != Gating::none) layer.secondary = read_secondary(array, n);
  layer.conv.in = array.channels;
  layer.conv.out = layer.gating == Gating::none ? array.bottleneck : 2 * array.bottleneck;
  layer.conv.kernel = read_kernel(array, n);
  layer.conv.dilation = array.dilations[n].integer(1, max_dilation);
  layer.conv.groups = read_groups(array.json, "groups_input", layer.conv.in, layer.conv.out);
  layer.mixin_groups = read_groups(array.json, "groups_input_mixin", array.condition, layer.conv.out);
  layer.skip = read_head1x1(array);
  layer.residual = read_layer1x1(array);
  for (std::size_t i = 0; i < film_points; ++i) layer.film[i] = read_film(array, layer, static_cast<FilmPoint>(i));
  return layer;
}

// The head rechannel, as an object or as the older head_size and head_bias.
Conv read_head(const Array& array, int in) {
  Conv conv;
  conv.in = in;
  if (const auto json = array.json.find("head")) {
    conv.out = read_channels(json->at("out_channels"));
    conv.kernel = json->at("kernel_size").integer(1, max_kernel);
    conv.bias = json->at("bias").boolean();
    if (const auto dilation = json->find("head_dilation")) conv.dilation = dilation->integer(1, max_dilation);
  } else {
    conv.out = read_channels(array.json.at("head_size"));
    conv.bias = array.json.at("head_bias").boolean();
  }
  return conv;
}

// What the original runtime demands of an array after the first.
void check_chain(const JsonView& json, const Stack& previous, const Stack& stack) {
  const auto equal = [&](const char* key, int found, int wanted, const char* what) {
    if (found == wanted) return;
    fail(ErrorCode::invalid, json.file(), json.path() + "." + key,
         "expected " + std::to_string(wanted) + " (" + what + " of the array before), found " + std::to_string(found));
  };
  equal("input_size", stack.input.in, previous.input.out, "channels");
  equal("channels", stack.input.out, previous.head->out, "head size");
  equal(stack.layers[0].skip ? "head1x1.out_channels" : "bottleneck", stack.head->in, previous.head->out, "head size");
}

Stack read_array(const JsonView& json, int inputs, int condition) {
  const Array array(json, condition);
  Stack stack;
  stack.input.in = inputs;
  stack.input.out = array.channels;
  stack.input.bias = false;
  for (std::size_t n = 0; n < array.layers; ++n) stack.layers.push_back(read_layer(array, n));
  stack.head = read_head(array, stack.layers[0].skip_width());
  return stack;
}

// The post-stack head: activation and convolution, repeated.
std::vector<PostLayer> read_post(const JsonView& json, int in) {
  const Activation activation = activation_from_json(json.at("activation"), UnknownKeys::ignore);
  const int channels = read_channels(json.at("channels"));
  const int out = read_channels(json.at("out_channels"));
  const JsonView kernels = json.at("kernel_sizes");
  std::vector<PostLayer> post(kernels.size(max_post_layers));
  if (post.empty()) kernels.expected("at least one kernel size");
  for (std::size_t n = 0; n < post.size(); ++n) {
    post[n].activation = activation;
    post[n].conv.in = n == 0 ? in : channels;
    post[n].conv.out = n + 1 == post.size() ? out : channels;
    post[n].conv.kernel = kernels[n].integer(1, max_kernel);
  }
  return post;
}

// The signal itself, or what a whole model of its own makes of it.
Condition read_condition(const JsonView& json, const ModelData& outer, int inputs) {
  Condition condition;
  condition.kind = ConditionKind::signal;
  condition.channels = inputs;
  if (const auto inner = json.find("condition_dsp")) {
    condition.kind = ConditionKind::model;
    ModelData model = read_nam_model(*inner, outer.config.sample_rate);
    model.sizes.clear();  // a condition is read at its full size
    condition.model = std::make_shared<const ModelData>(std::move(model));
    condition.channels = condition.model->config.wavenet.output.channels;
  }
  return condition;
}

// The rows that an array reads of `what`: those that there are, which a file with knobs need not say.
void check_rows(const JsonView& array, const char* key, const ModelData& data, int rows, const std::string& what) {
  if (!data.config.knobs.empty() && !array.find(key)) return;
  if (read_channels(array.at(key)) != rows) array.at(key).expected(std::to_string(rows) + " (" + what + ")");
}

WaveNet read_config(const JsonView& json, const ModelData& data) {
  WaveNet net;
  if (const auto channels = json.find("in_channels")) net.input.channels = channels->integer(1, max_audio_channels);
  if (!data.config.knobs.empty()) net.input.channels = 1 + knob_rows(data.config);
  net.condition = read_condition(json, data, net.input.channels);
  const JsonView arrays = json.at("layers");
  if (arrays.size(max_stacks) == 0) arrays.expected("at least one layer array");
  std::size_t layers = 0;
  for (std::size_t s = 0; s < arrays.size(); ++s) {
    layers += arrays[s].at("dilations").size();
    if (layers > max_layers)
      arrays[s].at("dilations").expected("at most " + std::to_string(max_layers) + " layers in all");
    check_rows(arrays[s], "condition_size", data, net.condition.channels,
               net.condition.model ? "outputs of condition_dsp" : "in_channels");
    if (s == 0) check_rows(arrays[s], "input_size", data, net.input.channels, "in_channels");
    net.stacks.push_back(read_array(arrays[s], s == 0 ? net.input.channels : read_channels(arrays[s].at("input_size")),
                                    net.condition.channels));
    if (s > 0) check_chain(arrays[s], net.stacks[s - 1], net.stacks[s]);
  }
  const int rows = net.stacks.back().head->out;
  if (const auto head = json.find("head")) net.post = read_post(*head, rows);
  net.output.channels = net.post.empty() ? rows : net.post.back().conv.out;
  return net;
}

// In front of a post-net the head scale belongs to the last head, not to the output.
void scale_last_head(float head_scale, const Config& config, Tensors& tensors) {
  const ProductTensors head = *model_tensors(config).stacks.back().head;
  const auto scale = [&](const TensorShape& tensor) {
    for (float& value : tensors.at(tensor.name).values) value *= head_scale;
  };
  scale(head.weight);
  if (head.bias) scale(*head.bias);
}

}  // namespace

void read_nam_wavenet_config(const JsonView& config, ModelData& data) {
  data.config.wavenet = read_config(config, data);
  validate_config(data.config, data.name);
}

NamRest read_nam_wavenet_weights(const JsonView& json, std::int64_t more, ModelData& data) {
  const std::vector<TensorShape> shapes = network_tensor_shapes(data.config);
  const std::int64_t expected = value_counts(shapes) + 1 + more;  // head_scale, the last one
  if (std::int64_t(json.size()) != expected) json.expected("an array of " + std::to_string(expected));
  const std::vector<float> weights = json.reals();
  auto next = weights.begin();
  for (const TensorShape& tensor : shapes) {
    const auto end = next + value_count(tensor.shape);
    put_tensor(data.tensors, tensor, {next, end});
    next = end;
  }
  NamRest rest{*next, {next + 1, weights.end()}};
  if (data.config.wavenet.post.empty()) {
    data.config.wavenet.output.scale = rest.head_scale;
  } else {
    scale_last_head(rest.head_scale, data.config, data.tensors);
  }
  return rest;
}

void read_nam_wavenet(const JsonView& config, const JsonView& weights, ModelData& data) {
  read_nam_wavenet_config(config, data);  // before any weight is counted
  read_nam_wavenet_weights(weights, 0, data);
  read_nam_slimmable(config.at("layers"), data);
}

}  // namespace atrous::model
