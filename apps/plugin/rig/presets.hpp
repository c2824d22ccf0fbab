// Settings to begin with. They leave files and bypass as they are.
#pragma once

#include <cstddef>

#include "chain/parameters.hpp"

namespace plugin {

struct Preset {
  const char* name;
  Settings settings;
};

std::size_t preset_count() noexcept;
const Preset& preset(std::size_t index) noexcept;

}  // namespace plugin
