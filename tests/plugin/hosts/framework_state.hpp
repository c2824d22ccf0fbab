// The states of the formats that have no files of their own in a session: what the framework keeps in them is text,
// keys and values, each with a zero at its end.
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

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

}  // namespace plugin_test
