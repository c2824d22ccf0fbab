// From bytes to a validated model.
#pragma once

#include <string>

#include "model/formats/formats.hpp"

namespace atrous::model {

// Finds the format, parses, validates. Throws Error (format, invalid, unsupported); `name` begins the message.
ModelData load(Bytes bytes, const std::string& name);

}  // namespace atrous::model
