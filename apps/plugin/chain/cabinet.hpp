// One impulse response at work in one instance: the engine's filter without latency.
#pragma once

#include <vector>

#include "chain/block.hpp"
#include "chain/impulse.hpp"

namespace plugin {

class Cabinet {
 public:
  Cabinet() = default;  // none: silent
  Cabinet(const Impulse& impulse, double sample_rate, int channels);

  bool loaded() const noexcept { return !filters_.empty(); }

  // ---- Real-time safe ----
  void process(Block& block) noexcept;
  void reset() noexcept;

 private:
  std::vector<Handle<atrous_effect>> filters_;  // one for all channels, or one for each
};

}  // namespace plugin
