// All that a file says, in one value.
#pragma once

#include <atrous/model.hpp>

#include "model/config.hpp"
#include "model/tensors.hpp"

namespace atrous::model {

// What a model may call itself. All of them are settings of one graph (config.hpp).
inline constexpr const char* architectures = "\"WaveNet\", \"ConvNet\", \"LSTM\" and \"Linear\"";
inline bool is_architecture(const std::string& name) {
  return name == "WaveNet" || name == "ConvNet" || name == "LSTM" || name == "Linear";
}

struct ModelData {
  std::string name;          // the file, for messages
  std::string format;        // the name of its reader in load.cpp
  std::string architecture;  // one of `architectures`
  Config config;
  bool states_sample_rate = true;  // the file names its rate; else config.sample_rate is the format's default
  Tensors tensors;
  Metadata metadata;
  std::vector<std::string> warnings;
};

}  // namespace atrous::model
