// The `.nam` architectures with knobs, as neural-amp-modeler-parametric writes them: ConcatWaveNet and ConcatLSTM, the
// stock ones with further inputs that hold what the knobs stand at. A knob is read as -1 to 1, a switch as a row of 0
// or 1 for each of its positions.
#include "model/formats/nam_architectures.hpp"
#include "model/knobs.hpp"
#include "model/limits.hpp"

namespace atrous::model {

namespace {

Knob read_knob(const JsonView& json) {
  Knob knob;
  knob.name = json.at("name").string();
  knob.min = json.at("min").number();
  knob.max = json.at("max").number();
  knob.default_value = json.at("default").number();
  const auto type = json.find("type");
  const bool is_switch = type && type->string() == "switch";
  if (type && !is_switch && type->string() != "continuous") type->expected("\"continuous\" or \"switch\"");
  if (!is_switch) {
    if (const auto names = json.find("enum_names")) names->expected("null, as only a switch has names");
    knob.low = -1;
    return knob;
  }
  const JsonView names = json.at("enum_names");
  if (names.size(max_audio_channels) < 2) names.expected("two names or more");
  for (std::size_t i = 0; i < names.size(); ++i) knob.positions.emplace_back(names[i].string());
  return knob;
}

}  // namespace

void read_nam_knobs(const JsonView& config, ModelData& data) {
  const JsonView params = config.at("params");
  if (params.size(max_audio_channels) == 0) params.expected("at least one parameter");
  for (std::size_t i = 0; i < params.size(); ++i) data.config.knobs.push_back(read_knob(params[i]));
  validate_knobs({params.file(), params.path()}, data.config.knobs, "enum_names");
  if (knob_rows(data.config) >= max_audio_channels) {
    params.expected("fewer than " + std::to_string(max_audio_channels) + " inputs, a position of a switch being one");
  }
}

void read_nam_concat_wavenet(const JsonView& config, const JsonView& weights, ModelData& data) {
  if (const auto inner = config.find("condition_dsp")) inner->expected("null in a ConcatWaveNet");
  read_nam_knobs(config, data);
  read_nam_wavenet(config, weights, data);
  if (!data.sizes.empty()) config.at("layers").fail(ErrorCode::unsupported, "a ConcatWaveNet has one size");
}

void read_nam_concat_lstm(const JsonView& config, const JsonView& weights, ModelData& data) {
  read_nam_knobs(config, data);
  read_nam_lstm(config, weights, data);
}

}  // namespace atrous::model
