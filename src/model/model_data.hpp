// All that a file says, in one value.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/model.hpp>

#include "model/config.hpp"
#include "model/tensors.hpp"

namespace atrous::model {

// What a model may call itself. All of them are settings of one graph (config.hpp).
inline constexpr const char* architectures = "\"WaveNet\", \"ConvNet\", \"LSTM\", \"GRU\" and \"Linear\"";
inline bool is_architecture(std::string_view name) {
  return name == "WaveNet" || name == "ConvNet" || name == "LSTM" || name == "GRU" || name == "Linear";
}

struct ModelData;

// A smaller version of a model: a model of its own, or the first channels of every stack (slice.hpp).
struct Size {
  double below = 1;                        // runs for sizes below this and not below the one before
  std::vector<int> channels;               // one per stack; empty where it is a model of its own
  std::shared_ptr<const ModelData> model;  // of the same rate, inputs and outputs
};

struct ModelData {
  std::string name;          // the file, for messages
  std::string format;        // the name of its reader in load.cpp
  std::string architecture;  // one of `architectures`
  Config config;
  bool states_sample_rate = true;  // the file names its rate; else config.sample_rate is the format's default
  Tensors tensors;
  std::vector<Size> sizes;  // ascending; for the sizes above them all the model itself runs
  Precision precision = Precision::f32;
  // Of the int8 tensors, by name: row r holds whole multiples of scales[r], from -127 to 127. Values are products
  // already.
  std::map<std::string, std::vector<float>> scales;
  Metadata metadata;
  std::vector<std::string> warnings;
};

}  // namespace atrous::model
