// `.nam` files with knobs, of random weights: a knob from 0 to 10 and a switch of three positions, five inputs in all.
#pragma once

#include "slim_files.hpp"

namespace atrous::test {

inline Json random_params() {
  return Json::parse(R"([
    {"name": "Gain", "min": 0, "max": 10, "default": 5, "type": "continuous", "enum_names": null, "step": 0.5},
    {"name": "Voice", "min": 0, "max": 2, "default": 1, "type": "switch", "enum_names": ["Clean", "Crunch", "Lead"]}])");
}

// The same network as a stock file that has five inputs.
inline Json random_five_inputs(Random& random) {
  SlimNam nam(random);
  nam.inputs = 5;
  SlimArray first, second;
  first.head_out = second.channels = second.bottleneck = 4;
  nam.arrays = {first, second};
  return nam.full();
}

inline Json as_concat(Json stock) {
  stock["version"] = "1.0.0";
  stock["architecture"] = "Concat" + stock["architecture"].get<std::string>();
  stock["config"]["params"] = random_params();
  stock["config"].erase("in_channels");
  stock["config"].erase("input_size");
  return stock;
}

inline Json random_lstm_of_five_inputs(Random& random, int cells) {
  const int count = 4 * cells * (5 + cells) + 4 * cells + 2 * cells + cells + 1;
  return {{"version", "0.7.0"},
          {"architecture", "LSTM"},
          {"sample_rate", 48000},
          {"config", {{"input_size", 5}, {"hidden_size", cells}, {"num_layers", 1}}},
          {"weights", uniform(random, std::size_t(count))}};
}

// Whole models in turn.
inline Json sequential(const std::vector<Json>& models) {
  return {{"version", "0.7.0"},  {"architecture", "Sequential"},   {"sample_rate", 48000},
          {"metadata", nullptr}, {"config", {{"models", models}}}, {"weights", Json::array()}};
}

}  // namespace atrous::test
