// A state says which version of the plugin's states it is, in a form that no path has.
#pragma once

#include <cstdlib>
#include <cstring>

inline constexpr const char* state_version = "version 2";

inline bool is_state_version(const char* value) {
  return std::strncmp(value, "version ", 8) == 0;
}

// Of a later version than this plugin knows.
inline bool is_newer_state(const char* value) {
  return is_state_version(value) && std::atoi(value + 8) > std::atoi(state_version + 8);
}
