// The architectures that a `.nam` file may hold. Each function fills data.config and data.tensors; all throw Error.
#pragma once

#include <cstdint>
#include <vector>

#include "model/json.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

// A whole `.nam` document, which a condition_dsp or a submodel is too; `default_rate` stands where it states none. In
// nam.cpp.
ModelData read_nam_model(const JsonView& root, double default_rate);

void read_nam_wavenet(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_convnet(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_lstm(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_linear(const JsonView& config, const JsonView& weights, ModelData& data);
// Its parts: the configuration, validated; then the tensors, dealt out from the flat list in the order of
// tensor_shapes(), behind which the head scale and `more` numbers follow.
void read_nam_wavenet_config(const JsonView& config, ModelData& data);
struct NamRest {
  float head_scale;
  std::vector<float> more;
};
NamRest read_nam_wavenet_weights(const JsonView& weights, std::int64_t more, ModelData& data);

// With knobs; in nam_parametric.cpp. They give data.config its knobs, whose rows the stock readers count as inputs.
void read_nam_concat_wavenet(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_concat_lstm(const JsonView& config, const JsonView& weights, ModelData& data);
// Its config.params, as the knobs.
void read_nam_knobs(const JsonView& config, ModelData& data);
// With knobs that change its weights; in nam_hyper.cpp.
void read_nam_hyper_wavenet(const JsonView& config, const JsonView& weights, ModelData& data);
// Whole models in turn; in nam_sequential.cpp.
void read_nam_sequential(const JsonView& config, const JsonView& weights, ModelData& data);
void read_nam_container(const JsonView& config, const JsonView& weights, ModelData& data);

// What the layer arrays of a WaveNet say of its sizes: fills data.sizes once data.config is there. In
// nam_slimmable.cpp.
void read_nam_slimmable(const JsonView& arrays, ModelData& data);

}  // namespace atrous::model
