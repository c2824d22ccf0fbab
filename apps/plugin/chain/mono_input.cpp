#include "chain/mono_input.hpp"

namespace plugin {

void MonoInput::join(Block& block, const Settings& settings, int ramp) noexcept {
  part_.aim(settings.on(mono_input) ? 1.0f : 0.0f, ramp);
  if (block.channels < 2 || part_.still_at(0)) return;
  Ramp part = part_;  // spread() goes on from the same place
  for (int t = 0; t < block.frames; ++t) {
    float &left = block.rows[0][t], &right = block.rows[1][t];
    const float share = part.next(), mean = 0.5f * (left + right);
    left = share == 1 ? mean : left + share * (mean - left);
    right = (1 - share) * right;
  }
}

void MonoInput::spread(Block& block) noexcept {
  if (block.channels < 2 || part_.still_at(0)) return;
  for (int t = 0; t < block.frames; ++t) {
    const float share = part_.next(), left = block.rows[0][t];
    float& right = block.rows[1][t];
    right = share == 1 ? left : right + share * (left - right);
  }
}

}  // namespace plugin
