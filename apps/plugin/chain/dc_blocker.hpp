// A high-pass of the first order at 5 Hz: y[t] = x[t] - x[t-1] + r y[t-1]. What stands still leaves no trace behind it.
#pragma once

#include <array>

#include "chain/block.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"

namespace plugin {

class DcBlocker {
 public:
  void prepare(double sample_rate) noexcept;
  void reset(const Settings& settings) noexcept;
  void process(Block& block, const Settings& settings, int ramp) noexcept;

 private:
  template <int channels>
  void run(Block& block) noexcept;

  double r_ = 0;
  Ramp part_{1};  // of the filter in the sum with the plain signal
  std::array<double, max_channels> x_{}, y_{};
};

}  // namespace plugin
