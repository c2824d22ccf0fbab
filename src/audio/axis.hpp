// An axis of a plot: the range that holds all values, and where a value stands in it.
#pragma once

#include <string_view>
#include <vector>

#include <atrous/plot.hpp>

#include "audio/canvas.hpp"

namespace atrous::audio {

class Axis {
 public:
  // Linear axes include 0; logarithmic ones need values above 0. At least one value.
  Axis(const std::vector<double>& values, PlotScale scale);

  double low() const noexcept { return low_; }
  double high() const noexcept { return high_; }

  // 0 at the lower end, 1 at the upper.
  double position(double value) const noexcept;

  // At round values: at most `most` of them, at least one.
  std::vector<Tick> ticks(int most) const;

 private:
  std::vector<Tick> decade_ticks(std::string_view digits) const;
  double transformed(double value) const noexcept;

  PlotScale scale_;
  double low_ = 0, high_ = 1;
};

}  // namespace atrous::audio
