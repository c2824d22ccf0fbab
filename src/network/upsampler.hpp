// From conditioning frames to one condition vector per sample: the plan, immutable, shared by all voices.
//
// Every kind of stage is brought to one polyphase form. With P phases, output t stands at phase p = (t + origin) mod P
// of frame q = (t + origin) / P, and
//
//   y[t] = f(bias + sum over the taps of phase p, oldest frame first, of W_tap · x[q + offset_tap])
//
// where frames outside of x count as zero. W is one number per frequency tap (stages that treat all bins alike) or a
// matrix: then a phase is a product, whose terms are its taps. Taps that read the same frame are added up here, once: a
// stretch by s with a kernel of 2s + 1 needs three taps per sample instead of 2s + 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "model/tensors.hpp"
#include "model/work.hpp"
#include "network/product.hpp"

namespace atrous::network {

// Rows [begin, end) of a sequence.
struct RowRange {
  std::int64_t begin = 0, end = 0;
};

struct UpsamplerTap {
  int offset = 0;           // frames from q
  std::size_t weights = 0;  // where its weights start; of a matrix, which tap of the model's kernel it is
};

// One stage in polyphase form.
struct UpsamplerStage {
  int in = 1, out = 1;            // channels
  int phases = 1, origin = 0;     // outputs per input frame; where output 0 stands
  std::int64_t extra_length = 0;  // outputs = phases · frames + extra_length
  bool mixes_channels = false;    // a matrix per tap; else [frequency_kernel], for each bin alike
  int groups = 1;
  int frequency_kernel = 1;
  std::vector<UpsamplerTap> taps;  // those of phase p are first_tap[p] to first_tap[p + 1], ascending offsets
  std::vector<int> first_tap;      // [phases + 1]
  int min_offset = 0, max_offset = 0;
  std::int64_t lead = 0;  // outputs before phases · frames + lead depend on no frame after `frames`
  std::vector<float> weights;
  std::vector<float> bias;  // [out], or empty
  model::Activation activation;

  // Outputs that `frames` input frames give when no more will come.
  std::int64_t length(std::int64_t frames) const noexcept;
  // Outputs that `frames` input frames settle when more may come.
  std::int64_t settled(std::int64_t frames) const noexcept;
  // Input frames that a range of outputs (not empty, from 0 on) reads; may reach over both ends of the input.
  RowRange inputs(RowRange outputs) const noexcept;
  // Most input frames that any `count` outputs in a row read.
  std::int64_t most_inputs(std::int64_t count) const noexcept;
  // Outputs that are worth computing before they are asked for: where every phase has matrices of its own, those of a
  // few frames share each read of them. 0 elsewhere.
  std::int64_t outputs_ahead() const noexcept;
};

class UpsamplerPlan {
 public:
  // Rows that a stream computes at a time; its buffers are sized for it.
  static constexpr int chunk_frames = model::block_frames;

  // For a validated condition on features, and the tensors that it calls for (model/tensor_shapes.hpp), of which the
  // matrices that mix channels are packed in a precision of f32 or bf16. No stages: frames are samples.
  // Throws Error (invalid) that names `file` and the field, for stages that would take too much memory.
  UpsamplerPlan(const model::Condition& condition, const model::Tensors& values, const std::string& file,
                const kernels::Kernels& kernels, Precision matrices = Precision::f32);

  int bins_in() const noexcept { return bins_in_; }
  int channels_out() const noexcept { return channels_out_; }
  // Frames to replicate at either end before the first stage.
  int pad() const noexcept { return pad_; }
  // Samples per frame.
  std::int64_t hop() const noexcept { return hop_; }
  // Samples that so many frames give, padding included in the count.
  std::int64_t length(std::int64_t padded_frames) const noexcept;
  const std::vector<UpsamplerStage>& stages() const noexcept { return stages_; }
  // Of a stage that mixes channels: the product of each phase, in column shape.
  const std::vector<Product>& products(std::size_t stage) const noexcept { return products_[stage]; }
  const kernels::Kernels& kernels() const noexcept { return *kernels_; }
  // For a stream that reads the rows after `level` stages, chunk_frames at a time: how many rows it keeps of every
  // level, from the frames on: [level + 1]. 0 of the last one: its rows can go where they are read to.
  std::vector<std::int64_t> rows_kept(std::size_t level) const;

  // True where a linear map over bins may be applied to the frames instead of the samples: every stage treats all bins
  // alike, without bias or activation.
  bool commutes() const noexcept { return first_commuting_ == 0; }
  // The first stage from which on that holds; stages().size() where it does not hold for the last.
  std::size_t first_commuting() const noexcept { return first_commuting_; }

  // A sentence for each transposed convolution whose kernel is no multiple of its stride.
  std::vector<std::string> checkerboard() const noexcept { return checkerboard_; }

 private:
  void check_held(const std::string& file) const;

  int bins_in_ = 0, channels_out_ = 0, pad_ = 0;
  std::int64_t hop_ = 1;
  const kernels::Kernels* kernels_;
  std::vector<UpsamplerStage> stages_;
  std::vector<std::vector<Product>> products_;  // of each stage: [phases], or empty
  std::size_t first_commuting_ = 0;
  std::vector<std::string> checkerboard_;
};

}  // namespace atrous::network
