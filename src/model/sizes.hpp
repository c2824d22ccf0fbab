// The sizes that one model offers: which there are, what must hold between them, and each as a model by itself.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/model_data.hpp"

namespace atrous::model {

// Where one size ends and the next begins: size i runs from bound i-1 up to, but not including, bound i.
std::vector<double> size_bounds(const ModelData& data);

// The size that runs at `size`, given the bounds: the full one is number bounds.size().
std::size_t size_index(const std::vector<double>& bounds, double size) noexcept;

// Throws Error (argument) for a size outside 0 to 1.
void check_size(double size);

// A size other than the full one as a model by itself.
ModelData smaller(const ModelData& data, std::size_t index);

// What keeps `smaller` from standing in for `full`: "sample_rate: expected 48000, found 44100". Empty: nothing.
std::string disagreement(const ModelData& full, const ModelData& smaller);

// Ascending bounds; slices that can be cut; models that agree with the full one. Models of their own have been
// validated by themselves. Throws Error (invalid).
void validate_sizes(const ModelData& data);

}  // namespace atrous::model
