#include "chain/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace plugin {

namespace {

constexpr Kind toggle = Kind::toggle, choice = Kind::choice, number = Kind::number, knob = Kind::knob,
               meter = Kind::meter;
constexpr const char* knob_says =
    "A knob of the model, from one end of its range to the other; below 0 where the model has it by default";

// clang-format off
constexpr ParameterInfo table[parameter_count] = {
    {"bypass", "Bypass", "Bypass", "", "Passes the input on, delayed by the latency", toggle, 0, 1, 0},
    {"input_gain", "Input", "Input", "dB", "Gain before the model: how hard the amplifier is driven", number, -24, 24, 0},
    {"output_gain", "Output", "Output", "dB", "Gain after the model", number, -24, 24, 0},
    {"normalize", "Normalize", "Norm", "", "Brings the loudness that the model states to -18 dB", toggle, 0, 1, 1},
    {"calibrate", "Calibrate", "Calib", "", "Lets the model get the level that its gear heard, by the levels that it states", toggle, 0, 1, 0},
    {"host_level", "Interface level", "Interface", "dBu", "Level that reaches full scale at the input of your interface", number, -20, 40, 12},
    {"quality", "Quality", "Quality", "%", "Size of a model that has several: smaller costs less", number, 0, 100, 100},
    {"gate", "Gate", "Gate", "", "Silences the input while it is below the threshold", toggle, 0, 1, 0},
    {"gate_threshold", "Gate threshold", "Threshold", "dB", "Peak level at which the gate opens", number, -100, 0, -70},
    {"bass", "Bass", "Bass", "dB", "Low shelf at 120 Hz", number, -12, 12, 0},
    {"middle", "Middle", "Middle", "dB", "Broad bell at 700 Hz", number, -12, 12, 0},
    {"treble", "Treble", "Treble", "dB", "High shelf at 3 kHz", number, -12, 12, 0},
    {"dc_blocker", "DC blocker", "DC", "", "Takes away what stands still, below 5 Hz", toggle, 0, 1, 1},
    {"cabinet", "Cabinet", "Cab", "", "Runs the sound through the impulse responses", toggle, 0, 1, 1},
    {"cabinet_blend", "Cabinet blend", "Blend", "%", "From cabinet A alone to cabinet B alone", number, 0, 100, 50},
    {"mono_input", "Mono input", "Mono", "", "Lets the model read the mean of both sides once, and plays it on both: half the work", toggle, 0, 1, 0},
    {"knob_1", "Knob 1", "Knob 1", "%", knob_says, knob, -1, 100, -1},
    {"knob_2", "Knob 2", "Knob 2", "%", knob_says, knob, -1, 100, -1},
    {"knob_3", "Knob 3", "Knob 3", "%", knob_says, knob, -1, 100, -1},
    {"knob_4", "Knob 4", "Knob 4", "%", knob_says, knob, -1, 100, -1},
    {"knob_5", "Knob 5", "Knob 5", "%", knob_says, knob, -1, 100, -1},
    {"knob_6", "Knob 6", "Knob 6", "%", knob_says, knob, -1, 100, -1},
    {"knob_7", "Knob 7", "Knob 7", "%", knob_says, knob, -1, 100, -1},
    {"knob_8", "Knob 8", "Knob 8", "%", knob_says, knob, -1, 100, -1},
    {"oversample", "Oversampling", "Oversampling", "", "Runs the model at several times its rate, against aliases: as many times the work, and latency", choice, 0, 2, 0},
    {"minimum_phase", "Minimum phase", "Min phase", "", "Lets the filters of oversampling delay as little as they can: 4 or 5 samples in place of 64", toggle, 0, 1, 0},
    {"input_peak", "Input peak", "In", "dB", "Peak level of the input", meter, -100, 40, -100},
    {"output_peak", "Output peak", "Out", "dB", "Peak level of the output", meter, -100, 40, -100},
    {"cpu_share", "CPU share", "CPU", "%", "Part of the time between two blocks that the plugin takes; measured while its window is open", meter, 0, 1000, 0},
    {"exact_latency", "Exact latency", "Latency", "frames", "Delay by oversampling, and by the resampling around a model of another rate", meter, 0, 65536, 0},
};
// clang-format on

}  // namespace

const ParameterInfo& parameter_info(unsigned index) noexcept {
  return table[index < parameter_count ? index : 0];
}

Text parameter_text(unsigned index, float value) noexcept {
  const ParameterInfo& info = parameter_info(index);
  Text text;
  const auto print = [&text](const char* format, auto... arguments) {
    std::snprintf(text.characters, sizeof text.characters, format, arguments...);
  };
  const auto shown = double(value);
  if (info.kind == toggle)
    print("%s", value > 0.5f ? "On" : "Off");
  else if (info.kind == choice)
    print("%dx", oversampling(value));
  else if (info.kind == knob && knob_is_default(value))
    print("%s", "Default");
  else if (info.kind == number && info.least < 0 && info.most > 0)
    print("%+.1f %s", shown, info.unit);
  else
    print("%.0f %s", info.kind == knob ? std::max(0.0, shown) : shown, info.unit);
  return text;
}

Settings usual_settings() noexcept {
  Settings settings{};
  for (unsigned i = 0; i < input_count; ++i) settings.values[i] = table[i].usual;
  return settings;
}

SharedSettings::SharedSettings() noexcept {
  for (unsigned i = 0; i < parameter_count; ++i) values_[i].store(table[i].usual, std::memory_order_relaxed);
}

void SharedSettings::set(unsigned index, float value) noexcept {
  if (index >= parameter_count || std::isnan(value)) return;
  values_[index].store(std::clamp(value, table[index].least, table[index].most), std::memory_order_relaxed);
}

Settings SharedSettings::read() const noexcept {
  Settings settings;
  for (unsigned i = 0; i < input_count; ++i) settings.values[i] = get(i);
  return settings;
}

}  // namespace plugin
