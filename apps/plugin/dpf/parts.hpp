// The files of the plugin as hosts see them: states of these names.
#pragma once

#include <cstring>

#include "rig/rig.hpp"

struct PartInfo {
  const char* key;
  const char* name;
  const char* text;
};

inline constexpr PartInfo parts[plugin::part_count] = {
    {"model", "Model", "The model file: .nam, .safetensors or .json"},
    {"cabinet_a", "Cabinet A", "An impulse response: any sound file"},
    {"cabinet_b", "Cabinet B", "An impulse response: any sound file"},
};

// The part of that key, or part_count.
inline unsigned part_of(const char* key) {
  unsigned part = 0;
  while (part < plugin::part_count && std::strcmp(parts[part].key, key) != 0) ++part;
  return part;
}
