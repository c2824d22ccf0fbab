// The last stages of an upsampler, those that treat all bins alike and are linear, taken as one: a sample is a weighted
// sum of a few rows of the stage before them,
//
//   sample[t] = sum over i < count of weights[i] · row[first + i]
//
// so whatever is linear over bins, as the mixins of the layers are, can be applied to the rows instead of the samples,
// of which there are far more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/upsampler.hpp"

namespace atrous::network {

class Interpolation {
 public:
  // Takes as many of the last stages as make the projection of the bins cheapest: none where none commutes, or where
  // the samples themselves are read (`whole`).
  explicit Interpolation(const UpsamplerPlan& upsampler, bool whole = false);

  // The stages before those taken: the rows are what they put out.
  std::size_t level() const noexcept { return level_; }
  // Width of a row.
  int bins() const noexcept { return bins_; }
  // Samples per row.
  std::int64_t hop() const noexcept { return hop_; }

  // Most rows that any `samples` samples in a row read.
  std::int64_t most_rows(std::int64_t samples) const noexcept;
  // Most weights of a sample.
  std::size_t most_weights() const noexcept { return std::size_t(most_rows(1)); }
  // Doubles that weigh() needs to work in.
  std::size_t scratch() const noexcept { return 2 * widest_; }

  // Writes the weights of sample t and returns the rows that they belong to. `settled` is, for the level and for each
  // of the stages after it, how many rows there are; those beyond count as zero, as the stages have it.
  RowRange weigh(std::int64_t t, const std::int64_t* settled, double* scratch, float* weights) const noexcept;

 private:
  std::vector<UpsamplerStage> stages_;
  std::size_t level_ = 0, widest_ = 1;
  int bins_ = 0;
  std::int64_t hop_ = 1;
};

}  // namespace atrous::network
