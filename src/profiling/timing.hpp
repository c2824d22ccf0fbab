// Timing things side by side on a machine that has other work too.
#pragma once

#include <functional>
#include <vector>

namespace atrous::profiling {

double median(std::vector<double> values);  // at least one

// Something to run again and again, and what a run took: one figure per round.
struct Timed {
  std::function<void()> work;
  double seconds_to_spend =
      1;  // over all rounds; a run that takes longer than a round's part of it is made once a round
  std::vector<double> seconds{};  // of one run, the mean of a round

  double median() const;
};

// Runs everything once to warm up, then in rounds: a batch of each in turn.
void take_turns(const std::vector<Timed*>& all);

}  // namespace atrous::profiling
