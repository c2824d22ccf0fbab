#include "dpf/plugin.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "dpf/parts.hpp"
#include "dpf/state_version.hpp"
#include "rig/presets.hpp"
#include "rig/remembered.hpp"

#include <atrous/version.h>

#include "DistrhoPluginUtils.hpp"

START_NAMESPACE_DISTRHO

namespace {

constexpr const char* version_key = "version";

// Has hosts show words in place of these values of a parameter.
void name_values(Parameter& parameter, uint32_t index, const std::vector<float>& values) {
  ParameterEnumerationValues& named = parameter.enumValues;
  named.count = uint8_t(values.size());
  named.values = new ParameterEnumerationValue[values.size()];
  for (std::size_t i = 0; i < values.size(); ++i) {
    named.values[i] = {values[i], plugin::parameter_text(index, values[i]).characters};
  }
}

// It has no host to keep a state.
bool is_stand_alone() {
  return std::strncmp(getPluginFormatName(), "JACK", 4) == 0;
}

}  // namespace

AtrousPlugin::AtrousPlugin()
    : Plugin(plugin::parameter_count, uint32_t(plugin::preset_count()), plugin::part_count + 1),
      rig(ATROUS_CHANNELS, getSampleRate()) {
  setLatency(0);
  recalled_ = is_stand_alone();
  if (recalled_) plugin::recall(rig, plugin::remembered_file(getLabel()));
}

AtrousPlugin::~AtrousPlugin() {
  if (is_stand_alone()) plugin::remember(rig, plugin::remembered_file(getLabel()));
}

const char* AtrousPlugin::state_problem() const noexcept {
  return newer_state_ ? "The session was saved by a newer version; some of its settings may be missing" : "";
}

const char* AtrousPlugin::getLabel() const {
  return ATROUS_CHANNELS == 1 ? "AtrousMono" : "AtrousStereo";
}

const char* AtrousPlugin::getDescription() const {
  return "Plays neural models of amplifiers and pedals, with cabinets";
}

const char* AtrousPlugin::getLicense() const {
  return ATROUS_PLUGIN_LICENSE;
}

uint32_t AtrousPlugin::getVersion() const {
  return d_version(ATROUS_VERSION_MAJOR, ATROUS_VERSION_MINOR, ATROUS_VERSION_PATCH);
}

int64_t AtrousPlugin::getUniqueId() const {
  return ATROUS_CHANNELS == 1 ? d_cconst('A', 't', 'r', 'M') : d_cconst('A', 't', 'r', 'S');
}

void AtrousPlugin::initAudioPort(bool input, uint32_t index, AudioPort& port) {
  Plugin::initAudioPort(input, index, port);
  port.groupId = ATROUS_CHANNELS == 1 ? kPortGroupMono : kPortGroupStereo;
}

void AtrousPlugin::initParameter(uint32_t index, Parameter& parameter) {
  const plugin::ParameterInfo& info = plugin::parameter_info(index);
  if (index == plugin::bypass) return parameter.initDesignation(kParameterDesignationBypass);
  if (info.kind == plugin::Kind::meter)
    parameter.hints = kParameterIsOutput;
  else if (index != plugin::oversample && index != plugin::minimum_phase)  // which are followed later, not at once
    parameter.hints = kParameterIsAutomatable;
  parameter.name = info.name;
  parameter.shortName = info.short_name;
  parameter.symbol = info.symbol;
  parameter.unit = info.unit;
  parameter.description = info.text;
  parameter.ranges = ParameterRanges(info.usual, info.least, info.most);
  if (info.kind == plugin::Kind::knob) return name_values(parameter, index, {info.least});
  if (info.kind == plugin::Kind::toggle)
    parameter.hints |= kParameterIsBoolean | kParameterIsInteger;
  else if (info.kind == plugin::Kind::choice)
    parameter.hints |= kParameterIsInteger;
  else
    return;
  std::vector<float> values;
  for (float value = info.least; value <= info.most; ++value) values.push_back(value);
  name_values(parameter, index, values);
  parameter.enumValues.restrictedMode = true;
}

void AtrousPlugin::initState(uint32_t index, State& state) {
  if (index == plugin::part_count) {
    state.hints = kStateIsOnlyForDSP;
    state.key = version_key;
    state.label = "Version of the state";
    state.defaultValue = state_version;
    return;
  }
  state.hints = kStateIsFilenamePath;
  state.key = parts[index].key;
  state.label = parts[index].name;
  state.description = parts[index].text;
}

void AtrousPlugin::initProgramName(uint32_t index, String& name) {
  name = plugin::preset(index).name;
}

float AtrousPlugin::getParameterValue(uint32_t index) const {
  return rig.chain.settings.get(index);
}

void AtrousPlugin::setParameterValue(uint32_t index, float value) {
  if (index < plugin::input_count) rig.chain.settings.set(index, value);
}

String AtrousPlugin::getState(const char* key) const {
  const unsigned part = part_of(key);
  if (part < plugin::part_count) return String(rig.report(static_cast<plugin::Part>(part)).wanted.c_str());
  return std::strcmp(key, version_key) == 0 ? String(state_version) : String();
}

void AtrousPlugin::setState(const char* key, const char* value) {
  const unsigned part = part_of(key);
  if (part < plugin::part_count)
    rig.choose(static_cast<plugin::Part>(part), value);
  else if (std::strcmp(key, version_key) == 0)
    newer_state_ = is_newer_state(value);
}

void AtrousPlugin::loadProgram(uint32_t index) {
  if (std::exchange(recalled_, false)) return;
  const plugin::Preset& preset = plugin::preset(index);
  for (unsigned i = plugin::bypass + 1; i < plugin::input_count; ++i) {
    rig.chain.settings.set(i, preset.settings.values[i]);
  }
}

// At whatever rate it is now: LV2's options set it without a word.
void AtrousPlugin::activate() {
  rig.set_sample_rate(getSampleRate());
  setLatency(uint32_t(rig.chain.latency()));
}

void AtrousPlugin::sampleRateChanged(double hz) {
  rig.set_sample_rate(hz);
  setLatency(uint32_t(rig.chain.latency()));
}

void AtrousPlugin::run(const float** in, float** out, uint32_t frames) {
  rig.chain.process(in, out, frames);
  setLatency(uint32_t(rig.chain.latency()));
}

AtrousPlugin*& AtrousPlugin::newest() noexcept {
  thread_local AtrousPlugin* plugin = nullptr;
  return plugin;
}

Plugin* createPlugin() {
  return AtrousPlugin::newest() = new AtrousPlugin();
}

END_NAMESPACE_DISTRHO
