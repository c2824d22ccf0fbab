#include "network/cells.hpp"

#include <array>
#include <span>

namespace atrous::network {
namespace {

// A row of the kernels' gates: which of the file's it is, and what its sums are multiplied by.
struct Gate {
  int of_file;
  double factor;
};
constexpr std::array<Gate, 4> lstm_gates = {{{1, 0.5}, {0, 0.5}, {3, 0.5}, {2, 1.0}}};  // f, i, o, g of i, f, g, o
// z, r, and n as x and as h is read; the weights have one n for both.
constexpr std::array<Gate, 4> gru_biases = {{{0, 1.0}, {1, 0.5}, {2, 1.0}, {3, 1.0}}};

struct Packer {
  CellsSize size;
  AlignedFloats& to;

  // A row of `values` for each cell and gate, of which `column` of `columns`; cells beyond the last have zeros.
  void pack(std::span<const Gate> gates, int first, int width, const std::vector<double>& values, std::size_t column,
            std::size_t columns) {
    for (const Gate& gate : gates) {
      for (int cell = first; cell < first + width; ++cell) {
        const auto row = std::size_t(gate.of_file) * size.cells + cell;
        to.push_back(cell < size.cells ? float(gate.factor * values[row * columns + column]) : 0.0f);
      }
    }
  }
};

}  // namespace

CellsPlan make_cells(model::PostKind kind, CellsSize size, const std::vector<double>& weights,
                     const std::vector<double>& bias, int lanes) {
  CellsPlan plan;
  plan.kind = kind;
  plan.size = size;
  const bool gru = kind == model::PostKind::gru;
  const std::span<const Gate> biases = gru ? gru_biases : lstm_gates;
  const std::span<const Gate> gates = biases.first(std::size_t(model::gates(kind)));
  const auto columns = std::size_t(size.inputs + size.cells);
  const auto pack_group = [&](int first, int width) {
    Packer{size, plan.bias}.pack(biases, first, width, bias, 0, 1);
    for (std::size_t column = 0; column < columns; ++column) {
      Packer{size, plan.weights}.pack(gates, first, width, weights, column, columns);
    }
  };
  const kernels::CellGroups groups =
      gru ? kernels::gru_groups(size.cells, lanes) : kernels::lstm_groups(size.cells, lanes);
  for (int group = 0; group < groups.whole; ++group) pack_group(group * lanes, lanes);
  if (groups.halved) pack_group(groups.whole * lanes, lanes / 2);
  return plan;
}

}  // namespace atrous::network
