// A host of CLAP plugins, on CLAP's headers: parameters by events, audio ports, latency with restarts, and states.
#include <clap/entry.h>
#include <clap/ext/audio-ports.h>
#include <clap/ext/latency.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#include <clap/plugin-factory.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "hosts/framework_state.hpp"
#include "hosts/host.hpp"
#include "hosts/module.hpp"

namespace plugin_test {

namespace {

class ClapHost : public StateHost {
 public:
  ClapHost(const std::string& path, bool is_bare);
  ~ClapHost() override;

  std::string text(std::size_t parameter, double value) override;
  void activate(double rate, std::size_t most_frames) override;
  void deactivate() override;
  void process(const float* const* in, float* const* out, std::size_t frames) override;
  void set(std::size_t parameter, double value) override;
  double get(std::size_t parameter) override;
  std::size_t latency() const override { return latency_; }

 private:
  template <class T>
  const T* extension(const char* id) const {
    return static_cast<const T*>(plugin_->get_extension(plugin_, id));
  }
  int channels(bool of_input) const;
  void scan_parameters();
  void between_blocks();
  std::string state() override;
  bool load(const std::string& state) override;

  static ClapHost& of(const clap_host_t* host) { return *static_cast<ClapHost*>(host->host_data); }
  static const void* host_extension(const clap_host_t* host, const char* id);

  Module module_;
  const bool is_bare_;  // without extensions
  const clap_plugin_entry_t* entry_;
  clap_host_t host_{};
  const clap_plugin_t* plugin_ = nullptr;
  std::vector<clap_event_param_value_t> events_;  // for the next block
  double rate_ = 48000;
  std::uint32_t most_frames_ = 0;
  std::size_t latency_ = 0;
  bool active_ = false, wants_restart_ = false;
  std::atomic<bool> wants_callback_{false};  // by any thread
};

// ---- Scanning and life ----

ClapHost::ClapHost(const std::string& path, bool is_bare)
    : module_(path), is_bare_(is_bare), entry_(module_.symbol<const clap_plugin_entry_t>("clap_entry")) {
  if (!entry_ || !clap_version_is_compatible(entry_->clap_version) || !entry_->init(path.c_str())) {
    throw std::runtime_error(path + " is no CLAP plugin");
  }
  const auto* factory = static_cast<const clap_plugin_factory_t*>(entry_->get_factory(CLAP_PLUGIN_FACTORY_ID));
  const clap_plugin_descriptor_t* about = factory->get_plugin_descriptor(factory, 0);
  name = about->name;
  host_ = {CLAP_VERSION_INIT,
           this,
           "Atrous's tests",
           "Atrous",
           "",
           "1",
           host_extension,
           [](const clap_host_t* host) { of(host).wants_restart_ = true; },
           [](const clap_host_t*) {},
           [](const clap_host_t* host) { of(host).wants_callback_ = true; }};
  plugin_ = factory->create_plugin(factory, &host_, about->id);
  if (!plugin_ || !plugin_->init(plugin_)) throw std::runtime_error("no instance of " + name);
  inputs = channels(true);
  outputs = channels(false);
  scan_parameters();
}

ClapHost::~ClapHost() {
  if (active_) deactivate();
  plugin_->destroy(plugin_);
  entry_->deinit();
}

const void* ClapHost::host_extension(const clap_host_t* host, const char* id) {
  static const clap_host_latency_t latency{[](const clap_host_t* here) {
    ClapHost& self = of(here);
    self.latency_ = self.extension<clap_plugin_latency_t>(CLAP_EXT_LATENCY)->get(self.plugin_);
  }};
  static const clap_host_params_t params{[](const clap_host_t* here, clap_param_rescan_flags what) {
                                           if (what & CLAP_PARAM_RESCAN_INFO) of(here).scan_parameters();
                                         },
                                         [](const clap_host_t*, clap_id, clap_param_clear_flags) {},
                                         [](const clap_host_t*) {}};
  static const clap_host_state_t state{[](const clap_host_t*) {}};
  if (of(host).is_bare_) return nullptr;
  if (std::strcmp(id, CLAP_EXT_LATENCY) == 0) return &latency;
  if (std::strcmp(id, CLAP_EXT_PARAMS) == 0) return &params;
  if (std::strcmp(id, CLAP_EXT_STATE) == 0) return &state;
  return nullptr;
}

int ClapHost::channels(bool of_input) const {
  const auto* ports = extension<clap_plugin_audio_ports_t>(CLAP_EXT_AUDIO_PORTS);
  int sum = 0;
  for (std::uint32_t i = 0; i < ports->count(plugin_, of_input); ++i) {
    clap_audio_port_info_t port{};
    if (ports->get(plugin_, i, of_input, &port)) sum += int(port.channel_count);
  }
  return sum;
}

void ClapHost::scan_parameters() {
  const auto* params = extension<clap_plugin_params_t>(CLAP_EXT_PARAMS);
  parameters.clear();
  for (std::uint32_t i = 0; i < params->count(plugin_); ++i) {
    clap_param_info_t info{};
    if (!params->get_info(plugin_, i, &info)) throw std::runtime_error("a parameter without information");
    if (info.id != i) throw std::runtime_error("a parameter whose number is not its place");
    const bool is_toggle = (info.flags & CLAP_PARAM_IS_STEPPED) && info.max_value - info.min_value == 1;
    const std::string most = text(i, info.max_value);
    const std::size_t space = most.rfind(' ');
    parameters.push_back({info.name, space == std::string::npos ? "" : most.substr(space + 1), info.min_value,
                          info.max_value, info.default_value, (info.flags & CLAP_PARAM_IS_READONLY) != 0, is_toggle});
  }
}

std::string ClapHost::text(std::size_t parameter, double value) {
  char words[256] = "";
  extension<clap_plugin_params_t>(CLAP_EXT_PARAMS)
      ->value_to_text(plugin_, clap_id(parameter), value, words, sizeof words);
  return words;
}

void ClapHost::activate(double rate, std::size_t most_frames) {
  rate_ = rate;
  most_frames_ = std::uint32_t(most_frames);
  if (!plugin_->activate(plugin_, rate_, 1, most_frames_)) throw std::runtime_error(name + " cannot be activated");
  active_ = true;
  latency_ = extension<clap_plugin_latency_t>(CLAP_EXT_LATENCY)->get(plugin_);
  plugin_->start_processing(plugin_);
}

void ClapHost::deactivate() {
  plugin_->stop_processing(plugin_);
  plugin_->deactivate(plugin_);
  active_ = false;
}

// ---- Playing ----

void ClapHost::set(std::size_t parameter, double value) {
  clap_event_param_value_t event{};
  event.header = {sizeof event, 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
  event.param_id = clap_id(parameter);
  event.note_id = event.port_index = event.channel = event.key = -1;
  event.value = value;
  events_.push_back(event);
}

double ClapHost::get(std::size_t parameter) {
  double value = 0;
  extension<clap_plugin_params_t>(CLAP_EXT_PARAMS)->get_value(plugin_, clap_id(parameter), &value);
  return value;
}

void ClapHost::process(const float* const* in, float* const* out, std::size_t frames) {
  clap_audio_buffer_t from{}, to{};
  from.data32 = const_cast<float**>(in);
  from.channel_count = std::uint32_t(inputs);
  to.data32 = const_cast<float**>(out);
  to.channel_count = std::uint32_t(outputs);
  const clap_input_events_t events{
      &events_,
      [](const clap_input_events_t* list) { return std::uint32_t(static_cast<decltype(events_)*>(list->ctx)->size()); },
      [](const clap_input_events_t* list, std::uint32_t i) -> const clap_event_header_t* {
        return &(*static_cast<decltype(events_)*>(list->ctx))[i].header;
      }};
  const clap_output_events_t told{nullptr,
                                  [](const clap_output_events_t*, const clap_event_header_t*) { return true; }};
  const clap_process_t block{-1, std::uint32_t(frames), nullptr, &from, &to, 1, 1, &events, &told};
  if (plugin_->process(plugin_, &block) == CLAP_PROCESS_ERROR) throw std::runtime_error(name + " does not process");
  events_.clear();
  between_blocks();
}

// What the plugin asked its host's main thread for.
void ClapHost::between_blocks() {
  if (wants_callback_.exchange(false)) plugin_->on_main_thread(plugin_);
  if (!std::exchange(wants_restart_, false) || !active_) return;
  deactivate();
  activate(rate_, most_frames_);
}

// ---- Sessions ----

std::string ClapHost::state() {
  std::string bytes;
  const clap_ostream_t stream{&bytes, [](const clap_ostream_t* to, const void* data, std::uint64_t size) {
                                static_cast<std::string*>(to->ctx)->append(static_cast<const char*>(data), size);
                                return std::int64_t(size);
                              }};
  if (!extension<clap_plugin_state_t>(CLAP_EXT_STATE)->save(plugin_, &stream)) throw std::runtime_error("no state");
  return bytes;
}

bool ClapHost::load(const std::string& state) {
  std::string rest = state;
  const clap_istream_t stream{&rest, [](const clap_istream_t* from, void* data, std::uint64_t size) {
                                auto& bytes = *static_cast<std::string*>(from->ctx);
                                const std::size_t count = std::min<std::size_t>(size, bytes.size());
                                std::memcpy(data, bytes.data(), count);
                                bytes.erase(0, count);
                                return std::int64_t(count);
                              }};
  const bool done = extension<clap_plugin_state_t>(CLAP_EXT_STATE)->load(plugin_, &stream);
  between_blocks();
  return done;
}

}  // namespace

namespace {

std::unique_ptr<Host> open_clap(const std::string& folder, int channels, bool is_bare) {
  return std::make_unique<ClapHost>(folder + "/atrous-" + (channels == 1 ? "mono" : "stereo") + ".clap", is_bare);
}

}  // namespace

std::unique_ptr<Host> open_clap(const std::string& folder, int channels) {
  return open_clap(folder, channels, false);
}

std::unique_ptr<Host> open_bare_clap(const std::string& folder, int channels) {
  return open_clap(folder, channels, true);
}

}  // namespace plugin_test
