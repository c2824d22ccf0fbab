#include "model/sizes.hpp"

#include <algorithm>
#include <utility>

#include "model/access.hpp"
#include "model/field.hpp"
#include "model/limits.hpp"
#include "model/slice.hpp"

namespace atrous {

namespace model {

namespace {

void check_slice(const Field& at, const std::vector<int>& channels, const std::vector<Stack>& stacks) {
  at.equal(std::int64_t(channels.size()), std::int64_t(stacks.size()), "one per stack");
  at.require(!stacks.empty(), "there are no stacks to slice");
  for (std::size_t s = 0; s < stacks.size(); ++s) {
    at[s].range(channels[s], 1, stacks[s].input.out);
    at[s].require(can_slice(stacks[s]),
                  "the stack has groups, concatenated branches, unlike layers or no head, and cannot be sliced");
  }
}

}  // namespace

std::vector<double> size_bounds(const ModelData& data) {
  std::vector<double> bounds;
  for (const Size& size : data.sizes) bounds.push_back(size.below);
  return bounds;
}

std::size_t size_index(const std::vector<double>& bounds, double size) noexcept {
  return std::size_t(std::upper_bound(bounds.begin(), bounds.end(), size) - bounds.begin());
}

void check_size(double size) {
  if (size >= 0 && size <= 1) return;
  throw Error(ErrorCode::argument, "size: expected 0 to 1, found " + number_text(size));
}

ModelData smaller(const ModelData& data, std::size_t index) {
  const Size& size = data.sizes[index];
  return size.model ? *size.model : slice(data, size.channels);
}

std::string disagreement(const ModelData& full, const ModelData& smaller) {
  const auto differ = [](const char* what, double wanted, double found) {
    return std::string(what) + ": expected " + number_text(wanted) + ", as in the largest size, found " +
           number_text(found);
  };
  const Config &a = full.config, &b = smaller.config;
  const Input &input = a.wavenet.input, &other_input = b.wavenet.input;
  const Output &made = a.wavenet.output, &other_made = b.wavenet.output;
  if (a.sample_rate != b.sample_rate) return differ("sample_rate", a.sample_rate, b.sample_rate);
  if (input.channels != other_input.channels) return differ("input.channels", input.channels, other_input.channels);
  if (made.channels != other_made.channels) return differ("output.channels", made.channels, other_made.channels);
  if (input.kind != other_input.kind) return "input.kind: expected that of the largest size";
  if (made.kind != other_made.kind) return "output.kind: expected that of the largest size";
  if (a.knobs != b.knobs) return "knobs: expected those of the largest size";
  return "";
}

void validate_sizes(const ModelData& data) {
  const Field root{data.name, "sizes"};
  root.range(std::int64_t(data.sizes.size()), 0, max_sizes);
  root.require(data.sizes.empty() || !data.config.front, "a model behind another has one size");
  for (std::size_t i = 0; i < data.sizes.size(); ++i) {
    const Size& size = data.sizes[i];
    const Field at = root[i];
    (at / "below").finite(size.below);
    (at / "below")
        .require(i == 0 || size.below > data.sizes[i - 1].below, "expected more than that of the size before");
    at.require(size.channels.empty() == (size.model != nullptr), "expected either channels or a model");
    if (!size.model) {
      check_slice(at / "channels", size.channels, data.config.wavenet.stacks);
      continue;
    }
    (at / "model.sizes").require(size.model->sizes.empty(), "a size has no sizes of its own");
    const std::string problem = disagreement(data, *size.model);
    (at / "model").require(problem.empty(), problem.c_str());
  }
}

}  // namespace model

std::vector<double> Model::size_bounds() const {
  return model::size_bounds(*state_);
}

Model Model::at_size(double size) const {
  model::check_size(size);
  const std::size_t index = model::size_index(size_bounds(), size);
  if (state_->sizes.empty()) return *this;
  const model::ModelData& all = *state_;
  model::ModelData chosen = index < all.sizes.size() ? model::smaller(all, index) : all;
  chosen.sizes.clear();
  return Access::make(std::move(chosen));
}

}  // namespace atrous
