// Knobs: what they may stand at, and what a network reads of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <atrous/knobs.hpp>

#include "model/config.hpp"
#include "model/field.hpp"

namespace atrous::model {

// Rows of what the network reads that are one knob's: a switch has one per position.
inline int knob_rows(const Knob& knob) noexcept {
  return knob.positions.empty() ? 1 : int(knob.positions.size());
}
// Those of all knobs; they stand behind the channels of sound, unless a hypernet reads them.
int knob_rows(const Config& config) noexcept;
// What else a network reads of a signal: the channels of sound.
int audio_channels(const Config& config) noexcept;

// Where the knob stands once it is turned to `value`: clipped to its range, on a switch the nearest position.
template <class T>  // a Knob or a KnobInfo
double reachable(const T& knob, double value) noexcept {
  const double clipped = std::clamp(value, knob.min, knob.max);
  return knob.positions.empty() ? clipped : std::round(clipped);
}
// What row `row` of the knob's holds where it stands at a reachable value.
float knob_row(const Knob& knob, int row, double value) noexcept;

// What the rows of all knobs hold where they stand at these values, one each, or, where there are none, by default.
std::vector<float> knob_row_values(const std::vector<Knob>& knobs, std::span<const double> values);

// Those of the whole: a model in front of another has its own first.
std::vector<KnobInfo> knob_infos(const Config& config);

// Names and ranges, at the fields of a file that has them in a list and calls a switch's positions that. Throws Error
// (invalid).
void validate_knobs(const Field& at, const std::vector<Knob>& knobs, const std::string& positions);
// The same of a configuration, and whether its input has rows for them.
void validate_knobs(const Field& at, const Config& config);

}  // namespace atrous::model
