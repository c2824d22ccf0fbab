// Gains around an effect, from the levels that its model states: so that captures of different gear, made at different
// levels, behave and sound alike. The formulas are those of the Neural Amp Modeler plugin.
#pragma once

#include <atrous/export.h>
#include <atrous/model.hpp>

namespace atrous {

/// The level to which loudness_gain() brings a model's output, dB RMS.
inline constexpr double normal_loudness_db = -18;

/// Linear factors for EffectOptions; any thread. Each throws Error (argument), naming the file and the field, where the
/// model does not state what the formula needs. Metadata come from untrusted files, but the factors are always finite
/// and above 0.
///
/// Output gain to the same loudness for every model: -18 dB - loudness_db.
ATROUS_API double loudness_gain(const Model& model);

/// Input gain for a host whose converter takes `host_dbu` dBu (-200 to 200) at full scale: host_dbu - input_level_dbu,
/// so that the model gets the level that its gear heard.
ATROUS_API double calibrated_input_gain(const Model& model, double host_dbu);

/// Output gain for such a host: output_level_dbu - host_dbu, so that it gives out the level that the gear gave.
ATROUS_API double calibrated_output_gain(const Model& model, double host_dbu);

}  // namespace atrous
