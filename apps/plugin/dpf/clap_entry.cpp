// CLAP's entry point: the framework's, but for four things. Texts of parameters have units. The model's knobs have the
// model's names and values, which hosts are told when another model plays. A latency that is new after an activation is
// told then, where the framework would ask for a restart after the first block. And a host may do without the extension
// for latencies, which the framework calls all the same.
#undef clap_entry  // the framework's is renamed by CMake
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chain/parameters.hpp"
#include "dpf/plugin.hpp"
#include "src/clap/entry.h"
#include "src/clap/ext/latency.h"
#include "src/clap/ext/params.h"
#include "src/clap/plugin-factory.h"

extern "C" const clap_plugin_entry_t atrous_framework_entry;

namespace {

const clap_plugin_factory_t& framework() {
  return *static_cast<const clap_plugin_factory_t*>(atrous_framework_entry.get_factory(CLAP_PLUGIN_FACTORY_ID));
}

// A host with an extension for latencies, of one that has none.
struct PatientHost : clap_host_t {
  const clap_host_t* host;
};

const void* patient_extension(const clap_host_t* patient, const char* id) {
  static const clap_host_latency_t latency{[](const clap_host_t*) {}};
  if (std::strcmp(id, CLAP_EXT_LATENCY) == 0) return &latency;
  const clap_host_t* host = static_cast<const PatientHost*>(patient)->host;
  return host->get_extension(host, id);
}

// An instance as hosts see it.
struct Instance : clap_plugin_t {
  const clap_host_t* host;
  PatientHost patient;
  const clap_plugin_t* own = nullptr;    // the framework's, once there is one
  AtrousPlugin* plugin = nullptr;        // likewise
  std::vector<plugin::ModelKnob> knobs;  // of the model, as the host knows them
};

Instance& of(const clap_plugin_t* plugin) {
  return *static_cast<Instance*>(const_cast<clap_plugin_t*>(plugin));
}

const clap_plugin_params_t& own_params(const clap_plugin_t* plugin) {
  const clap_plugin_t* own = of(plugin).own;
  return *static_cast<const clap_plugin_params_t*>(own->get_extension(own, CLAP_EXT_PARAMS));
}

void write(char* text, std::size_t size, const std::string& words) {
  std::strncpy(text, words.c_str(), size - 1);
  text[size - 1] = '\0';
}

// The model's knob that is a parameter, or null.
const plugin::ModelKnob* knob_of(const clap_plugin_t* plugin, clap_id id) {
  const std::vector<plugin::ModelKnob>& knobs = of(plugin).knobs;
  const bool is_knob = id >= plugin::first_knob && id - plugin::first_knob < plugin::knob_count;
  return is_knob && id - plugin::first_knob < knobs.size() ? &knobs[id - plugin::first_knob] : nullptr;
}

bool get_info(const clap_plugin_t* plugin, uint32_t index, clap_param_info_t* info) {
  if (!own_params(plugin).get_info(plugin, index, info)) return false;
  if (const plugin::ModelKnob* knob = knob_of(plugin, info->id)) {
    write(info->name, sizeof info->name, info->name + (": " + knob->name));
  }
  return true;
}

bool value_to_text(const clap_plugin_t* plugin, clap_id id, double value, char* text, uint32_t size) {
  if (id >= plugin::parameter_count || size == 0) return false;
  const plugin::ModelKnob* knob = knob_of(plugin, id);
  write(text, size, knob ? knob_text(*knob, float(value)) : plugin::parameter_text(id, float(value)).characters);
  return true;
}

bool text_to_value(const clap_plugin_t* plugin, clap_id id, const char* text, double* value) {
  const plugin::ModelKnob* knob = knob_of(plugin, id);
  if (!knob) return own_params(plugin).text_to_value(plugin, id, text, value);
  const auto parameter = knob_parameter(*knob, text);
  if (parameter) *value = double(*parameter);
  return parameter.has_value();
}

// Asked for when another model plays.
void on_main_thread(const clap_plugin_t* plugin) {
  Instance& self = of(plugin);
  const auto model = self.plugin->rig.model_report();
  std::vector<plugin::ModelKnob> knobs = model ? model->knobs : std::vector<plugin::ModelKnob>();
  if (knobs != self.knobs) {
    self.knobs = std::move(knobs);
    const void* params = self.host->get_extension(self.host, CLAP_EXT_PARAMS);
    constexpr clap_param_rescan_flags what = CLAP_PARAM_RESCAN_INFO | CLAP_PARAM_RESCAN_TEXT;
    if (params) static_cast<const clap_host_params_t*>(params)->rescan(self.host, what);
  }
  self.own->on_main_thread(self.own);
}

const void* extension(const clap_plugin_t* plugin, const char* id) {
  const void* own = of(plugin).own->get_extension(of(plugin).own, id);
  if (!own || std::strcmp(id, CLAP_EXT_PARAMS) != 0) return own;
  static const clap_plugin_params_t params = [own] {
    clap_plugin_params_t copy = *static_cast<const clap_plugin_params_t*>(own);
    copy.get_info = get_info;
    copy.value_to_text = value_to_text;
    copy.text_to_value = text_to_value;
    return copy;
  }();
  return &params;
}

// The framework notices a new latency when it is deactivated.
bool activate(const clap_plugin_t* plugin, double rate, uint32_t least_frames, uint32_t most_frames) {
  const clap_plugin_t* own = of(plugin).own;
  if (!own->activate(own, rate, least_frames, most_frames)) return false;
  own->deactivate(own);
  return own->activate(own, rate, least_frames, most_frames);
}

void destroy(const clap_plugin_t* plugin) {
  const std::unique_ptr<Instance> instance(&of(plugin));
  if (instance->own) instance->own->destroy(instance->own);
}

// The framework's instance is made here: before, hosts may not be asked what they have.
bool init(const clap_plugin_t* plugin) {
  Instance& self = of(plugin);
  if (!self.host->get_extension(self.host, CLAP_EXT_LATENCY)) {
    static_cast<clap_host_t&>(self.patient) = *self.host;
    self.patient.get_extension = patient_extension;
    self.patient.host = self.host;
  }
  const clap_host_t* host = self.patient.host ? &self.patient : self.host;
  self.own = framework().create_plugin(&framework(), host, self.desc->id);
  if (!self.own) return false;
  static_cast<clap_plugin_t&>(self) = *self.own;  // whose functions need no more than its data
  self.init = init;
  self.destroy = destroy;
  self.activate = activate;
  self.get_extension = extension;
  self.on_main_thread = on_main_thread;
  if (!self.own->init(self.own)) return false;
  self.plugin = std::exchange(AtrousPlugin::newest(), nullptr);
  self.plugin->rig.model_changed = [host = self.host] { host->request_callback(host); };
  return true;
}

const clap_plugin_t* create(const clap_plugin_factory_t*, const clap_host_t* host, const char* id) {
  const clap_plugin_descriptor_t* about = framework().get_plugin_descriptor(&framework(), 0);
  if (std::strcmp(id, about->id) != 0) return nullptr;
  auto instance = std::make_unique<Instance>();
  instance->desc = about;
  instance->host = host;
  instance->init = init;
  instance->destroy = destroy;
  return instance.release();
}

const void* factory(const char* id) {
  if (std::strcmp(id, CLAP_PLUGIN_FACTORY_ID) != 0) return nullptr;
  static const clap_plugin_factory_t own{framework().get_plugin_count, framework().get_plugin_descriptor, create};
  return &own;
}

bool enter(const char* path) {
  return atrous_framework_entry.init(path);
}

void leave() {
  atrous_framework_entry.deinit();
}

}  // namespace

extern "C" CLAP_EXPORT const clap_plugin_entry_t clap_entry = {CLAP_VERSION, enter, leave, factory};
