#include "network/terms.hpp"

#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::network {
namespace {

// A term from weights that were read of a tensor.
Term make_term(const Context& context, const std::string& tensor, int in, int groups, std::vector<double> weights) {
  return {in, groups, std::move(weights), context.stored.at(tensor)};
}

std::int64_t macs(const Affine& affine) {
  std::int64_t count = 0;
  for (const Term& term : affine.terms) count += static_cast<std::int64_t>(term.weights.size());
  return count;
}

std::int64_t weight_bytes(const Affine& affine) {
  std::int64_t bytes = static_cast<std::int64_t>(sizeof(float)) * static_cast<std::int64_t>(affine.bias.size());
  for (const Term& term : affine.terms) {
    const std::size_t each = term.precision == Precision::f32 ? sizeof(float) : sizeof(std::uint16_t);
    bytes += static_cast<std::int64_t>(each * term.weights.size());
  }
  return bytes;
}

// Weights written out with zeros outside their groups, so that two products of one input can stand in one matrix.
std::vector<double> dense(const Term& term, int out) {
  const int inputs = term.in / term.groups, rows = out / term.groups;
  std::vector<double> weights(static_cast<std::size_t>(out) * term.in, 0.0);
  for (int r = 0; r < out; ++r) {
    for (int i = 0; i < inputs; ++i) {
      weights[static_cast<std::size_t>(r) * term.in + r / rows * inputs + i] =
          term.weights[static_cast<std::size_t>(r) * inputs + i];
    }
  }
  return weights;
}

}  // namespace

Context::Context(const model::ModelData& data, const kernels::Kernels& table, Plan& result)
    : model(data), kernels(table), plan(result) {
  for (const model::TensorShape& tensor : model::tensor_shapes(data.config)) {
    stored[tensor.name] = model::stored_as(tensor.role, data.precision);
  }
}

std::vector<double> scaled(const Context& context, const std::string& name, double scale, std::size_t size) {
  std::vector<double> values(size, 0.0);
  const auto found = context.model.tensors.find(name);
  if (found == context.model.tensors.end()) return values;
  for (std::size_t i = 0; i < size; ++i) values[i] = scale * static_cast<double>(found->second.values[i]);
  return values;
}

void add_to(std::vector<double>& sum, const std::vector<double>& values) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
}

void add_taps(const Context& context, const model::Conv& conv, const std::string& name, double scale, Affine& affine) {
  const int inputs = conv.in / conv.groups;
  const std::vector<double> weight =
      scaled(context, name + ".weight", scale, static_cast<std::size_t>(conv.out) * inputs * conv.kernel);
  for (int k = 0; k < conv.kernel; ++k) {
    std::vector<double> tap(static_cast<std::size_t>(conv.out) * inputs);
    for (std::size_t i = 0; i < tap.size(); ++i) tap[i] = weight[i * conv.kernel + k];
    affine.terms.push_back(make_term(context, name + ".weight", conv.in, conv.groups, std::move(tap)));
  }
}

Term condition_term(const Context& context, const std::string& name, int rows, int groups) {
  const int channels = context.model.config.wavenet.condition.channels;
  const std::string tensor = name + ".weight";
  return make_term(context, tensor, channels, groups,
                   scaled(context, tensor, 1, static_cast<std::size_t>(rows) * (channels / groups)));
}

Affine pointwise(const Context& context, const std::optional<model::Pointwise>& shape, int bottleneck,
                 const std::string& name, double scale) {
  if (!shape) {
    Affine identity{bottleneck, std::vector<double>(bottleneck, 0.0), {{bottleneck, bottleneck, {}}}};
    identity.terms[0].weights.assign(bottleneck, scale);
    identity.terms[0].precision = context.model.precision;
    return identity;
  }
  const std::size_t weights = static_cast<std::size_t>(shape->out) * (bottleneck / shape->groups);
  const std::string tensor = name + ".weight";
  return {shape->out,
          scaled(context, name + ".bias", scale, shape->out),
          {make_term(context, tensor, bottleneck, shape->groups, scaled(context, tensor, scale, weights))}};
}

Affine stacked(const Affine& upper, const Affine& lower) {
  const int in = upper.terms[0].in, start = static_cast<int>(kernels::padded(upper.out));
  Affine both{start + lower.out, upper.bias, {{in, 1, dense(upper.terms[0], upper.out), upper.terms[0].precision}}};
  both.bias.resize(start, 0.0);
  both.bias.insert(both.bias.end(), lower.bias.begin(), lower.bias.end());
  both.terms[0].weights.resize(static_cast<std::size_t>(start) * in, 0.0);
  const std::vector<double> rows = dense(lower.terms[0], lower.out);
  both.terms[0].weights.insert(both.terms[0].weights.end(), rows.begin(), rows.end());
  return both;
}

void count(const Context& context, const Affine& affine, std::int64_t samples) {
  context.plan.info.macs_per_sample += macs(affine) / samples;
  context.plan.info.weight_bytes += weight_bytes(affine) / samples;
}

}  // namespace atrous::network
