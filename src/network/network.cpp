// Network: the public face of a plan.
#include <algorithm>

#include <atrous/error.hpp>
#include <atrous/network.hpp>

#include "model/access.hpp"
#include "model/knobs.hpp"
#include "model/precision.hpp"
#include "model/sizes.hpp"
#include "model/tensor_shapes.hpp"
#include "network/access.hpp"
#include "network/fold.hpp"
#include "network/hybrid_dilation.hpp"
#include "network/instruction_sets.hpp"
#include "network/reach.hpp"
#include "network/tuned.hpp"

namespace atrous {
namespace {

std::int64_t count_parameters(const model::ModelData& data) {
  std::int64_t count = model::value_counts(model::tensor_shapes(data.config));
  if (const auto features = model::model_tensors(data.config).features) {  // what is measured, not learnt
    count -= model::value_counts({features->mean, features->scale});
  }
  const model::WaveNet& net = data.config.wavenet;
  if (!net.stacks.empty() && !net.generates()) ++count;  // output.scale, which a `.nam` file keeps among its weights
  return net.condition.model ? count + count_parameters(*net.condition.model) : count;
}

bool recurrent(const model::WaveNet& net) {
  const auto& inner = net.condition.model;
  return (inner && recurrent(inner->config.wavenet)) ||
         std::any_of(net.post.begin(), net.post.end(),
                     [](const model::PostLayer& layer) { return model::has_cells(layer.kind); });
}

// Those of the file come first, then those of folding.
std::vector<std::string> warnings(const model::ModelData& data, const network::Plan& plan) {
  std::vector<std::string> lines = data.warnings;
  lines.insert(lines.end(), plan.info.warnings.begin(), plan.info.warnings.end());
  const Gridding& gridding = plan.info.gridding;
  if (gridding.covered_lags < gridding.total_lags && !plan.info.recurrent) {
    lines.push_back("gridding: " + std::to_string(gridding.total_lags - gridding.covered_lags) + " of " +
                    std::to_string(gridding.total_lags) + " lags inside the receptive field reach no output" +
                    (gridding.common_divisor > 1
                         ? " (the dilations share the divisor " + std::to_string(gridding.common_divisor) + ")"
                         : ""));
  }
  if (plan.upsampler) {
    for (std::string& line : plan.upsampler->checkerboard()) lines.push_back(std::move(line));
  }
  return lines;
}

// A network is an effect, which reads a signal, or a generator, which reads one sample of its own and nothing of a
// signal.
void check_role(const model::ModelData& data) {
  const model::WaveNet& net = data.config.wavenet;
  const auto refuse = [&](const std::string& field, const std::string& message) {
    throw Error(ErrorCode::unsupported, data.name + ": " + field + ": " + message);
  };
  if (!net.generates()) {
    if (net.input.kind != model::InputKind::signal)
      refuse("input.kind", "an output of kind waveform needs an input of kind signal");
  } else {
    if (net.input.kind == model::InputKind::signal && net.input.channels != 1) {
      refuse("input.channels", "a model that generates hears 1 channel, found " + std::to_string(net.input.channels));
    }
    if (net.stacks.empty()) refuse("stacks", "a model that generates needs at least one");
  }
}

void describe(const model::ModelData& data, network::Plan& plan) {
  const model::WaveNet& net = data.config.wavenet;
  NetworkInfo& info = plan.info;
  info.architecture = data.architecture;
  info.sample_rate = data.config.sample_rate;
  info.inputs = net.input.kind == model::InputKind::signal ? model::audio_channels(data.config) : 1;
  info.knobs = model::knob_infos(data.config);
  for (const model::Stack& stack : net.stacks) {
    for (const model::Layer& layer : stack.layers) {
      info.dilations.push_back(layer.conv.dilation);
      std::vector<int>& branches = info.branches.emplace_back();
      for (const model::Conv& branch : layer.branches) branches.push_back(branch.dilation);
    }
  }
  if (net.stacks.empty()) {
    for (const model::PostLayer& layer : net.post) info.dilations.push_back(layer.conv.dilation);
  }
  info.layers = int(info.dilations.size());
  info.branches.resize(info.dilations.size());
  const network::Reach reach = network::reach(data.config);
  info.receptive_field = reach.receptive_field;
  info.recurrent = recurrent(net);
  info.gridding = reach.gridding;
  info.stacks = network::hybrid_dilations(net);
  info.parameters = count_parameters(data);
  info.generates = net.generates();
  if (net.condition.kind == model::ConditionKind::features) {
    info.features = {std::size_t(net.condition.bins), std::size_t(plan.upsampler->hop())};
  }
  info.speakers = net.speakers ? net.speakers->count : 0;
  info.warnings = warnings(data, plan);
}

Model in_precision(const Model& model, Precision precision) {
  if (precision == model.precision()) return model;
  return Model::Access::make(model::reduced(Model::Access::data(model), precision));
}

// What runs of a model.
Model chosen(const Model& model, const NetworkOptions& options) {
  const Model sized = options.size && !options.all_sizes ? model.at_size(*options.size) : model;
  return in_precision(sized, options.precision.value_or(model.precision()));
}

// The facts of a model in front of another belong to both.
void join(const NetworkInfo& front, NetworkInfo& info) {
  info.architecture = front.architecture + " + " + info.architecture;
  info.layers += front.layers;
  info.dilations.insert(info.dilations.begin(), front.dilations.begin(), front.dilations.end());
  info.branches.insert(info.branches.begin(), front.branches.begin(), front.branches.end());
  info.stacks.insert(info.stacks.begin(), front.stacks.begin(), front.stacks.end());
  info.recurrent = info.recurrent || front.recurrent;
  info.parameters += front.parameters;
  info.macs_per_sample += front.macs_per_sample;
  info.weight_bytes += front.weight_bytes;
}

std::shared_ptr<const network::Plan> make_plan(const model::ModelData& data, const kernels::Kernels& kernels) {
  check_role(data);
  std::shared_ptr<const network::Tuning> tuning;
  if (data.config.hypernet) tuning = std::make_shared<const network::Tuning>(data, kernels);
  network::Plan plan = network::fold(tuning ? tuning->model : data, kernels);
  plan.tuning = std::move(tuning);
  describe(data, plan);
  if (data.config.front) {
    plan.front = make_plan(*data.config.front, kernels);
    join(plan.front->info, plan.info);
  }
  return std::make_shared<const network::Plan>(std::move(plan));
}

}  // namespace

Network::Network(const Model& model, NetworkOptions options) {
  State state{.model = chosen(model, options)};
  const model::ModelData& data = Model::Access::data(state.model);
  const kernels::Kernels& kernels = network::choose_kernels(options.isa);
  const std::vector<double> bounds = state.model.size_bounds();
  if (options.size) model::check_size(*options.size);
  if (options.all_sizes) {
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      state.plans.push_back(make_plan(model::smaller(data, i), kernels));
    }
    state.size_index = options.size ? model::size_index(bounds, *options.size) : bounds.size();
  }
  state.plans.push_back(make_plan(data, kernels));
  state_ = std::make_shared<const State>(std::move(state));
}

const NetworkInfo& Network::info() const noexcept {
  return Access::plan(*this).info;
}

Isa Network::isa() const noexcept {
  return isa_from_name(Access::plan(*this).kernels->name);
}

Precision Network::precision() const noexcept {
  return state_->model.precision();
}

const Model& Network::model() const noexcept {
  return state_->model;
}

}  // namespace atrous
