// Formats that have no files of their own in a session: a host gets bytes from the plugin, and keeps them where it
// likes. What the framework puts into them is text, keys and values, each with a zero at its end.
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "hosts/host.hpp"

namespace plugin_test {

inline std::string key_in_state(const std::string& key) {
  return std::string("\0", 1) + key + std::string("\0", 1);
}

inline std::string value_in_state(const std::string& state, const std::string& key) {
  const std::size_t at = state.find(key_in_state(key));
  return at == std::string::npos ? "" : state.c_str() + at + key.size() + 2;
}

inline std::string with_value(std::string state, const std::string& key, const std::string& value) {
  const std::size_t at = state.find(key_in_state(key));
  return at == std::string::npos ? state : state.replace(at + key.size() + 2, value_in_state(state, key).size(), value);
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// A host of such a format.
class StateHost : public Host {
 public:
  void choose(const std::string& part, const std::string& path) override { load(with_value(state(), part, path)); }
  std::string file(const std::string& part) override { return value_in_state(state(), part); }
  void save(const std::string& folder) override { write_file(folder + "/" + session_file(), state()); }
  bool restore(const std::string& folder) override {
    const auto bytes = read_file(folder + "/" + session_file());
    return bytes && load(*bytes);
  }
  std::string session_file() const override { return "state"; }

 protected:
  virtual std::string state() = 0;                  // from the plugin
  virtual bool load(const std::string& state) = 0;  // into it
};

}  // namespace plugin_test
