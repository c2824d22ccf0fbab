// Wording of messages.
#pragma once

#include <string>
#include <string_view>

#include <atrous/error.hpp>

namespace atrous::model {

/// Text from a file for use in a message: quoted, on one line, shortened.
std::string in_quotes(std::string_view text);

/// Throws Error with "file: field: problem".
[[noreturn]] void fail(ErrorCode code, const std::string& file, const std::string& field, const std::string& problem);

}  // namespace atrous::model
