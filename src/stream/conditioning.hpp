// One voice's conditioning, as its layers read it: features come in, what each layer's mixin makes of them goes out,
// one vector per sample.
//
// The mixins of all layers are applied to the rows that the interpolation starts from, which often are the frames
// themselves, once per row; a sample is then a weighted sum of a few projected rows. Both execution shapes start a
// layer's z from these numbers, which do not depend on how they were asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/plan.hpp"
#include "stream/upsampling.hpp"

namespace atrous::stream {

// One thread at a time. Nothing allocates but what takes features.
class Conditioning {
 public:
  static constexpr int most_samples = model::block_frames;  // of one call of mix()

  // For a plan that reads features. The plan must outlive it.
  explicit Conditioning(const network::Plan& plan);

  // As Upsampling has them.
  void append(std::span<const float> values, bool padded = false) { upsampling_.append(values, padded); }
  void finish() { upsampling_.finish(); }
  std::int64_t available() const noexcept { return upsampling_.available(); }

  // Back to sample 0 of the same frames; where some of those are forgotten already, as new.
  void reset() noexcept;

  // Makes samples [from, from + count), all available, ready for mix(), in place of those before. Cheapest in order,
  // and while the counts stay above kernels::max_columns, or do not.
  void prepare(std::int64_t from, int count) noexcept;

  // Returns z with rows [row, row + rows) of what the mixin of layer `layer`, counted over all stacks, makes of sample
  // t: `out`, written up to the next multiple of max_lanes, which `row` is one of; or where they stand already, until
  // the next call of prepare(). Any number of threads at a time.
  const float* mix(std::size_t layer, std::int64_t t, int row, int rows, float* out) const noexcept;

  // The condition itself at sample t, [condition channels], until the next call of prepare(). Of plans with modulated
  // layers, which read it.
  const float* sample(std::int64_t t) const noexcept { return samples_[place(t)].rows[0] + offsets_.back(); }

 private:
  struct Sample {  // the rows that make it up, and what they weigh
    const float** rows = nullptr;
    float* weights = nullptr;
    std::int64_t first = 0;  // of the rows
    int count = 0;
  };

  static std::size_t place(std::int64_t t) noexcept { return std::size_t(t % most_samples); }
  network::RowRange weigh(std::int64_t t) noexcept;
  void project(network::RowRange rows) noexcept;
  float* projected(std::int64_t row) noexcept { return projected_.data() + (row & row_mask_) * width_; }

  const network::Plan& plan_;
  Upsampling upsampling_;  // up to the rows
  std::vector<const network::LayerPlan*> layers_;
  std::vector<std::ptrdiff_t> offsets_;  // of each layer in a projected row, and of the row itself
  std::ptrdiff_t width_ = 0;  // of a projected row: z of all layers, each padded, and the row where it is read
  // A ring that is no longer than it must be stays in the caches: steps look at far fewer samples than blocks.
  std::int64_t row_mask_ = 0, block_mask_ = 0, step_mask_ = 0;  // of the ring at hand, and of either
  std::int64_t ahead_ = 1;
  network::AlignedFloats projected_;  // ring of rows [row_mask_ + 1][width_]
  network::RowRange rows_;            // those in the ring
  std::vector<float> fresh_;          // rows on their way into it
  std::vector<Sample> samples_;       // ring of [most_samples]
  std::vector<const float*> sample_rows_;
  std::vector<float> sample_weights_;
  std::int64_t ready_begin_ = 0, ready_end_ = 0;  // samples in that ring
  std::vector<double> scratch_;
};

}  // namespace atrous::stream
