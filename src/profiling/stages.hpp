// The kernels of a network one stage at a time, with inputs of their own: for measuring where the time goes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "network/plan.hpp"

namespace atrous::profiling {

struct Stage {
  std::string name;
  double samples_per_call = 1;
  std::size_t weight_bytes = 0;                // that one call reads
  std::vector<std::function<void()>> calls{};  // run all of them for one call
};

// In block shape, `frames` (1 to block_frames) at a time. The plan must outlive the stages.
std::vector<Stage> block_stages(const network::Plan& plan, int frames);

// In column shape, a step of `columns` voices at a time.
std::vector<Stage> column_stages(const network::Plan& plan, int columns);

}  // namespace atrous::profiling
