// A host of VST3 plugins, on the framework's own headers for them: component, processor and controller, parameters by
// queues of points, latency with restarts, and states.
#include <travesty/audio_processor.h>
#include <travesty/component.h>
#include <travesty/edit_controller.h>
#include <travesty/factory.h>
#include <travesty/host.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "hosts/framework_state.hpp"
#include "hosts/host.hpp"
#include "hosts/module.hpp"

namespace plugin_test {

namespace {

// ---- Objects of the host's: a pointer to a pointer to functions; they live on the stack, so nothing counts them ----

template <class Calls>
struct Object : v3_funknown {
  Calls calls{};
  Object* handle = this;

  Object() {
    query_interface = [](void*, const v3_tuid, void** object) -> v3_result {
      return *object = nullptr, V3_NO_INTERFACE;
    };
    ref = unref = [](void*) -> std::uint32_t { return 1; };
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  Calls** pointer() { return reinterpret_cast<Calls**>(&handle); }
};

template <class T>
T& of(void* pointer) {
  return static_cast<T&>(**static_cast<decltype(T::handle)*>(pointer));
}

// Bytes that are read from their beginning, or written to their end.
struct Stream : Object<v3_bstream> {
  std::string bytes;
  std::size_t at = 0;

  Stream() {
    calls.read = [](void* self, void* data, std::int32_t size, std::int32_t* count) -> v3_result {
      auto& stream = of<Stream>(self);
      *count = std::int32_t(stream.bytes.copy(static_cast<char*>(data), std::size_t(size), stream.at));
      stream.at += std::size_t(*count);
      return V3_OK;
    };
    calls.write = [](void* self, void* data, std::int32_t size, std::int32_t* count) -> v3_result {
      of<Stream>(self).bytes.append(static_cast<const char*>(data), std::size_t(size));
      return *count = size, V3_OK;
    };
    calls.seek = [](void*, std::int64_t, std::int32_t, std::int64_t*) -> v3_result { return V3_NOT_IMPLEMENTED; };
    calls.tell = [](void*, std::int64_t*) -> v3_result { return V3_NOT_IMPLEMENTED; };
  }
};

// The values of a parameter in a block: one, at its beginning, or wherever the plugin says.
struct Points : Object<v3_param_value_queue> {
  v3_param_id id;
  double value;

  Points(v3_param_id id_, double value_) : id(id_), value(value_) {
    calls.get_param_id = [](void* self) { return of<Points>(self).id; };
    calls.get_point_count = [](void*) -> std::int32_t { return 1; };
    calls.get_point = [](void* self, std::int32_t, std::int32_t* offset, double* at) -> v3_result {
      return *offset = 0, *at = of<Points>(self).value, V3_OK;
    };
    calls.add_point = [](void* self, std::int32_t, double at, std::int32_t* index) -> v3_result {
      return *index = 0, of<Points>(self).value = at, V3_OK;
    };
  }
};

struct Changes : Object<v3_param_changes> {
  std::vector<std::unique_ptr<Points>> all;

  Changes() {
    calls.get_param_count = [](void* self) { return std::int32_t(of<Changes>(self).all.size()); };
    calls.get_param_data = [](void* self, std::int32_t i) { return of<Changes>(self).all[std::size_t(i)]->pointer(); };
    calls.add_param_data = [](void* self, v3_param_id* id, std::int32_t* index) {
      auto& changes = of<Changes>(self).all;
      *index = std::int32_t(changes.size());
      return changes.emplace_back(std::make_unique<Points>(*id, 0.0))->pointer();
    };
  }
};

// What the plugin's controller tells its host.
struct Handler : Object<v3_component_handler> {
  std::int32_t flags = 0;

  Handler() {
    calls.begin_edit = calls.end_edit = [](void*, v3_param_id) -> v3_result { return V3_OK; };
    calls.perform_edit = [](void*, v3_param_id, double) -> v3_result { return V3_OK; };
    calls.restart_component = [](void* self, std::int32_t what) -> v3_result {
      return of<Handler>(self).flags |= what, V3_OK;
    };
  }
};

// ---- The host ----

class Vst3Host : public StateHost {
 public:
  explicit Vst3Host(const std::string& path);
  ~Vst3Host() override;

  std::string text(std::size_t parameter, double value) override;
  void activate(double rate, std::size_t most_frames) override;
  void deactivate() override;
  void process(const float* const* in, float* const* out, std::size_t frames) override;
  void set(std::size_t parameter, double value) override;
  double get(std::size_t parameter) override;
  std::size_t latency() const override { return latency_; }

 private:
  template <class T>
  T** interface(const v3_tuid id);
  int channels(int direction);
  void scan_parameters();
  void between_blocks();
  std::string state() override;
  bool load(const std::string& state) override;

  Module module_;
  v3_plugin_factory** factory_ = nullptr;
  v3_component** component_ = nullptr;
  v3_audio_processor** processor_ = nullptr;
  v3_edit_controller** controller_ = nullptr;
  Handler handler_;
  std::vector<v3_param_id> ids_;             // of the parameters
  std::unique_ptr<Changes> changes_, told_;  // for the next block, and by the last
  std::size_t latency_ = 0;
  bool active_ = false;
};

std::string narrow(const v3_str_128 wide) {
  std::string text;
  for (; *wide; ++wide) text += char(*wide);
  return text;
}

// ---- Scanning and life ----

Vst3Host::Vst3Host(const std::string& path) : module_(path), changes_(new Changes), told_(new Changes) {
  const auto enter = module_.symbol<bool(void*)>("ModuleEntry");
  const auto factory = module_.symbol<void*()>("GetPluginFactory");
  if (!enter || !factory || !enter(module_.handle())) throw std::runtime_error(path + " is no VST3 plugin");
  factory_ = static_cast<v3_plugin_factory**>(factory());
  v3_class_info about{};
  v3_cpp_obj(factory_)->get_class_info(factory_, 0, &about);
  name = about.name;
  void* instance = nullptr;
  v3_cpp_obj(factory_)->create_instance(factory_, about.class_id, v3_component_iid, &instance);
  if (!instance) throw std::runtime_error("no instance of " + name);
  component_ = static_cast<v3_component**>(instance);
  v3_cpp_obj_initialize(component_, nullptr);
  processor_ = interface<v3_audio_processor>(v3_audio_processor_iid);
  controller_ = interface<v3_edit_controller>(v3_edit_controller_iid);
  v3_cpp_obj_initialize(controller_, nullptr);
  v3_cpp_obj(controller_)->set_component_handler(controller_, handler_.pointer());
  inputs = channels(V3_INPUT);
  outputs = channels(V3_OUTPUT);
  scan_parameters();
}

Vst3Host::~Vst3Host() {
  if (active_) deactivate();
  v3_cpp_obj(controller_)->set_component_handler(controller_, nullptr);
  v3_cpp_obj_terminate(controller_);
  v3_cpp_obj_unref(controller_);
  v3_cpp_obj_unref(processor_);
  v3_cpp_obj_terminate(component_);
  v3_cpp_obj_unref(component_);
  v3_cpp_obj_unref(factory_);
  module_.symbol<bool()>("ModuleExit")();
}

template <class T>
T** Vst3Host::interface(const v3_tuid id) {
  T** object = nullptr;
  if (v3_cpp_obj_query_interface(component_, id, &object) != V3_OK) throw std::runtime_error("an interface is missing");
  return object;
}

int Vst3Host::channels(int direction) {
  int sum = 0;
  for (int i = 0; i < v3_cpp_obj(component_)->get_bus_count(component_, V3_AUDIO, direction); ++i) {
    v3_bus_info bus{};
    v3_cpp_obj(component_)->get_bus_info(component_, V3_AUDIO, direction, i, &bus);
    v3_cpp_obj(component_)->activate_bus(component_, V3_AUDIO, direction, i, true);
    sum += bus.channel_count;
  }
  return sum;
}

void Vst3Host::scan_parameters() {
  const v3_edit_controller* calls = v3_cpp_obj(controller_);
  for (int i = 0; i < calls->get_parameter_count(controller_); ++i) {
    v3_param_info info{};
    calls->get_parameter_info(controller_, i, &info);
    if (info.flags & V3_PARAM_IS_HIDDEN) continue;
    const auto plain = [&](double x) { return calls->normalised_parameter_to_plain(controller_, info.param_id, x); };
    ids_.push_back(info.param_id);
    parameters.push_back({narrow(info.title), narrow(info.units), plain(0), plain(1),
                          plain(info.default_normalised_value), (info.flags & V3_PARAM_READ_ONLY) != 0,
                          info.step_count == 1});
  }
}

std::string Vst3Host::text(std::size_t parameter, double value) {
  const v3_edit_controller* calls = v3_cpp_obj(controller_);
  v3_str_128 words{};
  const double normal = calls->plain_parameter_to_normalised(controller_, ids_[parameter], value);
  calls->get_parameter_string_for_value(controller_, ids_[parameter], normal, words);
  return narrow(words);
}

void Vst3Host::activate(double rate, std::size_t most_frames) {
  v3_process_setup setup{V3_REALTIME, V3_SAMPLE_32, std::int32_t(most_frames), rate};
  if (v3_cpp_obj(processor_)->setup_processing(processor_, &setup) != V3_OK) throw std::runtime_error("no such setup");
  v3_cpp_obj(component_)->set_active(component_, true);
  latency_ = v3_cpp_obj(processor_)->get_latency_samples(processor_);
  v3_cpp_obj(processor_)->set_processing(processor_, true);
  active_ = true;
}

void Vst3Host::deactivate() {
  v3_cpp_obj(processor_)->set_processing(processor_, false);
  v3_cpp_obj(component_)->set_active(component_, false);
  active_ = false;
}

// ---- Playing ----

void Vst3Host::set(std::size_t parameter, double value) {
  const double normal = v3_cpp_obj(controller_)->plain_parameter_to_normalised(controller_, ids_[parameter], value);
  changes_->all.push_back(std::make_unique<Points>(ids_[parameter], normal));
}

double Vst3Host::get(std::size_t parameter) {
  const v3_edit_controller* calls = v3_cpp_obj(controller_);
  return calls->normalised_parameter_to_plain(controller_, ids_[parameter],
                                              calls->get_parameter_normalised(controller_, ids_[parameter]));
}

void Vst3Host::process(const float* const* in, float* const* out, std::size_t frames) {
  v3_audio_bus_buffers from{}, to{};
  from.num_channels = inputs;
  from.channel_buffers_32 = const_cast<float**>(in);
  to.num_channels = outputs;
  to.channel_buffers_32 = const_cast<float**>(out);
  v3_process_data block{};
  block.process_mode = V3_REALTIME;
  block.symbolic_sample_size = V3_SAMPLE_32;
  block.nframes = std::int32_t(frames);
  block.num_input_buses = block.num_output_buses = 1;
  block.inputs = &from;
  block.outputs = &to;
  block.input_params = changes_->pointer();
  block.output_params = told_->pointer();
  if (v3_cpp_obj(processor_)->process(processor_, &block) != V3_OK)
    throw std::runtime_error(name + " does not process");
  changes_->all.clear();
  between_blocks();
}

// The controller hears what the processor told, and may ask for a restart.
void Vst3Host::between_blocks() {
  for (const auto& points : told_->all) {
    v3_cpp_obj(controller_)->set_parameter_normalised(controller_, points->id, points->value);
  }
  told_->all.clear();
  if (std::exchange(handler_.flags, 0) & V3_RESTART_LATENCY_CHANGED) {
    latency_ = v3_cpp_obj(processor_)->get_latency_samples(processor_);
  }
}

// ---- Sessions ----

std::string Vst3Host::state() {
  Stream stream;
  if (v3_cpp_obj(component_)->get_state(component_, stream.pointer()) != V3_OK) throw std::runtime_error("no state");
  return stream.bytes;
}

bool Vst3Host::load(const std::string& state) {
  Stream stream;
  stream.bytes = state;
  const bool done = v3_cpp_obj(component_)->set_state(component_, stream.pointer()) == V3_OK;
  between_blocks();
  return done;
}

}  // namespace

std::unique_ptr<Host> open_vst3(const std::string& folder, int channels) {
  const std::string stem = channels == 1 ? "atrous-mono" : "atrous-stereo";
  return std::make_unique<Vst3Host>(folder + "/" + stem + ".vst3/Contents/x86_64-linux/" + stem + ".so");
}

}  // namespace plugin_test
