// One voice's conditioning, as its layers hear it: features come in, what each layer's mixin makes of them goes out,
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
  static constexpr int most_samples = 64;  // of one call of mix()

  // For a plan that hears features. The plan must outlive it.
  explicit Conditioning(const network::Plan& plan);

  // As Upsampling has them.
  void append(std::span<const float> values) { upsampling_.append(values); }
  void append_padded(std::span<const float> values) { upsampling_.append_padded(values); }
  void finish() { upsampling_.finish(); }
  std::int64_t available() const noexcept { return upsampling_.available(); }

  // Back to sample 0 of the same frames; where some of those are forgotten already, as new.
  void reset() noexcept;

  // Writes the mixin of layer `layer`, counted over all stacks, for samples [from, from + count), all available, to
  // out[(t - from) · stride + row]; up to the next multiple of max_lanes rows. Calls may go back by fewer than
  // most_samples from the furthest sample asked for.
  void mix(std::size_t layer, std::int64_t from, int count, float* out, std::ptrdiff_t stride) noexcept;

 private:
  struct Weights {  // of a sample
    network::RowRange rows;
    float* values = nullptr;
  };

  void weigh(std::int64_t begin, std::int64_t end) noexcept;
  void project(network::RowRange rows) noexcept;
  float* projected(std::int64_t row) noexcept { return projected_.data() + (row & row_mask_) * width_; }

  const network::Plan& plan_;
  Upsampling upsampling_;  // up to the rows
  std::vector<const network::LayerPlan*> layers_;
  std::vector<std::ptrdiff_t> offsets_;  // of each layer in a projected row
  std::ptrdiff_t width_ = 0;             // of a projected row: z of all layers, each padded
  std::int64_t row_mask_ = 0, ahead_ = 1;
  network::AlignedFloats projected_;  // ring of rows [row_mask_ + 1][width_]
  network::RowRange rows_;            // those in the ring
  std::vector<float> fresh_;          // rows on their way into it
  std::vector<Weights> weights_;      // ring of 2 · most_samples
  std::vector<float> weight_values_;
  std::int64_t weights_begin_ = 0, weights_end_ = 0;  // samples in that ring
  std::vector<double> scratch_;
  std::vector<const float*> sources_;  // rows of the sample at hand
};

}  // namespace atrous::stream
