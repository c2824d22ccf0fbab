// What every model must satisfy, whatever format it came in. Readers only parse; the rules stand here, once.
#pragma once

#include <string>

#include "model/model_data.hpp"

namespace atrous::model {

// Ranges, widths that must agree, groups that must divide, memory that must stay bounded. Afterwards tensor_shapes()
// may be called and none of its products overflows. Throws Error (invalid); `file` begins the message.
void validate_config(const Config& config, const std::string& file);

// validate_config, and the tensors: each present with its shape, none left over, every value finite.
void validate(const ModelData& data);

}  // namespace atrous::model
