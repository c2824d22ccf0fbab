// CLAP's entry point: the framework's, but for three things. Texts of parameters have units. A latency that is new
// after an activation is told then, where the framework would ask for a restart after the first block. And a host may
// do without the extension for latencies, which the framework calls all the same.
#undef clap_entry  // the framework's is renamed by CMake
#include <cstring>
#include <memory>

#include "chain/parameters.hpp"
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
  const clap_plugin_t* own = nullptr;  // the framework's, once there is one
};

Instance& of(const clap_plugin_t* plugin) {
  return *static_cast<Instance*>(const_cast<clap_plugin_t*>(plugin));
}

bool value_to_text(const clap_plugin_t*, clap_id id, double value, char* text, uint32_t size) {
  if (id >= plugin::parameter_count || size == 0) return false;
  std::strncpy(text, plugin::parameter_text(id, float(value)).characters, size - 1);
  text[size - 1] = '\0';
  return true;
}

const void* extension(const clap_plugin_t* plugin, const char* id) {
  const void* own = of(plugin).own->get_extension(of(plugin).own, id);
  if (!own || std::strcmp(id, CLAP_EXT_PARAMS) != 0) return own;
  static const clap_plugin_params_t params = [own] {
    clap_plugin_params_t copy = *static_cast<const clap_plugin_params_t*>(own);
    copy.value_to_text = value_to_text;
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
  return self.own->init(self.own);
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
