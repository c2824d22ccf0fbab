// How long each stage of a forward pass takes, and how many bytes of weights it reads.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

namespace atrous::profiling {

enum class Stage {
  condition,
  input,
  layers,
  convolution,
  past,
  newest,
  film,
  activation,
  pointwise,
  cells,
  filter,
  head,
  sampling
};
inline constexpr std::array<std::string_view, 13> stage_names = {
    "condition", "input", "layers at one go", "convolution", "past taps", "newest taps", "film", "activation",
    "1x1",       "cells", "filter",           "head",        "sampling"};
inline constexpr std::size_t stage_count = stage_names.size();

// Runs are what is timed at a time: from start() to stop(). A stage lasts until the next one is entered, so that stages
// in a row of the same kind are one, whose time is taken once.
class StageClock {
 public:
  StageClock();

  void start() noexcept;
  void enter(Stage stage, std::size_t weight_bytes = 0) noexcept {
    bytes_[index(stage)] += double(weight_bytes);
    if (stage != current_) change(stage);
  }
  void stop();

  // Of a run: the median, and the mean of bytes.
  double seconds(Stage stage) const;
  double weight_bytes(Stage stage) const noexcept { return bytes_[index(stage)] / double(runs_); }

 private:
  using Clock = std::chrono::steady_clock;
  static std::size_t index(Stage stage) noexcept { return std::size_t(stage); }
  void change(Stage stage) noexcept;

  double overhead_ = 0;  // seconds that a change takes
  Stage current_ = Stage::condition;
  Clock::time_point since_;
  std::array<double, stage_count> run_{}, bytes_{};
  std::array<std::vector<float>, stage_count> seconds_;
  long runs_ = 0;
};

}  // namespace atrous::profiling
