// All that a file says, in one value.
#pragma once

#include <atrous/model.hpp>

#include "model/config.hpp"
#include "model/tensors.hpp"

namespace atrous::model {

struct ModelData {
  std::string name;          // the file, for messages
  std::string format;        // "native", "nam", "guitarml"
  std::string architecture;  // "WaveNet"
  Config config;
  Tensors tensors;
  Metadata metadata;
  std::vector<std::string> warnings;
};

}  // namespace atrous::model
