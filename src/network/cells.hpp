// A layer of LSTM or GRU cells, packed for kernels::CellsArgs.
#pragma once

#include <vector>

#include "model/config.hpp"
#include "network/product.hpp"

namespace atrous::network {

struct CellsSize {
  int inputs = 0, cells = 0;
};

struct CellsPlan {
  model::PostKind kind = model::PostKind::lstm;
  CellsSize size;
  AlignedFloats weights, bias;
  std::vector<float> hidden, cell;  // [cells]: what they start from; GRUs have no `cell`
};

// Weights [gates·cells][inputs + cells] and bias [4·cells], as model::PostKind has them.
CellsPlan make_cells(model::PostKind kind, CellsSize size, const std::vector<double>& weights,
                     const std::vector<double>& bias, int lanes);

}  // namespace atrous::network
