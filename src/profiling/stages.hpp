// A network run verb by verb, for measuring where its time goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "network/plan.hpp"

namespace atrous::profiling {

// What a stage takes of a sample of one stream.
struct StageTime {
  std::string name;
  double seconds = 0, weight_bytes = 0;
};

// The plan must outlive it.
class Stages {
 public:
  virtual ~Stages() = default;
  // Runs some samples, and takes the time of each stage.
  virtual void run() = 0;
  // Of the runs so far, at least one: the stages that there are, in the order in which they run.
  virtual std::vector<StageTime> result() const = 0;
};

// In block shape, `frames` (1 to block_frames) at a time.
std::unique_ptr<Stages> block_stages(const network::Plan& plan, int frames);

// In column shape, steps of `columns` voices.
std::unique_ptr<Stages> column_stages(const network::Plan& plan, int columns);

}  // namespace atrous::profiling
