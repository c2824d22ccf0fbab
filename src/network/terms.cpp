#include "network/terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "model/precision.hpp"

namespace atrous::network {
namespace {

// A term from weights that were read of a tensor, times `scale`.
Term make_term(const Context& context, const model::TensorShape& tensor, double scale, int in, int groups,
               std::vector<double> weights) {
  Term term{in, groups, std::move(weights), model::stored_as(tensor.role, context.model.precision)};
  if (term.precision != Precision::int8) return term;
  for (const float each : context.model.scales.at(tensor.name)) term.scales.push_back(scale * double(each));
  return term;
}

std::int64_t macs(const Affine& affine) {
  std::int64_t count = 0;
  for (const Term& term : affine.terms) count += std::int64_t(term.weights.size());
  return count;
}

std::int64_t weight_bytes(const Affine& affine) {
  std::int64_t bytes = std::int64_t(sizeof(float)) * std::int64_t(affine.bias.size());
  for (const Term& term : affine.terms) {
    std::size_t each = sizeof(float);
    if (term.precision == Precision::bf16) each = 2;
    if (term.precision == Precision::int8) each = 1;
    bytes += std::int64_t(each * term.weights.size() + sizeof(float) * term.scales.size());
  }
  return bytes;
}

// Weights written out with zeros outside their groups, so that two products of one input can stand in one matrix.
std::vector<double> dense(const Term& term, int out) {
  const int inputs = term.inputs(), rows = out / term.groups;
  std::vector<double> weights(std::size_t(out) * term.in, 0.0);
  for (int r = 0; r < out; ++r) {
    for (int i = 0; i < inputs; ++i) {
      weights[std::size_t(r) * term.in + r / rows * inputs + i] = term.weights[std::size_t(r) * inputs + i];
    }
  }
  return weights;
}

// Whether two terms of one input are one, whose weights are sums of theirs.
bool adds_up(const Term& a, const Term& b) {
  return a.row == b.row && a.rows() == b.rows() && a.groups == b.groups && a.precision == Precision::f32;
}

}  // namespace

Context::Context(const model::ModelData& data, Plan& result)
    : model(data), plan(result), kernels(*result.kernels), tensors(model::model_tensors(data.config)) {}

std::vector<double> scaled(const Context& context, const model::TensorShape& tensor, double scale) {
  std::vector<double> values;
  for (const float each : model::find_tensor(context.model.tensors, tensor, context.model.name).values) {
    values.push_back(scale * double(each));
  }
  return values;
}

std::vector<double> bias_of(const Context& context, const model::ProductTensors& tensors, double scale) {
  if (tensors.bias) return scaled(context, *tensors.bias, scale);
  return std::vector<double>(std::size_t(tensors.weight.shape[0]), 0.0);
}

void add_to(std::vector<double>& sum, const std::vector<double>& values) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
}

Taps taps_of(const Context& context, const model::Conv& conv, const model::ProductTensors& tensors, double scale) {
  const std::vector<double> weight = scaled(context, tensors.weight, scale);
  const auto count = std::size_t(conv.kernel);
  Taps taps;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> tap(weight.size() / count);
    for (std::size_t i = 0; i < tap.size(); ++i) tap[i] = weight[i * count + k];
    taps.terms.push_back(make_term(context, tensors.weight, scale, conv.in, conv.groups, std::move(tap)));
    taps.lags.push_back((conv.kernel - 1 - int(k)) * conv.dilation);
  }
  return taps;
}

Taps joined(std::vector<Taps> convs) {
  std::vector<std::pair<int, Term*>> all;
  for (Taps& conv : convs) {
    for (std::size_t k = 0; k < conv.lags.size(); ++k) all.emplace_back(conv.lags[k], &conv.terms[k]);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Taps taps;
  for (const auto& [lag, term] : all) {
    std::size_t same = taps.lags.size();
    while (same > 0 && taps.lags[same - 1] == lag && !adds_up(taps.terms[same - 1], *term)) --same;
    if (same > 0 && taps.lags[same - 1] == lag) {
      add_to(taps.terms[same - 1].weights, term->weights);
    } else {
      taps.terms.push_back(std::move(*term));
      taps.lags.push_back(lag);
    }
  }
  return taps;
}

Term condition_term(const Context& context, const model::ProductTensors& tensors, int groups) {
  return make_term(context, tensors.weight, 1, context.model.config.wavenet.condition.channels, groups,
                   scaled(context, tensors.weight));
}

Affine pointwise(const Context& context, const model::Pointwise& shape, int bottleneck,
                 const model::ProductTensors& tensors, double scale) {
  return {
      shape.out,
      bias_of(context, tensors, scale),
      {make_term(context, tensors.weight, scale, bottleneck, shape.groups, scaled(context, tensors.weight, scale))}};
}

Affine identity(const Context& context, int bottleneck, double scale) {
  Affine affine{bottleneck, std::vector<double>(bottleneck, 0.0), {{bottleneck, bottleneck, {}}}};
  Term& term = affine.terms[0];
  term.weights.assign(bottleneck, scale);
  term.precision = context.model.precision;  // that of the residual, beside which it may stand
  if (term.precision == Precision::int8) term.scales.assign(bottleneck, scale / model::max_quantised);
  return affine;
}

Affine stacked(const Affine& upper, const Affine& lower) {
  const int in = upper.terms[0].in, start = int(kernels::padded(upper.out));
  const auto joined = [](std::vector<double> above, std::size_t rows, const std::vector<double>& below) {
    above.resize(rows, 0.0);
    above.insert(above.end(), below.begin(), below.end());
    return above;
  };
  const Term &first = upper.terms[0], &second = lower.terms[0];
  Term term{in, 1, joined(dense(first, upper.out), std::size_t(start) * in, dense(second, lower.out)), first.precision};
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
