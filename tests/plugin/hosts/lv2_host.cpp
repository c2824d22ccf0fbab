// A host of LV2 plugins, on lilv: with options, worker, sized buffers, atom ports, states and their paths.
#include <lilv/lilv.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/units/units.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>

#include "hosts/host.hpp"

namespace plugin_test {

namespace {

struct Free {
  void operator()(LilvWorld* world) const { lilv_world_free(world); }
  void operator()(LilvNode* node) const { lilv_node_free(node); }
  void operator()(LilvInstance* instance) const { lilv_instance_free(instance); }
  void operator()(LilvState* state) const { lilv_state_free(state); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// The numbers of URIs.
class Uris {
 public:
  LV2_URID operator[](const char* uri) {
    const auto [at, is_new] = numbers_.try_emplace(uri, LV2_URID(numbers_.size() + 1));
    if (is_new) names_.push_back(at->first.c_str());
    return at->second;
  }
  LV2_URID_Map map{this, [](LV2_URID_Map_Handle self, const char* uri) { return (*static_cast<Uris*>(self))[uri]; }};
  LV2_URID_Unmap unmap{this, [](LV2_URID_Unmap_Handle self, LV2_URID number) -> const char* {
                         const auto& names = static_cast<Uris*>(self)->names_;
                         return number > 0 && number <= names.size() ? names[number - 1] : nullptr;
                       }};

 private:
  std::map<std::string, LV2_URID> numbers_;
  std::deque<const char*> names_;
};

class Lv2Host : public Host {
 public:
  Lv2Host(const std::string& bundle, const std::string& uri);
  ~Lv2Host() override;

  std::string text(std::size_t parameter, double value) override;
  void activate(double rate, std::size_t most_frames) override;
  void deactivate() override;
  void process(const float* const* in, float* const* out, std::size_t frames) override;
  void set(std::size_t parameter, double value) override {
    values_[ports_[parameter]] = float(turned(parameter, value));
  }
  double get(std::size_t parameter) override { return turned(parameter, double(values_[ports_[parameter]])); }
  std::size_t latency() const override { return std::size_t(values_[latency_port_]); }
  void choose(const std::string& part, const std::string& path) override;
  std::string file(const std::string& part) override;
  void save(const std::string& folder) override;
  bool restore(const std::string& folder) override;
  std::string session_file() const override { return "state.ttl"; }

 private:
  Owned<LilvNode> uri_node(const std::string& uri) const {
    return Owned<LilvNode>(lilv_new_uri(world_.get(), uri.c_str()));
  }
  bool is(const LilvPort* port, const char* type) const;
  void scan_control(const LilvPort* port, std::uint32_t index);
  std::string unit_of(const LilvPort* port) const;
  template <class T>
  const T* extension(const char* uri) const {
    return static_cast<const T*>(lilv_instance_get_extension_data(instance_.get(), uri));
  }
  LV2_Handle handle() const { return lilv_instance_get_handle(instance_.get()); }
  std::string key_of(const std::string& part) const {
    return std::string(lilv_node_as_uri(lilv_plugin_get_uri(plugin_))) + "#" + part;
  }
  void instantiate();
  void clear_events();
  void work();
  float* control(const char* symbol);

  // Bypass is a port that enables.
  double turned(std::size_t parameter, double value) const { return parameter == bypass_ ? 1 - value : value; }

  static constexpr std::size_t event_bytes = 65536;
  Owned<LilvWorld> world_;
  const LilvPlugin* plugin_ = nullptr;
  Uris uris_;
  std::vector<std::uint32_t> audio_in_, audio_out_, ports_;  // ports_: of the parameters
  std::uint32_t events_in_port_ = 0, events_out_port_ = 0, latency_port_ = 0;
  std::size_t bypass_ = std::size_t(-1);
  std::vector<float> values_;  // of control ports
  std::vector<std::uint64_t> events_in_, events_out_;
  float rate_ = 48000;
  std::int32_t most_frames_ = 1024;
  std::deque<std::vector<char>> jobs_;
  LV2_Worker_Schedule schedule_{};
  std::vector<LV2_Options_Option> options_;
  bool active_ = false;
  Owned<LilvInstance> instance_;
};

// ---- Scanning ----

Lv2Host::Lv2Host(const std::string& bundle, const std::string& uri)
    : world_(lilv_world_new()), events_in_(event_bytes / 8), events_out_(event_bytes / 8) {
  const Owned<LilvNode> path(lilv_new_file_uri(world_.get(), nullptr, bundle.c_str()));
  lilv_world_load_bundle(world_.get(), path.get());
  plugin_ = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world_.get()), uri_node(uri).get());
  if (!plugin_ || !lilv_plugin_verify(plugin_)) throw std::runtime_error(bundle + " has no plugin " + uri);
  name = lilv_node_as_string(Owned<LilvNode>(lilv_plugin_get_name(plugin_)).get());
  latency_port_ = lilv_plugin_get_latency_port_index(plugin_);
  values_.resize(lilv_plugin_get_num_ports(plugin_));
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    const LilvPort* port = lilv_plugin_get_port_by_index(plugin_, i);
    const bool input = is(port, LILV_URI_INPUT_PORT);
    if (is(port, LILV_URI_AUDIO_PORT))
      (input ? audio_in_ : audio_out_).push_back(i);
    else if (is(port, LILV_URI_ATOM_PORT))
      (input ? events_in_port_ : events_out_port_) = i;
    else if (i != latency_port_)
      scan_control(port, i);
  }
  inputs = int(audio_in_.size());
  outputs = int(audio_out_.size());
  instantiate();
}

bool Lv2Host::is(const LilvPort* port, const char* type) const {
  return lilv_port_is_a(plugin_, port, uri_node(type).get());
}

void Lv2Host::scan_control(const LilvPort* port, std::uint32_t index) {
  const auto number = [](LilvNode* node) {
    const Owned<LilvNode> owned(node);
    return node ? double(lilv_node_as_float(node)) : 0.0;
  };
  LilvNode *usual = nullptr, *least = nullptr, *most = nullptr;
  lilv_port_get_range(plugin_, port, &usual, &least, &most);
  HostParameter parameter;
  parameter.name = lilv_node_as_string(Owned<LilvNode>(lilv_port_get_name(plugin_, port)).get());
  parameter.unit = unit_of(port);
  parameter.least = number(least);
  parameter.most = number(most);
  parameter.usual = number(usual);
  parameter.is_output = is(port, LILV_URI_OUTPUT_PORT);
  parameter.is_toggle = lilv_port_has_property(plugin_, port, uri_node(LV2_CORE__toggled).get());
  values_[index] = float(parameter.usual);
  const Owned<LilvNode> designation(lilv_port_get(plugin_, port, uri_node(LV2_CORE__designation).get()));
  if (designation && std::strcmp(lilv_node_as_string(designation.get()), LV2_CORE__enabled) == 0) {
    bypass_ = parameters.size();
    parameter.name = "Bypass";
    parameter.usual = 1 - parameter.usual;
  }
  parameters.push_back(parameter);
  ports_.push_back(index);
}

std::string Lv2Host::unit_of(const LilvPort* port) const {
  const Owned<LilvNode> unit(lilv_port_get(plugin_, port, uri_node(LV2_UNITS__unit).get()));
  if (!unit) return "";
  if (!lilv_node_is_blank(unit.get())) {
    const std::string uri = lilv_node_as_string(unit.get());
    return uri == LV2_UNITS__db ? "dB" : uri == LV2_UNITS__pc ? "%" : uri;
  }
  const Owned<LilvNode> symbol(lilv_world_get(world_.get(), unit.get(), uri_node(LV2_UNITS__symbol).get(), nullptr));
  return symbol ? lilv_node_as_string(symbol.get()) : "";
}

std::string Lv2Host::text(std::size_t parameter, double value) {
  const LilvPort* port = lilv_plugin_get_port_by_index(plugin_, ports_[parameter]);
  std::string label = std::to_string(value);
  LilvScalePoints* points = lilv_port_get_scale_points(plugin_, port);
  LILV_FOREACH(scale_points, i, points) {
    const LilvScalePoint* point = lilv_scale_points_get(points, i);
    const double here = double(lilv_node_as_float(lilv_scale_point_get_value(point)));
    if (std::abs(here - value) < 1e-6) label = lilv_node_as_string(lilv_scale_point_get_label(point));
  }
  lilv_scale_points_free(points);
  return label;
}

// ---- Life ----

void Lv2Host::instantiate() {
  schedule_ = {this, [](LV2_Worker_Schedule_Handle self, std::uint32_t size, const void* data) {
                 const auto* bytes = static_cast<const char*>(data);
                 static_cast<Lv2Host*>(self)->jobs_.emplace_back(bytes, bytes + size);
                 return LV2_WORKER_SUCCESS;
               }};
  options_ = {{LV2_OPTIONS_INSTANCE, 0, uris_[LV2_BUF_SIZE__maxBlockLength], 4, uris_[LV2_ATOM__Int], &most_frames_},
              {LV2_OPTIONS_INSTANCE, 0, uris_[LV2_PARAMETERS__sampleRate], 4, uris_[LV2_ATOM__Float], &rate_},
              {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, nullptr}};
  const LV2_Feature map{LV2_URID__map, &uris_.map}, unmap{LV2_URID__unmap, &uris_.unmap},
      schedule{LV2_WORKER__schedule, &schedule_}, options{LV2_OPTIONS__options, options_.data()},
      bounded{LV2_BUF_SIZE__boundedBlockLength, nullptr};
  const LV2_Feature* const features[] = {&map, &unmap, &schedule, &options, &bounded, nullptr};
  instance_.reset(lilv_plugin_instantiate(plugin_, double(rate_), features));
  if (!instance_) throw std::runtime_error("no instance of " + name);
  for (std::uint32_t i = 0; i < values_.size(); ++i) lilv_instance_connect_port(instance_.get(), i, &values_[i]);
  lilv_instance_connect_port(instance_.get(), events_in_port_, events_in_.data());
  lilv_instance_connect_port(instance_.get(), events_out_port_, events_out_.data());
  clear_events();
}

Lv2Host::~Lv2Host() {
  if (active_) deactivate();
}

void Lv2Host::activate(double rate, std::size_t most_frames) {
  rate_ = float(rate);
  most_frames_ = std::int32_t(most_frames);
  extension<LV2_Options_Interface>(LV2_OPTIONS__interface)->set(handle(), options_.data());
  lilv_instance_activate(instance_.get());
  active_ = true;
  process(nullptr, nullptr, 0);  // for the latency
}

void Lv2Host::deactivate() {
  lilv_instance_deactivate(instance_.get());
  active_ = false;
}

// ---- Playing ----

void Lv2Host::clear_events() {
  auto* sequence = reinterpret_cast<LV2_Atom_Sequence*>(events_in_.data());
  *sequence = {{sizeof(LV2_Atom_Sequence_Body), uris_[LV2_ATOM__Sequence]}, {0, 0}};
}

void Lv2Host::process(const float* const* in, float* const* out, std::size_t frames) {
  for (std::size_t c = 0; in && c < audio_in_.size(); ++c) {
    lilv_instance_connect_port(instance_.get(), audio_in_[c], const_cast<float*>(in[c]));
  }
  for (std::size_t c = 0; out && c < audio_out_.size(); ++c) {
    lilv_instance_connect_port(instance_.get(), audio_out_[c], out[c]);
  }
  auto* room = reinterpret_cast<LV2_Atom*>(events_out_.data());
  *room = {event_bytes - sizeof(LV2_Atom), uris_[LV2_ATOM__Chunk]};
  lilv_instance_run(instance_.get(), std::uint32_t(frames));
  clear_events();
  work();
}

// Between blocks, where others have a thread.
void Lv2Host::work() {
  const auto* worker = extension<LV2_Worker_Interface>(LV2_WORKER__interface);
  const auto respond = [](LV2_Worker_Respond_Handle, std::uint32_t, const void*) { return LV2_WORKER_SUCCESS; };
  for (; !jobs_.empty(); jobs_.pop_front()) {
    worker->work(handle(), respond, this, std::uint32_t(jobs_.front().size()), jobs_.front().data());
  }
  if (worker->end_run) worker->end_run(handle());
}

// ---- Files and sessions ----

void Lv2Host::choose(const std::string& part, const std::string& path) {
  LV2_Atom_Forge forge;
  lv2_atom_forge_init(&forge, &uris_.map);
  lv2_atom_forge_set_buffer(&forge, reinterpret_cast<std::uint8_t*>(events_in_.data()), event_bytes);
  LV2_Atom_Forge_Frame sequence, message;
  lv2_atom_forge_sequence_head(&forge, &sequence, 0);
  lv2_atom_forge_frame_time(&forge, 0);
  lv2_atom_forge_object(&forge, &message, 0, uris_[LV2_PATCH__Set]);
  lv2_atom_forge_key(&forge, uris_[LV2_PATCH__property]);
  lv2_atom_forge_urid(&forge, uris_[key_of(part).c_str()]);
  lv2_atom_forge_key(&forge, uris_[LV2_PATCH__value]);
  lv2_atom_forge_path(&forge, path.c_str(), std::uint32_t(path.size() + 1));
  lv2_atom_forge_pop(&forge, &message);
  lv2_atom_forge_pop(&forge, &sequence);
  process(nullptr, nullptr, 0);
}

// Saved without lilv, so that the path is as the plugin gives it.
std::string Lv2Host::file(const std::string& part) {
  struct Wanted {
    LV2_URID key;
    std::string value;
  } wanted{uris_[key_of(part).c_str()], ""};
  const auto store = [](LV2_State_Handle handle, std::uint32_t key, const void* data, std::size_t, std::uint32_t,
                        std::uint32_t) {
    auto& looked_for = *static_cast<Wanted*>(handle);
    if (key == looked_for.key) looked_for.value = static_cast<const char*>(data);
    return LV2_STATE_SUCCESS;
  };
  extension<LV2_State_Interface>(LV2_STATE__interface)->save(handle(), store, &wanted, LV2_STATE_IS_POD, nullptr);
  return wanted.value;
}

// Of the port of that symbol.
float* Lv2Host::control(const char* symbol) {
  const Owned<LilvNode> node(lilv_new_string(world_.get(), symbol));
  const LilvPort* port = lilv_plugin_get_port_by_symbol(plugin_, node.get());
  return port ? &values_[lilv_port_get_index(plugin_, port)] : nullptr;
}

void Lv2Host::save(const std::string& folder) {
  const auto value = [](const char* symbol, void* self, std::uint32_t* size, std::uint32_t* type) -> const void* {
    auto& host = *static_cast<Lv2Host*>(self);
    *size = sizeof(float);
    *type = host.uris_[LV2_ATOM__Float];
    return host.control(symbol);
  };
  const char* const dir = folder.c_str();
  const Owned<LilvState> now(lilv_state_new_from_instance(plugin_, instance_.get(), &uris_.map, nullptr, dir, dir, dir,
                                                          value, this, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE,
                                                          nullptr));
  if (lilv_state_save(world_.get(), &uris_.map, &uris_.unmap, now.get(), nullptr, folder.c_str(), "state.ttl") != 0) {
    throw std::runtime_error("cannot save to " + folder);
  }
}

bool Lv2Host::restore(const std::string& folder) {
  const auto set = [](const char* symbol, void* self, const void* value, std::uint32_t size, std::uint32_t type) {
    auto& host = *static_cast<Lv2Host*>(self);
    float* const control = host.control(symbol);
    if (control && size == sizeof(float) && type == host.uris_[LV2_ATOM__Float]) std::memcpy(control, value, size);
  };
  const std::string path = folder + "/" + session_file();
  const Owned<LilvState> kept(lilv_state_new_from_file(world_.get(), &uris_.map, nullptr, path.c_str()));
  if (!kept) return false;
  lilv_state_restore(kept.get(), instance_.get(), set, this, 0, nullptr);
  return true;
}

}  // namespace

std::unique_ptr<Host> open_lv2(const std::string& folder, int channels) {
  const std::string which = channels == 1 ? "mono" : "stereo";
  return std::make_unique<Lv2Host>(folder + "/atrous-" + which + ".lv2/", "urn:atrous:effect:" + which);
}

}  // namespace plugin_test
