// Settings and files of the stand-alone from one run to the next, since it has no host that would keep them.
#pragma once

#include <string>

#include "rig/rig.hpp"

namespace plugin {

// ~/.config/atrous/NAME.conf, or under $XDG_CONFIG_HOME.
std::string remembered_file(const std::string& name);

// A line for every parameter and file: its name, a space, its value. The file appears whole or not at all; where it
// cannot be written, nothing is remembered.
void remember(const Rig& rig, const std::string& file);

// What is there and makes sense is taken, all else stays as it is.
void recall(Rig& rig, const std::string& file);

}  // namespace plugin
