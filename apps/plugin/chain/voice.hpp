// A model at work in one instance: its effect at the host's rate, and the gains around it. Without a model the gains
// are all there is.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "chain/block.hpp"
#include "chain/model.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"

namespace plugin {

// Linear factors, by the rules of `atrous process`: --gain-in, --gain-out, --normalize, --calibrate.
struct Gains {
  float input, output;
};
Gains gains_of(const Model* model, const Settings& settings) noexcept;

class Voice {
 public:
  Voice() = default;
  // Allocates everything and prewarms the model, at the size, with the knobs and the oversampling of `settings`; that
  // last one stays as it is. Throws Refusal.
  Voice(std::shared_ptr<const Model> model, double sample_rate, int channels, const Settings& settings);

  // ---- Real-time safe ----
  // Ramps last `ramp` frames.
  void process(Block& block, const Settings& settings, int ramp) noexcept;
  void reset() noexcept;  // as it was at first
  int latency() const noexcept;
  double exact_latency() const noexcept;

 private:
  void follow(const Settings& settings, int ramp) noexcept;
  bool turn(const Settings& settings) noexcept;

  std::shared_ptr<const Model> model_;
  Handle<atrous_effect> effect_;
  float quality_ = 100;
  std::array<double, knob_count> knobs_{};  // as they were turned last
  std::optional<Settings> settings_;        // that the ramps go to; none before the first block
  Ramp input_{1}, output_{1};
};

}  // namespace plugin
