// A plugin as its hosts use it, whatever the format: what the tests are written against.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace plugin_test {

// What a scan shows of a parameter.
struct HostParameter {
  std::string name, unit;
  double least = 0, most = 1, usual = 0;
  bool is_output = false, is_toggle = false;
};

class Host {
 public:
  virtual ~Host() = default;  // unloads the plugin

  // ---- What a scan shows ----
  std::string name;
  int inputs = 0, outputs = 0;  // channels
  std::vector<HostParameter> parameters;

  // What a host writes beside a knob, without the unit where it has that on its own.
  virtual std::string text(std::size_t parameter, double value) = 0;

  // ---- Playing ----

  // Begins from silence, at `rate` Hz; no block will be longer than `most_frames`.
  virtual void activate(double rate, std::size_t most_frames) = 0;
  virtual void deactivate() = 0;

  // One block, [channels][frames], and what hosts do between blocks.
  virtual void process(const float* const* in, float* const* out, std::size_t frames) = 0;

  // Automation: from the next block on.
  virtual void set(std::size_t parameter, double value) = 0;
  virtual double get(std::size_t parameter) = 0;

  // In frames, as the plugin last told: hosts do not ask each time.
  virtual std::size_t latency() const = 0;

  // ---- Files and sessions ----

  // Has the plugin play a file: `part` is "model", "cabinet_a" or "cabinet_b".
  virtual void choose(const std::string& part, const std::string& path) = 0;
  // The file that a session would remember.
  virtual std::string file(const std::string& part) = 0;

  // A session: whatever a host keeps of the plugin, in a folder. False where there is nothing to be made of it.
  virtual void save(const std::string& folder) = 0;
  virtual bool restore(const std::string& folder) = 0;
  // The file of that folder which holds it.
  virtual std::string session_file() const = 0;
};

// Each loads the plugin of so many channels out of the folder that the formats are built into. Throws
// std::runtime_error.
std::unique_ptr<Host> open_lv2(const std::string& folder, int channels);
std::unique_ptr<Host> open_clap(const std::string& folder, int channels);
std::unique_ptr<Host> open_vst3(const std::string& folder, int channels);

// CLAP in a host with no extension of its own.
std::unique_ptr<Host> open_bare_clap(const std::string& folder, int channels);

}  // namespace plugin_test
