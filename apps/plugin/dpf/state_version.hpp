// What a state says of itself: its version, and which of the parts have a file. In LV2 a path cannot be empty.
#pragma once

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

#include "dpf/parts.hpp"

// "version 1 model cabinet_b", in a form that no path has.
struct StateVersion {
  static constexpr const char* start = "version ";
  static constexpr int known = 1;

  int number = known;
  bool has_file[plugin::part_count] = {};

  static bool is(const char* value) { return std::strncmp(value, start, std::strlen(start)) == 0; }

  static StateVersion parse(const char* value) {
    StateVersion version;
    std::istringstream words(value + std::strlen(start));
    words >> version.number;
    for (std::string word; words >> word;) {
      const unsigned part = part_of(word.c_str());
      if (part < plugin::part_count) version.has_file[part] = true;
    }
    return version;
  }

  std::string text() const {
    std::string text = start + std::to_string(number);
    for (unsigned part = 0; part < plugin::part_count; ++part) {
      if (has_file[part]) text += std::string(" ") + parts[part].key;
    }
    return text;
  }
};
