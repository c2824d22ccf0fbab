#include "model/tensor_shapes.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace atrous::model {

namespace {

class Lister {
 public:
  void add(std::string name, std::vector<std::int64_t> shape, TensorRole role = TensorRole::other) {
    list_.push_back({std::move(name), std::move(shape), role});
  }

  void conv(const std::string& name, const Conv& conv, TensorRole role) {
    weight_and_bias(name, {conv.out, conv.in / conv.groups, conv.kernel}, conv.out, conv.bias, role);
  }

  void pointwise(const std::string& name, const Pointwise& conv, int in) {
    weight_and_bias(name, {conv.out, in / conv.groups}, conv.out, conv.bias, TensorRole::weights);
  }

  void weight_and_bias(const std::string& name, std::vector<std::int64_t> shape, int out, bool bias,
                       TensorRole role = TensorRole::other) {
    add(name + ".weight", std::move(shape), role);
    if (bias) add(name + ".bias", {out});
  }

  void layer(const std::string& prefix, const Layer& layer, const WaveNet& net) {
    const int rows = layer.conv.out;
    conv(prefix + "conv", layer.conv, TensorRole::weights);
    if (net.condition.kind != ConditionKind::none) {
      weight_and_bias(prefix + "mixin", {rows, net.condition.channels / layer.mixin_groups}, rows, layer.mixin_bias,
                      TensorRole::weights);
    }
    if (net.speakers) {
      weight_and_bias(prefix + "speaker", {rows, net.speakers->channels}, rows, layer.speaker_bias);
    }
    if (layer.residual) pointwise(prefix + "residual", *layer.residual, layer.bottleneck);
    if (layer.skip) pointwise(prefix + "skip", *layer.skip, layer.bottleneck);
    for (std::size_t i = 0; i < film_points; ++i) film(prefix, layer, static_cast<FilmPoint>(i), net);
  }

  void post(const std::string& name, const PostLayer& layer, TensorRole role) {
    if (layer.kind == PostKind::conv) return conv(name, layer.conv, role);
    const std::int64_t in = layer.conv.in, cells = layer.conv.out;
    weight_and_bias(name, {4 * cells, in + cells}, layer.conv.out * 4, true);
    add(name + ".hidden", {cells});
    add(name + ".cell", {cells});
  }

  void film(const std::string& prefix, const Layer& layer, FilmPoint point, const WaveNet& net) {
    const std::optional<Film>& film = layer.film[static_cast<std::size_t>(point)];
    if (!film) return;
    const int rows = (film->shift ? 2 : 1) * film_width(layer, point, layer.conv.in, net.condition.channels);
    weight_and_bias(prefix + film_name(point), {rows, net.condition.channels / film->groups}, rows, true);
  }

  void upsample_stage(const std::string& name, const UpsampleStage& stage) {
    switch (stage.kind) {
      case UpsampleKind::repeat:
        return;
      case UpsampleKind::conv:
        return weight_and_bias(name, {stage.out, stage.in / stage.groups, stage.kernel}, stage.out, stage.bias,
                               TensorRole::sensitive_weights);
      case UpsampleKind::transposed:
        return weight_and_bias(name, {stage.in, stage.out / stage.groups, stage.kernel}, stage.out, stage.bias,
                               TensorRole::sensitive_weights);
      case UpsampleKind::stretch:
      case UpsampleKind::transposed2d:
        return weight_and_bias(name, {stage.frequency_kernel, stage.kernel}, 1, stage.bias);
    }
  }

  std::vector<TensorShape> take() { return std::move(list_); }

 private:
  std::vector<TensorShape> list_;
};

TensorRole weights_role(bool last) {
  return last ? TensorRole::sensitive_weights : TensorRole::weights;
}

}  // namespace

std::string layer_prefix(std::size_t stack, std::size_t layer) {
  return "stacks." + std::to_string(stack) + ".layers." + std::to_string(layer) + ".";
}

std::string film_name(FilmPoint point) {
  constexpr std::array<const char*, film_points> names{"conv_pre",      "conv_post",      "mixin_pre",
                                                       "mixin_post",    "activation_pre", "activation_post",
                                                       "residual_post", "skip_post"};
  return "film." + std::string(names[static_cast<std::size_t>(point)]);
}

std::vector<TensorShape> tensor_shapes(const Config& config) {
  const WaveNet& net = config.wavenet;
  Lister list;
  for (std::size_t s = 0; s < net.stacks.size(); ++s) {
    const std::string prefix = "stacks." + std::to_string(s) + ".";
    list.conv(prefix + "input", net.stacks[s].input, s == 0 ? TensorRole::other : TensorRole::weights);
    for (std::size_t n = 0; n < net.stacks[s].layers.size(); ++n) {
      list.layer(layer_prefix(s, n), net.stacks[s].layers[n], net);
    }
    const bool last = s + 1 == net.stacks.size() && net.post.empty();
    if (net.stacks[s].head) list.conv(prefix + "head", *net.stacks[s].head, weights_role(last));
  }
  for (std::size_t n = 0; n < net.post.size(); ++n) {
    list.post("post." + std::to_string(n), net.post[n], weights_role(n + 1 == net.post.size()));
  }
  if (net.speakers) list.add("speakers.weight", {net.speakers->count, net.speakers->channels});
  for (std::size_t n = 0; n < net.condition.upsampler.size(); ++n) {
    list.upsample_stage("upsampler." + std::to_string(n), net.condition.upsampler[n]);
  }
  if (config.features && config.features->normalized) {
    list.add("features.mean", {config.features->bins});
    list.add("features.scale", {config.features->bins});
  }
  return list.take();
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

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace atrous::model
