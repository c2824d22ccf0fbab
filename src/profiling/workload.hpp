// What a profile runs: the voices of a case, a block at a time.
#pragma once

#include <functional>

#include <atrous/profile.hpp>

namespace atrous::profiling {

struct Workload {
  std::function<void()> run;
  double samples = 0;  // that a run makes, over all streams
  int threads = 1;     // that share it
  int columns = 1;     // of a generator: voices that share a read of the weights
};

Workload make_workload(const ProfileCase& each);

}  // namespace atrous::profiling
