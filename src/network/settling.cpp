#include <algorithm>

#include "model/model_data.hpp"
#include "network/plan.hpp"

namespace atrous::network {

std::int64_t settling_length(const Plan& plan) noexcept {
  const auto has_cells = [](const PostPlan& post) { return post.cells.has_value(); };
  std::int64_t length = plan.info.receptive_field;
  for (const Plan* part = &plan; part; part = part->condition_plan.get()) {
    if (std::any_of(part->post.begin(), part->post.end(), has_cells)) {
      length += std::int64_t(part->config.sample_rate / 2);
    }
  }
  return length;
}

}  // namespace atrous::network
