// The architectures that a `.nam` file may hold. Each function fills data.config and data.tensors; all throw Error.
#pragma once

#include "model/json.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

/// A whole `.nam` document, which a condition_dsp is too; `default_rate` stands where it states none. In nam.cpp.
ModelData read_nam_model(const JsonView& root, double default_rate);

void read_nam_wavenet(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_convnet(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_lstm(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_linear(const JsonView& config, const JsonView& weights, ModelData& data);

}  // namespace atrous::model
