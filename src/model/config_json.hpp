// The configuration as JSON, exactly as docs/format.md has it.
#pragma once

#include <string>
#include <string_view>

#include "model/model_data.hpp"

namespace atrous::model {

// Fills data.architecture, data.config and data.metadata. Throws Error (format, unsupported) that names `file` and the
// path of the key. Only parses: validate.hpp has the rules.
void config_from_json(std::string_view text, const std::string& file, ModelData& data);

std::string config_to_json(const ModelData& data);

}  // namespace atrous::model
