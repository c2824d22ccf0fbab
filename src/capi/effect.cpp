// Effects for C.
#include <algorithm>

#include "capi/guard.hpp"
#include "capi/handles.hpp"

using namespace atrous::capi;

atrous_status atrous_effect_create(const atrous_network* network, const atrous_effect_options* options,
                                   atrous_effect** effect) {
  return created(effect, "effect", [&] {
    need(network, "network");
    const atrous_effect_options given = options_of(options, ATROUS_EFFECT_OPTIONS, "atrous_effect_options");
    atrous::EffectOptions wanted{.max_block = given.max_block,
                                 .channels = given.channels,
                                 .input_gain = given.input_gain,
                                 .output_gain = given.output_gain,
                                 .rest = given.rest != 0,
                                 .knob_ramp = given.knob_ramp,
                                 .oversample = int(std::min<size_t>(given.oversample, 1000)),
                                 .ceiling = float(given.ceiling)};
    const auto knobs = span_of(given.knobs, given.knob_count, "knobs");
    wanted.knobs.assign(knobs.begin(), knobs.end());
    if (given.oversample_phase) wanted.oversample_phase = atrous::filter_phase_from_name(given.oversample_phase);
    if (given.sample_rate != 0) wanted.sample_rate = given.sample_rate;
    return new atrous_effect{atrous::Effect(network->value, wanted)};
  });
}

void atrous_effect_free(atrous_effect* effect) {
  delete effect;
}

void atrous_effect_process(atrous_effect* effect, const float* const* in, float* const* out, size_t channels,
                           size_t frames) {
  const std::span<const float* const> inputs(in, in ? channels : 0);
  const std::span<float* const> made(out, out ? channels : 0);
  if (effect) return effect->value.process(inputs, made, frames);
  for (float* row : made) {
    if (row) std::fill_n(row, frames, 0.0f);
  }
}

void atrous_effect_set_size(atrous_effect* effect, double size) {
  if (effect) effect->value.set_size(size);
}

void atrous_effect_set_knob(atrous_effect* effect, size_t knob, double value) {
  if (effect) effect->value.set_knob(knob, value);
}

void atrous_effect_reset(atrous_effect* effect) {
  if (effect) effect->value.reset();
}

uint64_t atrous_effect_guarded(const atrous_effect* effect) {
  return effect ? effect->value.guarded() : 0;
}

int atrous_effect_channels(const atrous_effect* effect) {
  return effect ? effect->value.channels() : 0;
}

size_t atrous_effect_latency(const atrous_effect* effect) {
  return effect ? effect->value.latency() : 0;
}

double atrous_effect_exact_latency(const atrous_effect* effect) {
  return effect ? effect->value.exact_latency() : 0;
}
