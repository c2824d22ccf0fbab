#include "network/terms.hpp"

#include <cmath>
#include <limits>

#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::network {
namespace {

// A term from weights that were read of a tensor, times `scale`.
Term make_term(const Context& context, const std::string& tensor, double scale, int in, int groups,
               std::vector<double> weights) {
  Term term{in, groups, std::move(weights), context.stored.at(tensor)};
  if (term.precision != Precision::int8) return term;
  for (const float each : context.model.scales.at(tensor)) term.scales.push_back(scale * static_cast<double>(each));
  return term;
}

std::int64_t macs(const Affine& affine) {
  std::int64_t count = 0;
  for (const Term& term : affine.terms) count += static_cast<std::int64_t>(term.weights.size());
  return count;
}

std::int64_t weight_bytes(const Affine& affine) {
  std::int64_t bytes = static_cast<std::int64_t>(sizeof(float)) * static_cast<std::int64_t>(affine.bias.size());
  for (const Term& term : affine.terms) {
    std::size_t each = sizeof(float);
    if (term.precision == Precision::bf16) each = 2;
    if (term.precision == Precision::int8) each = 1;
    bytes += static_cast<std::int64_t>(each * term.weights.size() + sizeof(float) * term.scales.size());
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
    affine.terms.push_back(make_term(context, name + ".weight", scale, conv.in, conv.groups, std::move(tap)));
  }
}

Term condition_term(const Context& context, const std::string& name, int rows, int groups) {
  const int channels = context.model.config.wavenet.condition.channels;
  const std::string tensor = name + ".weight";
  return make_term(context, tensor, 1, channels, groups,
                   scaled(context, tensor, 1, static_cast<std::size_t>(rows) * (channels / groups)));
}

Affine pointwise(const Context& context, const std::optional<model::Pointwise>& shape, int bottleneck,
                 const std::string& name, double scale) {
  if (!shape) {
    Affine identity{bottleneck, std::vector<double>(bottleneck, 0.0), {{bottleneck, bottleneck, {}}}};
    Term& term = identity.terms[0];
    term.weights.assign(bottleneck, scale);
    term.precision = context.model.precision;  // that of the residual, beside which it may stand
    if (term.precision == Precision::int8) term.scales.assign(bottleneck, scale / model::max_quantised);
    return identity;
  }
  const std::size_t weights = static_cast<std::size_t>(shape->out) * (bottleneck / shape->groups);
  const std::string tensor = name + ".weight";
  return {shape->out,
          scaled(context, name + ".bias", scale, shape->out),
          {make_term(context, tensor, scale, bottleneck, shape->groups, scaled(context, tensor, scale, weights))}};
}

Affine stacked(const Affine& upper, const Affine& lower) {
  const int in = upper.terms[0].in, start = static_cast<int>(kernels::padded(upper.out));
  const auto joined = [](std::vector<double> above, std::size_t rows, const std::vector<double>& below) {
    above.resize(rows, 0.0);
    above.insert(above.end(), below.begin(), below.end());
    return above;
  };
  const Term &first = upper.terms[0], &second = lower.terms[0];
  Term term{in, 1, joined(dense(first, upper.out), static_cast<std::size_t>(start) * in, dense(second, lower.out)),
            first.precision};
  if (term.precision == Precision::int8) term.scales = joined(first.scales, start, second.scales);
  return {start + lower.out, joined(upper.bias, start, lower.bias), {term}};
}

void bound(const Context& context, const std::string& name, std::span<double> values) {
  constexpr double most = std::numeric_limits<float>::max();
  bool beyond = false;
  for (double& value : values) {
    if (std::abs(value) <= most) continue;
    value = std::isnan(value) ? 0 : std::copysign(most, value);
    beyond = true;
  }
  if (!beyond) return;
  const std::string warning = name + ": beyond the range of a float once the model's scales are folded in, and cut off";
  auto& warnings = context.plan.info.warnings;
  if (warnings.empty() || warnings.back() != warning) warnings.push_back(warning);
}

void bound(const Context& context, const std::string& name, Affine& affine) {
  bound(context, name, affine.bias);
  for (Term& term : affine.terms) {
    bound(context, name, term.weights);
    bound(context, name, term.scales);
  }
}

void count(const Context& context, const Affine& affine, std::int64_t samples) {
  context.plan.info.macs_per_sample += macs(affine) / samples;
  context.plan.info.weight_bytes += weight_bytes(affine) / samples;
}

}  // namespace atrous::network
