#include "profiling/timing.hpp"

#include <algorithm>
#include <chrono>

namespace atrous::profiling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds = 15;

double seconds_of(const std::function<void()>& work, long calls) {
  const Clock::time_point start = Clock::now();
  for (long call = 0; call < calls; ++call) work();
  return std::chrono::duration<double>(Clock::now() - start).count() / double(calls);
}

// How many runs make a batch.
long calls_per_round(const Timed& timed) {
  timed.work();  // warms caches and branch predictors
  const double once = std::max(std::min(seconds_of(timed.work, 1), seconds_of(timed.work, 1)), 1e-9);
  return std::max(1L, long(timed.seconds_to_spend / rounds / once));
}

}  // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Timed::median() const {
  return profiling::median(seconds);
}

void take_turns(const std::vector<Timed*>& all) {
  std::vector<long> calls;
  calls.reserve(all.size());
  for (const Timed* timed : all) calls.push_back(calls_per_round(*timed));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) all[i]->seconds.push_back(seconds_of(all[i]->work, calls[i]));
  }
}

}  // namespace atrous::profiling
