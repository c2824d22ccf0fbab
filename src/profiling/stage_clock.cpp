#include "profiling/stage_clock.hpp"

#include <algorithm>

#include "profiling/timing.hpp"

namespace atrous::profiling {

StageClock::StageClock() {
  constexpr int changes = 1000;
  start();
  for (int i = 0; i < changes; ++i) change(Stage::input);
  double sum = 0;
  for (const double each : run_) sum += each;
  overhead_ = sum / changes;
}

void StageClock::start() noexcept {
  run_.fill(0);
  current_ = Stage::condition;
  since_ = Clock::now();
}

void StageClock::change(Stage stage) noexcept {
  const Clock::time_point now = Clock::now();
  run_[index(current_)] += std::chrono::duration<double>(now - since_).count() - overhead_;
  current_ = stage;
  since_ = now;
}

void StageClock::stop() {
  change(current_);
  for (std::size_t i = 0; i < stage_count; ++i) seconds_[i].push_back(float(std::max(run_[i], 0.0)));
  ++runs_;
}

double StageClock::seconds(Stage stage) const {
  const std::vector<float>& all = seconds_[index(stage)];
  return all.empty() ? 0 : median({all.begin(), all.end()});
}

}  // namespace atrous::profiling
