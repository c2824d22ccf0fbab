#include "model/hypernet.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "model/knobs.hpp"
#include "model/limits.hpp"

namespace atrous::model {

Delta delta_of(const Hypernet& hypernet, const TensorShape& tensor) {
  Delta delta{tensor};
  delta.rows = tensor.shape.front();
  delta.columns = value_count(tensor.shape) / delta.rows;
  if (hypernet.rank > 0 && delta.rows > 1 && delta.columns > 1) {
    delta.rank = std::min({std::int64_t{hypernet.rank}, delta.rows, delta.columns});
  }
  return delta;
}

std::vector<Delta> deltas(const Config& config) {
  const std::vector<TensorShape> shapes = network_tensor_shapes(config);
  std::vector<Delta> list;
  for (const std::string& target : config.hypernet->targets) {
    const auto found =
        std::find_if(shapes.begin(), shapes.end(), [&](const TensorShape& shape) { return shape.name == target; });
    if (found != shapes.end()) list.push_back(delta_of(*config.hypernet, *found));
  }
  return list;
}

double hypernet_macs(const Config& config) {
  double count = 0, in = knob_rows(config);
  for (const int out : config.hypernet->hidden) {
    count += in * out;
    in = out;
  }
  for (const Delta& delta : deltas(config))
    count += double(delta.width()) * in + double(delta.size() * (delta.rank + 2));
  return count;
}

namespace {

// Those of the products of stacks, and of convolutions behind them.
bool may_change(const std::string& name, const WaveNet& net) {
  if (name.starts_with("stacks.")) return name.find(".speaker.") == name.npos;
  if (!name.starts_with("post.")) return false;
  const PostLayer& layer = net.post[std::size_t(std::stoi(name.substr(5)))];
  return !has_cells(layer.kind) && !layer.is_fir();
}

void check_targets(const Field& at, const Config& config) {
  const std::vector<std::string>& targets = config.hypernet->targets;
  const std::vector<TensorShape> shapes = network_tensor_shapes(config);
  at.range(std::int64_t(targets.size()), 1, std::int64_t(shapes.size()));
  std::set<std::string> known, seen;
  for (const TensorShape& shape : shapes) known.insert(shape.name);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    at[i].require(known.contains(targets[i]), "no tensor of this network");
    at[i].require(may_change(targets[i], config.wavenet), "only products of stacks, and convolutions of post, change");
    at[i].require(seen.insert(targets[i]).second, "the target of one before");
  }
}

}  // namespace

void validate_hypernet(const Field& at, const Config& config) {
  if (!config.hypernet) return;
  const Hypernet& hypernet = *config.hypernet;
  (at / "knobs").range(knob_rows(config), 1, max_audio_channels - 1);
  const ConditionKind condition = config.wavenet.condition.kind;
  at.require(condition == ConditionKind::none || condition == ConditionKind::signal,
             "needs a condition of kind none or signal");
  const Field hidden = at / "hidden";
  hidden.range(std::int64_t(hypernet.hidden.size()), 0, max_hypernet_layers);
  for (std::size_t i = 0; i < hypernet.hidden.size(); ++i) hidden[i].range(hypernet.hidden[i], 1, max_channels);
  (at / "activation.negative_slopes").require(hypernet.activation.slopes.empty(), "a hypernet has one slope for all");
  (at / "rank").range(hypernet.rank, 0, max_channels);
  check_targets(at / "targets", config);
}

}  // namespace atrous::model
