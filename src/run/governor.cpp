#include "run/governor.hpp"

#include <algorithm>

namespace atrous::run {
namespace {

constexpr int run_length = 16;      // steps between decisions: a window of every layer
constexpr double margin = 0.95;     // of the time alone: sharing has to stay below it
constexpr double hopeless = 1.25;   // times a run's time alone: a shared run that takes longer ends early
constexpr int longest_wait = 1024;  // runs between trials
constexpr double shortest = 1e-5;   // seconds of a step alone: in less, members meet too often for sharing to pay
constexpr int refresh = 256;        // shared runs after which the time alone is measured again

}  // namespace

void Governor::stepped(double seconds) noexcept {
  seconds_ += seconds;
  ++steps_;
  if (steps_ < run_length && !(sharing_ && seconds_ > hopeless * run_length * alone_)) return;
  end_run(seconds_ / steps_);
  steps_ = 0;
  seconds_ = 0;
}

void Governor::end_run(double per_step) noexcept {
  ++runs_;
  if (!sharing_) {
    alone_ = alone_ == 0 || per_step < alone_ ? per_step : (alone_ + per_step) / 2;
    if (runs_ >= wait_ && alone_ >= shortest) change(true, wait_);
  } else if (per_step > margin * alone_) {
    change(false, std::min(2 * wait_, longest_wait));
  } else if (runs_ >= refresh) {
    change(false, 1);
  }
}

void Governor::change(bool sharing, int wait) noexcept {
  sharing_ = sharing;
  wait_ = wait;
  runs_ = 0;
}

}  // namespace atrous::run
