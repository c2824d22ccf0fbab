// A noise gate: silence while the loudest channel stays below a threshold.
#pragma once

#include "chain/block.hpp"
#include "chain/parameters.hpp"

namespace plugin {

class Gate {
 public:
  void prepare(double sample_rate) noexcept;
  void reset() noexcept;
  void process(Block& block, const Settings& settings) noexcept;

 private:
  // Opens in 1 ms; closes in 100 ms once the level has been 6 dB below the threshold for 50 ms.
  float decay_ = 0, attack_ = 1, release_ = 1;
  int hold_ = 0;

  float level_ = 0;  // peaks, falling within 10 ms
  float gain_ = 1;
  bool open_ = true;
  int held_ = 0;
};

}  // namespace plugin
