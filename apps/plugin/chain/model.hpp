// A model file, validated and packed: immutable, shared by all instances that play it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chain/handles.hpp"
#include "chain/model_knob.hpp"

namespace plugin {

struct Model {
  // Throws Refusal with the engine's message.
  explicit Model(const std::string& path);

  Handle<atrous_network> network;
  std::string name, architecture;  // "" where the model gives itself no name
  double sample_rate;              // Hz
  std::int64_t receptive_field, parameters;
  bool recurrent;  // reads further back than its receptive field
  int sizes;       // 1, or how many its quality chooses from
  std::optional<double> loudness_db, input_level_dbu, output_level_dbu;
  std::vector<ModelKnob> knobs;  // the first knob_count of them are parameters; the others stand by default
  std::vector<std::string> warnings;
};

}  // namespace plugin
