// PyTorch's torch.nn.LSTM and torch.nn.GRU, as the tensors of a state dict in JSON.
#pragma once

#include <string>

#include "model/formats/chain.hpp"
#include "model/json.hpp"

namespace atrous::model {

inline constexpr std::size_t torch_cell_tensors = 4;  // of a layer

// Adds layer `index` of the module that `prefix` names ("rec."), with `cells` cells.
void read_torch_cells(const JsonView& state, const std::string& prefix, int index, PostKind kind, int cells,
                      Chain& chain);

}  // namespace atrous::model
