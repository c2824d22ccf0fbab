// What a file is that no reader knows, as far as its beginning tells, or, of a zip archive, the names in it.
#pragma once

#include <string>
#include <string_view>

namespace atrous::model {

// Such as "a web page: …"; "not a model file: …" where nothing tells.
std::string kind_of(std::string_view file);

}  // namespace atrous::model
