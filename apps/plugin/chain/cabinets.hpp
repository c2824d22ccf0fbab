// Two cabinets, blended: each where it is loaded, a part of both where both are, and the plain signal where none is.
#pragma once

#include "chain/cabinet.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"
#include "chain/slot.hpp"

namespace plugin {

class Cabinets {
 public:
  explicit Cabinets(int channels) : a_(channels), b_(channels), input_(channels), part_(channels) {}

  Slot<Cabinet>& a() noexcept { return a_.slot; }
  Slot<Cabinet>& b() noexcept { return b_.slot; }

  // ---- Real-time safe ----
  // Ramps last `ramp` frames, crossfades `fade`.
  void process(Block& block, const Settings& settings, int ramp, int fade) noexcept;
  void jump(const Settings& settings) noexcept;  // to what has been offered and set, at once
  void reset() noexcept;                         // to silence

 private:
  // One of them with its weight in the sum.
  struct Side {
    explicit Side(int channels) : slot(channels) {}
    void add(Block& sum, Block part, int fade) noexcept;
    void rest() noexcept;

    Slot<Cabinet> slot;
    Ramp weight;
    bool resting = true;
  };
  struct Weights {
    float a, b, plain;
  };
  Weights weights(const Settings& settings) noexcept;

  Side a_, b_;
  Ramp plain_{1};
  BlockBuffer input_, part_;
};

}  // namespace plugin
