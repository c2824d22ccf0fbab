#include "model/formats/torch_cells.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace atrous::model {
namespace {

// From PyTorch's order of gates, r, z, n, to z, r, n.
void reorder_gru(std::vector<float>& rows, std::size_t gate) {
  std::swap_ranges(rows.begin(), rows.begin() + std::ptrdiff_t(gate), rows.begin() + std::ptrdiff_t(gate));
}

}  // namespace

void read_torch_cells(const JsonView& state, const std::string& prefix, int index, PostKind kind, int cells,
                      Chain& chain) {
  const std::string suffix = "_l" + std::to_string(index);
  const auto in = std::size_t(chain.width()), height = std::size_t(cells), rows = std::size_t(gates(kind)) * height;
  const auto tensor = [&](const char* name) { return state.at(prefix + name + suffix); };
  std::vector<float> input = tensor("weight_ih").reals({rows, in});
  std::vector<float> recurrent = tensor("weight_hh").reals({rows, height});
  std::vector<float> bias = tensor("bias_ih").reals({rows}), state_bias = tensor("bias_hh").reals({rows});
  if (kind == PostKind::gru) {
    reorder_gru(input, height * in);
    reorder_gru(recurrent, height * height);
    reorder_gru(bias, height);
    reorder_gru(state_bias, height);
    bias.insert(bias.end(), state_bias.begin(), state_bias.end());
    bias = joined_gru_bias(bias);
  } else {
    for (std::size_t i = 0; i < rows; ++i) bias[i] += state_bias[i];
  }
  chain.cells(kind, cells, joined(input, recurrent, int(in), cells), std::move(bias));
}

}  // namespace atrous::model
