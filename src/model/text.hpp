// Wording of messages.
#pragma once

#include <string>
#include <string_view>

#include <atrous/error.hpp>

namespace atrous::model {

// Text from a file for use in a message: quoted, on one line, shortened.
std::string in_quotes(std::string_view text);

// A number as a file would have it: 48000, 16.5, NaN.
std::string number_text(double value);

// "a, b or c", of a range of names.
template <class Names>
std::string alternatives(const Names& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 < names.size() ? ", " : " or ";
    list += names[i];
  }
  return list;
}

// Throws Error with "file: field: problem".
[[noreturn]] void fail(ErrorCode code, const std::string& file, const std::string& field, const std::string& problem);

}  // namespace atrous::model
