#include "network/provenance.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "model/limits.hpp"
#include "network/fold.hpp"

namespace atrous::network {
namespace {

// The positions of values are folded in two numbers below this, so that both are exact in single precision.
constexpr std::size_t digit = 4096;

// All packed numbers, in one order.
template <class Visit>
void for_each_packed(Plan& plan, Visit visit) {
  const auto product = [&](Product& each) {
    visit(each.weights());
    visit(each.bias());
  };
  const auto pointwise = [&](Pointwise& each) { product(each.block); };
  for (StackPlan& stack : plan.stacks) {
    if (stack.input) product(stack.input->block);
    visit(std::span<float>(stack.skip_bias));
    for (LayerPlan& layer : stack.layers) {
      product(layer.conv.block);
      pointwise(layer.skip);
      pointwise(layer.residual);
      pointwise(layer.mixin);
      for (FilmPlan& film : layer.film) pointwise(film.scale_shift);
    }
    if (stack.head) product(stack.head->block);
  }
  for (PostPlan& post : plan.post) product(post.conv.block);
}

std::vector<float> packed(const model::ModelData& model, const kernels::Kernels& kernels) {
  Plan plan = fold(model, kernels);
  std::vector<float> values;
  for_each_packed(plan, [&](std::span<float> each) { values.insert(values.end(), each.begin(), each.end()); });
  return values;
}

bool is_bias(const model::Delta& delta) {
  return delta.tensor.shape.size() == 1;
}

// Which of the branches of its layer a tensor belongs to: 0 for none, or for the first.
std::size_t branch_of(const std::string& name) {
  const std::size_t at = name.find(model::branches_of_layer);
  return at == name.npos ? 0 : 1 + std::size_t(std::stoi(name.substr(at + model::branches_of_layer.size())));
}

// Tensors of which no two are summed in one packed number: weights, but for those of branches, which go with the same
// branches of other layers; the biases of convolutions and residuals; and the others, which add up along the sum of the
// skips, one by one.
std::vector<std::vector<std::size_t>> groups(const std::vector<model::Delta>& deltas) {
  std::vector<std::vector<std::size_t>> result(2 + model::max_branches);
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const std::string& name = deltas[i].tensor.name;
    const std::size_t branch = branch_of(name);
    if (!is_bias(deltas[i]))
      result[branch > 0 ? 1 + branch : 0].push_back(i);
    else if (name.ends_with(".conv.bias") || name.ends_with(".residual.bias"))
      result[1].push_back(i);
    else
      result.push_back({i});
  }
  std::erase_if(result, [](const auto& group) { return group.empty(); });
  return result;
}

}  // namespace

void Provenance::probe(const model::ModelData& zeros, const std::vector<std::size_t>& group,
                       const std::vector<model::Delta>& deltas, const kernels::Kernels& kernels) {
  // Folds a model of zeros but for the group, where the value at a position is `of` it.
  const auto folded = [&](const std::function<float(std::size_t)>& of) {
    model::ModelData model = zeros;
    std::size_t position = 0, next = 0;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const bool chosen = next < group.size() && group[next] == i;
      next += chosen;
      for (float& value : model.tensors.at(deltas[i].tensor.name).values) {
        if (chosen) value = of(position);
        ++position;
      }
    }
    return packed(model, kernels);
  };
  const std::vector<float> factors = folded([](std::size_t) { return 1.0f; });
  const std::vector<float> low = folded([](std::size_t at) { return float(at % digit); });
  const std::vector<float> high = folded([](std::size_t at) {
    const std::size_t upper = at / digit;
    return float(upper);
  });
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i] == 0) continue;
    const auto whole = [&](const std::vector<float>& sums) {
      return std::size_t(std::lround(double(sums[i]) / double(factors[i])));
    };
    parts_.push_back({std::uint32_t(i), std::uint32_t(whole(high) * digit + whole(low)), factors[i]});
  }
}

Provenance::Provenance(const model::ModelData& model, const std::vector<model::Delta>& deltas,
                       const kernels::Kernels& kernels) {
  const auto tensors = groups(deltas);
  const double probed = 3.0 * double(tensors.size()) * double(model::value_counts(model::tensor_shapes(model.config)));
  if (probed > model::max_probed_weights) {
    model::fail(ErrorCode::invalid, model.name, "hypernet.targets", "too many for a network of this size");
  }
  model::ModelData zeros = model;
  for (const model::Delta& delta : deltas) {
    for (float& value : zeros.tensors.at(delta.tensor.name).values) value = 0;
  }
  const std::vector<float> others = packed(zeros, kernels);
  for (auto& [name, tensor] : zeros.tensors) std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
  for (const std::vector<std::size_t>& group : tensors) probe(zeros, group, deltas, kernels);
  std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.packed < b.packed; });
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i == 0 || parts_[i].packed != parts_[i - 1].packed) rest_.push_back(others[parts_[i].packed]);
  }
}

void Provenance::pack(std::span<const float> values, Plan& plan) const noexcept {
  std::uint32_t first = 0;  // of the numbers that are visited
  auto part = parts_.begin();
  auto rest = rest_.begin();
  for_each_packed(plan, [&](std::span<float> numbers) {
    const std::uint32_t end = first + std::uint32_t(numbers.size());
    while (part != parts_.end() && part->packed < end) {
      const std::uint32_t packed = part->packed;
      double sum = double(*rest++);
      for (; part != parts_.end() && part->packed == packed; ++part) {
        sum += double(part->factor) * double(values[part->value]);
      }
      numbers[packed - first] = float(sum);
    }
    first = end;
  });
}

}  // namespace atrous::network
