// The sample rate of a model whose file states none, or whose user knows better.
#pragma once

#include <string>

#include "model/model_data.hpp"

namespace atrous::model {

std::string no_rate_warning(const ModelData& data);

}  // namespace atrous::model
