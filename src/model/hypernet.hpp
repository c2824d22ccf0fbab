// What a hypernet adds to the tensors of a network.
#pragma once

#include <cstdint>
#include <vector>

#include "model/field.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::model {

// What is added to one target. A tensor [rows][…], of `columns` values a row.
struct Delta {
  TensorShape tensor;
  std::int64_t rows = 1, columns = 1;
  std::int64_t rank = 0;  // of the product that it is; 0: a run of f as it stands

  std::int64_t size() const noexcept { return rows * columns; }
  std::int64_t width() const noexcept { return rank > 0 ? rank * (rows + columns) : size(); }  // in f
};

Delta delta_of(const Hypernet& hypernet, const TensorShape& tensor);

// Of all targets, in their order. One that is no tensor of the network is left out.
std::vector<Delta> deltas(const Config& config);

// Multiply-adds for one setting of the knobs.
double hypernet_macs(const Config& config);

// Targets, widths and ranks, once the network itself and its knobs are known to be valid. Throws Error (invalid).
void validate_hypernet(const Field& at, const Config& config);

}  // namespace atrous::model
