#include "network/lstm.hpp"

#include <array>

namespace atrous::network {
namespace {

// The kernels' gates f, i, o, g among the file's i, f, g, o, and what their rows are multiplied by.
constexpr std::array<int, 4> file_gate = {1, 0, 3, 2};
constexpr std::array<double, 4> factor = {0.5, 0.5, 0.5, 1.0};

}  // namespace

LstmPlan make_lstm(int inputs, int cells, const std::vector<double>& weights, const std::vector<double>& bias,
                   int lanes) {
  LstmPlan plan;
  plan.inputs = inputs;
  plan.cells = cells;
  const int columns = inputs + cells;
  // Four gates of `width` cells from `first` on; cells beyond the last have zeros.
  const auto pack_group = [&](int first, int width) {
    const auto pack = [&](AlignedFloats& to, auto value_of_row) {
      for (std::size_t gate = 0; gate < 4; ++gate) {
        for (int cell = first; cell < first + width; ++cell) {
          const auto row = std::size_t(file_gate[gate]) * cells + cell;
          to.push_back(cell < cells ? float(factor[gate] * value_of_row(row)) : 0.0f);
        }
      }
    };
    pack(plan.bias, [&](std::size_t row) { return bias[row]; });
    for (int column = 0; column < columns; ++column) {
      pack(plan.weights, [&](std::size_t row) { return weights[row * columns + column]; });
    }
  };
  const kernels::LstmGroups groups = kernels::lstm_groups(cells, lanes);
  for (int group = 0; group < groups.whole; ++group) pack_group(group * lanes, lanes);
  if (groups.halved) pack_group(groups.whole * lanes, lanes / 2);
  return plan;
}

}  // namespace atrous::network
