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

// Throws Error with "file: field: problem".
[[noreturn]] void fail(ErrorCode code, const std::string& file, const std::string& field, const std::string& problem);

}  // namespace atrous::model
