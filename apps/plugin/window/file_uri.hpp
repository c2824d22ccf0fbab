// Files as desktops name them to each other.
#pragma once

#include <string>

namespace plugin {

// The path of the first local file in a text/uri-list; "" where there is none.
std::string first_file_of(const std::string& uris);

}  // namespace plugin
