// Text that may have come from anywhere, such as the name of a file.
#pragma once

#include <string>
#include <string_view>

namespace atrous::pictures {

// UTF-8 without control characters: they become spaces, and each byte that is part of no character U+FFFD.
std::string printable(std::string_view text);

// Without its last character, of such text.
void drop_last(std::string& text);

}  // namespace atrous::pictures
