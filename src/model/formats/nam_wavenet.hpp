// The WaveNet architecture of a `.nam` file.
#pragma once

#include <string>

#include "model/json.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

/// Fills data.config.wavenet and data.tensors. Throws Error.
void read_nam_wavenet(const JsonView& config, const JsonView& weights, const std::string& name, ModelData& data);

}  // namespace atrous::model
