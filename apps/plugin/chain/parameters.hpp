// What hosts automate and meters show: one table, by which plugin, window and tests know every parameter.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace plugin {

// Knobs of a model that are parameters. Hosts are told of parameters before there is a model, so their number is fixed.
inline constexpr unsigned knob_count = 8;

// In an order that never changes: hosts remember indices.
enum Parameter : unsigned {
  bypass,
  input_gain,
  output_gain,
  normalize,
  calibrate,
  host_level,
  quality,
  gate,
  gate_threshold,
  bass,
  middle,
  treble,
  dc_blocker,
  cabinet,
  cabinet_blend,
  mono_input,
  first_knob,
  oversample = first_knob + knob_count,
  minimum_phase,
  input_count,

  input_peak = input_count,  // from here on the plugin tells the host
  output_peak,
  cpu_share,
  exact_latency,
  parameter_count
};

// A choice counts from 0. A model's knob goes in percent from one end of its range to the other; below 0 it stands
// where the model has it by default: what is loaded anew, or with a session that says nothing of it, begins there.
enum class Kind { toggle, choice, number, knob, meter };

struct ParameterInfo {
  const char* symbol;      // for files and hosts, never changed
  const char* name;        // for people
  const char* short_name;  // where there is little room
  const char* unit;        // "" where it has none
  const char* text;        // one sentence on what it does
  Kind kind;
  float least, most, usual;
};

const ParameterInfo& parameter_info(unsigned index) noexcept;

// Whether a model's knob stands where the model has it by default.
inline bool knob_is_default(float value) noexcept {
  return value < -0.5f;
}

// So many times its rate the model runs at.
inline int oversampling(float value) noexcept {
  return 1 << int(value + 0.5f);
}

// "+3.0 dB", "Off", "-80 dB", "2x", "Default".
struct Text {
  char characters[32];
};
Text parameter_text(unsigned index, float value) noexcept;

// The values of one moment.
struct Settings {
  std::array<float, input_count> values;

  float operator[](Parameter parameter) const noexcept { return values[parameter]; }
  bool on(Parameter parameter) const noexcept { return values[parameter] > 0.5f; }
};
Settings usual_settings() noexcept;

// The values as all threads see them.
class SharedSettings {
 public:
  SharedSettings() noexcept;
  void set(unsigned index, float value) noexcept;  // clipped to its range; NaN changes nothing
  float get(unsigned index) const noexcept { return values_[index].load(std::memory_order_relaxed); }
  Settings read() const noexcept;

 private:
  std::array<std::atomic<float>, parameter_count> values_;
};

}  // namespace plugin
