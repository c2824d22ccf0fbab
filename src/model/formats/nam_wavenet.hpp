// The WaveNet architecture of a `.nam` file.
#pragma once

#include <string>

#include "model/json.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

/// A whole `.nam` document, which a condition_dsp is too; `default_rate` stands where it states none. In nam.cpp.
ModelData read_nam_model(const JsonView& root, double default_rate);

/// Fills data.config.wavenet and data.tensors. Throws Error.
void read_nam_wavenet(const JsonView& config, const JsonView& weights, const std::string& name, ModelData& data);

}  // namespace atrous::model
