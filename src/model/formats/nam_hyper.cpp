// HyperWaveNet, as neural-amp-modeler-parametric writes it: a stock WaveNet, and in config.hypernet a small network
// that computes, of the knobs, what is added to those of its tensors that a selector names. Its weights follow those of
// the WaveNet: the trunk's, the readout's, and an anchor, which is added to what the readout gives of low-rank
// products.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/activation_json.hpp"
#include "model/formats/nam_architectures.hpp"
#include "model/hypernet.hpp"
#include "model/knobs.hpp"
#include "model/limits.hpp"
#include "model/validate.hpp"

namespace atrous::model {
namespace {

// A tensor of the WaveNet, where it stands in the list of weights, and what the file calls it; empty where that is not
// known.
struct Named {
  TensorShape tensor;
  std::int64_t offset = 0;
  std::string name;
};

// Our parts of a layer array or a layer, and theirs.
constexpr std::pair<std::string_view, std::string_view> part_names[] = {
    {"input", "_rechannel"},   {"head", "_head_rechannel"}, {"conv", "_conv"},
    {"mixin", "_input_mixer"}, {"residual", "_layer1x1"},   {"skip", "_head1x1"},
};

// "stacks.0.layers.3.conv.weight": "_layer_arrays.0._layers.3._conv.weight".
std::string name_in_file(const std::string& ours) {
  const std::size_t last = ours.rfind('.'), before = ours.rfind('.', last - 1);
  const std::string part = ours.substr(before + 1, last - before - 1);
  std::string place = ours.substr(0, before + 1);
  if (!place.starts_with("stacks.") || place.find(".film.") != place.npos) return {};
  place.replace(0, 6, "_layer_arrays");
  if (const std::size_t layers = place.find(".layers."); layers != place.npos) place.replace(layers, 8, "._layers.");
  for (const auto& [our_part, theirs] : part_names) {
    if (part == our_part) return place + std::string(theirs) + ours.substr(last);
  }
  return {};
}

std::vector<Named> named_tensors(const Config& config) {
  std::vector<Named> list;
  std::int64_t offset = 0;
  for (const TensorShape& tensor : network_tensor_shapes(config)) {
    list.push_back({tensor, offset, name_in_file(tensor.name)});
    offset += value_count(tensor.shape);
  }
  return list;
}

// Which tensors a selector names.
class Selector {
 public:
  Selector(const std::optional<JsonView>& json, const std::vector<Named>& tensors) {
    if (!json) {
      exclude_suffixes_ = {"_conv.weight"};
      return;
    }
    json->expect_keys({"include_names", "include_suffixes", "exclude_names", "exclude_suffixes"});
    include_names_ = read(*json, "include_names", &tensors);
    include_suffixes_ = read(*json, "include_suffixes", nullptr);
    exclude_names_ = read(*json, "exclude_names", &tensors);
    exclude_suffixes_ = read(*json, "exclude_suffixes", nullptr);
  }

  bool selects(const std::string& name) const {
    const bool all = include_names_.empty() && include_suffixes_.empty();
    return (all || matches(name, include_names_, include_suffixes_)) &&
           !matches(name, exclude_names_, exclude_suffixes_);
  }

 private:
  using Strings = std::vector<std::string>;

  // A name must be that of a tensor.
  static Strings read(const JsonView& json, const char* key, const std::vector<Named>* tensors) {
    Strings strings;
    const auto list = json.find(key);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      strings.emplace_back((*list)[i].string());
      const auto is_it = [&](const Named& each) { return each.name == strings.back(); };
      if (tensors && std::none_of(tensors->begin(), tensors->end(), is_it)) {
        (*list)[i].fail(ErrorCode::invalid, in_quotes(strings.back()) + " is no tensor of this network");
      }
    }
    return strings;
  }
  static bool matches(const std::string& name, const Strings& names, const Strings& suffixes) {
    return std::find(names.begin(), names.end(), name) != names.end() ||
           std::any_of(suffixes.begin(), suffixes.end(), [&](const auto& suffix) { return name.ends_with(suffix); });
  }

  Strings include_names_, include_suffixes_, exclude_names_, exclude_suffixes_;
};

int read_rank(const JsonView& json) {
  const auto mode = json.find("mode"), rank = json.find("rank");
  if (mode && mode->string() == "full") return 0;
  if (mode && mode->string() != "low_rank") mode->expected("\"low_rank\" or \"full\"");
  return rank ? rank->integer(1, max_channels) : 2;
}

void expect_integer(const JsonView& entry, const char* key, std::int64_t wanted) {
  if (entry.at(key).number() != double(wanted)) entry.at(key).expected(std::to_string(wanted));
}

void expect_string(const JsonView& entry, const char* key, const std::string& wanted) {
  if (entry.at(key).string() != wanted) entry.at(key).expected(in_quotes(wanted));
}

// An entry of delta_map against what follows from the rest.
void check_entry(const JsonView& entry, const Named& named, const Delta& delta) {
  if (!named.name.empty()) expect_string(entry, "name", named.name);
  expect_string(entry, "mode", delta.rank > 0 ? "low_rank" : "full");
  expect_integer(entry, "numel", delta.size());
  expect_integer(entry, "export_offset", named.offset);
  if (delta.rank == 0) return;
  expect_integer(entry, "rank", delta.rank);
  expect_integer(entry, "out_features", delta.rows);
  expect_integer(entry, "rest_features", delta.columns);
}

// The targets, by the selector; or, where the names of some tensors are not known, by where delta_map says they stand.
std::vector<Named> read_targets(const JsonView& json, const std::vector<Named>& tensors) {
  std::vector<Named> targets;
  const auto map = json.find("delta_map");
  if (std::none_of(tensors.begin(), tensors.end(), [](const Named& each) { return each.name.empty(); })) {
    const Selector selector(json.find("selector"), tensors);
    std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(targets),
                 [&](const Named& each) { return selector.selects(each.name); });
    if (targets.empty()) json.at("selector").expected("one that selects a tensor or more");
    return targets;
  }
  if (!map) json.fail(ErrorCode::unsupported, "films and a head behind the stacks are not supported without delta_map");
  for (std::size_t i = 0; i < map->size(tensors.size()); ++i) {
    const JsonView offset = (*map)[i].at("export_offset");
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const Named& each) { return double(each.offset) == offset.number(); });
    if (found == tensors.end()) offset.expected("where a tensor begins");
    targets.push_back(*found);
  }
  return targets;
}

Hypernet read_hypernet(const JsonView& json, const std::vector<Named>& tensors) {
  Hypernet hypernet;
  const auto hidden = json.find("hidden_sizes");
  for (std::size_t i = 0; hidden && i < hidden->size(max_hypernet_layers); ++i) {
    hypernet.hidden.push_back((*hidden)[i].integer(1, max_channels));
  }
  if (const auto activation = json.find("activation")) {
    hypernet.activation = activation_from_json(*activation, UnknownKeys::ignore, "name");
  }
  hypernet.rank = read_rank(json);
  const std::vector<Named> targets = read_targets(json, tensors);
  for (const Named& each : targets) hypernet.targets.push_back(each.tensor.name);
  if (const auto map = json.find("delta_map")) {
    if (map->size() != targets.size()) map->expected("an array of " + std::to_string(targets.size()));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      check_entry((*map)[i], targets[i], delta_of(hypernet, targets[i].tensor));
    }
  }
  return hypernet;
}

// The slopes of PReLUs would be weights of the network, which stand elsewhere.
void expect_no_prelu(const JsonView& config, const WaveNet& net) {
  const auto is_prelu = [](const Activation& activation) { return activation.kind == ActivationKind::prelu; };
  bool any = std::any_of(net.post.begin(), net.post.end(), [&](const auto& each) { return is_prelu(each.activation); });
  for (const Stack& stack : net.stacks) {
    for (const Layer& layer : stack.layers) any = any || is_prelu(layer.activation) || is_prelu(layer.secondary);
  }
  if (any) config.fail(ErrorCode::unsupported, "PReLU is not supported in a HyperWaveNet");
}

// What the head scale is a factor of has been multiplied by it, so what is added to that is too: rows of f, of a
// product those of U.
void scale_rows(float factor, std::int64_t first, const Delta& delta, Tensor& weight, Tensor& bias) {
  const std::int64_t count = delta.rank > 0 ? delta.rows * delta.rank : delta.size(), columns = weight.shape[1];
  for (std::int64_t i = first * columns; i < (first + count) * columns; ++i) weight.values[std::size_t(i)] *= factor;
  for (std::int64_t i = first; i < first + count; ++i) bias.values[std::size_t(i)] *= factor;
}

void deal_out(const NamRest& rest, ModelData& data) {
  const HypernetTensors tensors = *model_tensors(data.config).hypernet;
  auto next = rest.more.begin();
  const auto take = [&](const TensorShape& tensor) {
    const auto end = next + value_count(tensor.shape);
    put_tensor(data.tensors, tensor, {next, end});
    next = end;
  };
  const auto take_product = [&](const ProductTensors& product) {
    take(product.weight);
    take(*product.bias);
  };
  for (const ProductTensors& layer : tensors.hidden) take_product(layer);
  take_product(tensors.readout);
  Tensor &weight = data.tensors[tensors.readout.weight.name], &bias = data.tensors[tensors.readout.bias->name];
  const std::string head = data.config.wavenet.post.empty() ? "" : model_tensors(data.config).stacks.back().head->name;
  std::int64_t first = 0;
  for (const Delta& delta : deltas(data.config)) {
    for (std::int64_t i = first; delta.rank > 0 && i < first + delta.width(); ++i) {
      bias.values[std::size_t(i)] += next[i];  // the anchor
    }
    if (!head.empty() && delta.tensor.name.starts_with(head + ".")) {
      scale_rows(rest.head_scale, first, delta, weight, bias);
    }
    first += delta.width();
  }
}

}  // namespace

void read_nam_hyper_wavenet(const JsonView& config, const JsonView& weights, ModelData& data) {
  if (const auto inner = config.find("condition_dsp")) inner->expected("null in a HyperWaveNet");
  read_nam_wavenet_config(config, data);
  if (data.config.wavenet.input.channels != 1) config.at("in_channels").expected("1 in a HyperWaveNet");
  expect_no_prelu(config, data.config.wavenet);
  read_nam_knobs(config, data);
  data.config.hypernet = read_hypernet(config.at("hypernet"), named_tensors(data.config));
  validate_config(data.config, data.name);
  const HypernetTensors tensors = *model_tensors(data.config).hypernet;
  std::int64_t more = value_count(tensors.readout.weight.shape) + 2 * value_count(tensors.readout.bias->shape);
  for (const ProductTensors& layer : tensors.hidden) {
    more += value_count(layer.weight.shape) + value_count(layer.bias->shape);
  }
  deal_out(read_nam_wavenet_weights(weights, more, data), data);
}

}  // namespace atrous::model
