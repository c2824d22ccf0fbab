// Slimmable WaveNets of `.nam` files: layer arrays that also run with their first channels alone. For a size s an array
// of n allowed widths runs with number min(⌊s·n⌋, n-1) of them.
#include <algorithm>
#include <string>
#include <vector>

#include "model/formats/nam_architectures.hpp"
#include "model/limits.hpp"
#include "model/slice.hpp"

namespace atrous::model {

namespace {

using Widths = std::vector<int>;  // that an array may have, ascending; the last is its channels

Widths read_allowed_channels(const JsonView& json, int channels) {
  Widths widths(json.size(max_sizes));
  if (widths.empty()) json.expected("at least one width");
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = json[i].integer(1, channels);
    if (i > 0 && widths[i] <= widths[i - 1]) json[i].expected("more than the width before");
  }
  if (widths.back() != channels) json[widths.size() - 1].expected(std::to_string(channels) + " (channels) as the last");
  return widths;
}

// 1 to all of its channels where it does not list them.
Widths read_widths(const JsonView& array, int channels) {
  const auto slimmable = array.find("slimmable");
  if (!slimmable) return {channels};
  const JsonView method = slimmable->at("method");
  if (method.string() != "slice_channels_uniform") {
    method.fail(ErrorCode::unsupported, "expected \"slice_channels_uniform\", found " + in_quotes(method.string()));
  }
  if (const auto kwargs = slimmable->find("kwargs")) {
    if (const auto allowed = kwargs->find("allowed_channels")) return read_allowed_channels(*allowed, channels);
  }
  if (channels > max_sizes) {
    slimmable->fail(ErrorCode::invalid, "without allowed_channels, which needs at most " + std::to_string(max_sizes) +
                                            " channels: found " + std::to_string(channels));
  }
  Widths widths;
  for (int width = 1; width <= channels; ++width) widths.push_back(width);
  return widths;
}

// Where an array of so many widths changes from one to the next.
std::vector<double> changes(std::size_t widths) {
  std::vector<double> at;
  for (std::size_t i = 1; i < widths; ++i) at.push_back(double(i) / double(widths));
  return at;
}

// The width of each array up to that bound.
std::vector<int> widths_below(double bound, const std::vector<Widths>& widths) {
  std::vector<int> result;
  for (const Widths& each : widths) {
    const std::vector<double> at = changes(each.size());
    const auto passed = std::count_if(at.begin(), at.end(), [&](double change) { return change < bound; });
    result.push_back(each[std::size_t(passed)]);
  }
  return result;
}

}  // namespace

void read_nam_slimmable(const JsonView& arrays, ModelData& data) {
  std::vector<Widths> widths;
  std::vector<double> bounds;
  std::string obstacle;
  for (std::size_t s = 0; s < arrays.size(); ++s) {
    const Stack& stack = data.config.wavenet.stacks[s];
    widths.push_back(read_widths(arrays[s], stack.input.out));
    for (const double at : changes(widths.back().size())) bounds.push_back(at);
    if (widths.back().size() > 1 && !can_slice(stack)) obstacle = arrays[s].path();
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  if (bounds.size() > std::size_t(max_sizes)) {
    arrays.fail(ErrorCode::invalid, "slimmable to more than " + std::to_string(max_sizes) + " sizes");
  }
  if (!obstacle.empty()) {  // the original runtime plays such a file too, and fails once its size is changed
    data.warnings.push_back(obstacle + " has groups and cannot be sliced, so the model runs at its full size alone");
    return;
  }
  for (const double below : bounds) data.sizes.push_back({below, widths_below(below, widths), nullptr});
}

}  // namespace atrous::model
