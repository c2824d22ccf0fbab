#include "stream/column_buffers.hpp"

#include <algorithm>

#include "stream/widths.hpp"

namespace atrous::stream {

ColumnBuffers::ColumnBuffers(const network::Plan& plan, std::size_t voices, int members) {
  const Widths widths(plan);
  std::vector<std::pair<Area*, std::size_t>> areas;          // and where they will stand
  const auto reserve = [&](Area& area, std::size_t width) {  // whole vectors may be read behind the last of them
    area.stride = std::ptrdiff_t(kernels::padded(width + kernels::max_lanes));
    areas.emplace_back(&area, arena.reserve(voices * std::size_t(area.stride)));
  };
  v.resize(plan.stacks.size());
  acc.resize(plan.stacks.size());
  for (const network::StackPlan& stack : plan.stacks) {
    reserve(v[stack.index], kernels::padded(stack.channels) + kernels::padded(stack.skip_channels));
  }
  post.resize(plan.post.size() + 1);
  for (const network::PostPlan& each : plan.post) reserve(post[each.index], each.conv.in);
  reserve(post.back(), plan.info.outputs);
  u.resize(members);
  for (Area& area : u) reserve(area, widths.u);
  reserve(input, 1);
  reserve(z, widths.z);
  reserve(film, widths.film);
  reserve(part, widths.part);
  reserve(mixed, widths.mixed);
  reserve(kept, widths.kept);
  reserve(condition, plan.modulated && plan.upsampler ? plan.condition_channels : 0);
  arena.allocate();
  for (const auto& [area, offset] : areas) area->data = arena.at(offset);
  for (const network::StackPlan& stack : plan.stacks) {
    const Area& state = v[stack.index];
    acc[stack.index] = {state.data + kernels::padded(stack.channels), state.stride};
  }
  terms_of_member = widths.terms * kernels::max_columns;
  terms.resize(std::size_t(members) * terms_of_member);
}

}  // namespace atrous::stream
