// The golden cases: what other runtimes made of their models. A test of them is skipped where there is no such folder
// (ctest shows it so for the word that stands in its output); a folder without cases fails it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"

inline std::filesystem::path golden_folder() {
  return ATROUS_GOLDEN_DIR;
}

// Whether the test is to return, for which it has said why.
inline bool no_golden_folder() {
  if (std::filesystem::exists(golden_folder())) return false;
  WARN("SKIPPED: no golden folder");
  return true;
}

// Everything in a folder of cases.
inline std::vector<std::filesystem::path> golden_files(const std::string& kind) {
  INFO("golden cases in " << golden_folder() / kind);
  REQUIRE(std::filesystem::is_directory(golden_folder() / kind));
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder() / kind)) files.push_back(entry.path());
  REQUIRE_FALSE(files.empty());
  return files;
}
