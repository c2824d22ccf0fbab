// A layer of LSTM cells, packed for kernels::LstmArgs.
#pragma once

#include <vector>

#include "network/product.hpp"

namespace atrous::network {

struct LstmPlan {
  int inputs = 0, cells = 0;
  AlignedFloats weights, bias;
  std::vector<float> hidden, cell;  // [cells]: what it starts from
};

// weights [4·cells][inputs + cells], columns x | h, rows i, f, g, o; bias [4·cells] alike.
LstmPlan make_lstm(int inputs, int cells, const std::vector<double>& weights, const std::vector<double>& bias,
                   int lanes);

}  // namespace atrous::network
