#include "chain/cabinets.hpp"

namespace plugin {

Cabinets::Weights Cabinets::weights(const Settings& settings) noexcept {
  const bool a = a_.slot.current().loaded(), b = b_.slot.current().loaded();
  if (!settings.on(cabinet) || !(a || b)) return {0, 0, 1};
  const float blend = a && b ? settings[cabinet_blend] / 100 : b ? 1.0f : 0.0f;
  return {1 - blend, blend, 0};
}

void Cabinets::process(Block& block, const Settings& settings, int ramp, int fade) noexcept {
  const Weights wanted = weights(settings);
  a_.weight.aim(wanted.a, ramp);
  b_.weight.aim(wanted.b, ramp);
  plain_.aim(wanted.plain, ramp);
  if (plain_.still_at(1)) {
    for (Side* side : {&a_, &b_}) side->rest();
    return;
  }
  const Block input = input_.copy(block);
  multiply(block, plain_);
  for (Side* side : {&a_, &b_}) side->add(block, part_.copy(input), fade);
}

// A cabinet without weight does not run, but another one is taken even then.
void Cabinets::Side::rest() noexcept {
  resting = true;
  slot.take();
}

void Cabinets::Side::add(Block& sum, Block part, int fade) noexcept {
  if (weight.still_at(0)) return rest();
  // One that is heard again starts from silence, under the ramp of its weight.
  if (resting) slot.current().reset();
  slot.process(part, fade);
  multiply(part, weight);
  resting = weight.still_at(0);
  for (int c = 0; c < sum.channels; ++c) {
    for (int t = 0; t < sum.frames; ++t) sum.rows[c][t] += part.rows[c][t];
  }
}

void Cabinets::reset() noexcept {
  for (Side* side : {&a_, &b_}) side->slot.current().reset();
}

void Cabinets::jump(const Settings& settings) noexcept {
  for (Side* side : {&a_, &b_}) side->slot.take();
  const Weights wanted = weights(settings);
  a_.weight.jump(wanted.a);
  b_.weight.jump(wanted.b);
  plain_.jump(wanted.plain);
}

}  // namespace plugin
