// A guitar is mono, on a stereo track too: the model reads the mean of both sides, once, and is heard on both. What the
// other side's model reads then is silence, in which it rests.
#pragma once

#include "chain/block.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"

namespace plugin {

class MonoInput {
 public:
  void reset(const Settings& settings) noexcept { part_.jump(settings.on(mono_input) ? 1.0f : 0.0f); }

  // Before the model, and behind it.
  void join(Block& block, const Settings& settings, int ramp) noexcept;
  void spread(Block& block) noexcept;

 private:
  Ramp part_{0};  // 1: all mono
};

}  // namespace plugin
