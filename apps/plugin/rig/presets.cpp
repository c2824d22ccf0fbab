#include "rig/presets.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

namespace plugin {

namespace {

Preset made(const char* name, std::initializer_list<std::pair<Parameter, float>> changes) {
  Preset preset{name, usual_settings()};
  for (const auto& [parameter, value] : changes) preset.settings.values[parameter] = value;
  return preset;
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{
      made("Default", {}),
      made("As atrous process", {{normalize, 0}, {dc_blocker, 0}, {cabinet, 0}}),
      made("Calibrated, 12 dBu", {{calibrate, 1}, {host_level, 12}}),
      made("High gain, gated", {{input_gain, 6}, {gate, 1}, {gate_threshold, -60}, {bass, -2}, {middle, 1}}),
      made("Clean and bright", {{input_gain, -9}, {treble, 3}, {bass, -1}}),
      made("Dark", {{bass, 2}, {treble, -4}}),
      made("Scooped", {{bass, 3}, {middle, -5}, {treble, 3}}),
      made("Light on the processor", {{quality, 0}}),
      made("Twofold oversampling", {{oversample, 1}, {minimum_phase, 1}}),
  };
  return all;
}

}  // namespace

std::size_t preset_count() noexcept {
  return presets().size();
}

const Preset& preset(std::size_t index) noexcept {
  return presets()[index < preset_count() ? index : 0];
}

}  // namespace plugin
