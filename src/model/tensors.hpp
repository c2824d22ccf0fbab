// Named float tensors: the weights of a model before anything is folded or packed.
#pragma once

#include <atrous/tensors.hpp>

namespace atrous::model {

using atrous::Tensor;
using atrous::Tensors;

}  // namespace atrous::model
