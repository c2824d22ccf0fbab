// Paths of C, which are UTF-8 on every system.
#pragma once

#include <filesystem>
#include <string>

#include "capi/guard.hpp"

namespace atrous::capi {

inline std::filesystem::path path_of(const char* path) {
  need(path, "path");
  const std::string text(path);
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

}  // namespace atrous::capi
