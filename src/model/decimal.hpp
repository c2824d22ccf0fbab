// Numbers in text, as JSON writes them, whatever the locale.
#pragma once

#include <optional>
#include <string_view>

namespace atrous::model {

// The number that a whole text is; what is too large is an infinity, what is too small 0 or near it.
std::optional<double> decimal(std::string_view text);

// The same by the C library, for standard libraries whose std::from_chars reads no floating point (libc++ before 20,
// and so macOS), and for what std::from_chars calls out of range without saying on which side.
std::optional<double> decimal_of_c(std::string_view text);

}  // namespace atrous::model
