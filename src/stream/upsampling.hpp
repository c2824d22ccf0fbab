// One voice's conditioning: frames come in, one vector per sample goes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "network/upsampler.hpp"

namespace atrous::stream {

// Works backwards: a range of samples asks the last stage, which asks the one before it for the rows it reads, down to
// the frames. Rows between the stages are kept as long as the next range may need them, so that reading in order
// computes each row once. A stage with matrices for every phase goes ahead by a few frames, where they are there. A
// sample's value does not depend on how it was asked for, nor on how the frames came in. One thread at a time.
class Upsampling {
 public:
  // Allocates for any read. The plan must outlive this object. With a `level` below plan.stages().size(), what is read
  // are the rows after that many stages instead of samples.
  explicit Upsampling(const network::UpsamplerPlan& plan);
  Upsampling(const network::UpsamplerPlan& plan, std::size_t level);

  // Adds frames, (frames, bins) row-major. Of bare ones the first is replicated plan.pad() times at the front, and
  // finish() does as much with the last; `padded` are those where that was done already. Allocates. Forgets the frames
  // that only samples before those kept need. Throws Error (argument) when values.size() is no multiple of the bins,
  // after finish(), or when both are mixed.
  void append(std::span<const float> values, bool padded = false);

  // No more frames will come: the last samples become available. Allocates.
  void finish();
  bool finished() const noexcept { return finished_; }

  // Samples from 0 that the frames received so far settle; all there will be, once finished.
  std::int64_t available() const noexcept { return settled_.back(); }
  // The same for the rows of each level, from the frames on: [stages + 1].
  const std::int64_t* settled() const noexcept { return settled_.data(); }

  // Writes the condition of samples (or rows of the level) [from, from + count) to
  // out[(t - from) · out_stride + channel]. Requires 0 <= from and from + count <= settled()[level], and a start no
  // earlier than what was kept at the last append. Real-time safe. Cheapest in order.
  void read(std::int64_t from, std::int64_t count, float* out, std::ptrdiff_t out_stride) noexcept;

  // What append() and finish() keep the frames for: samples (or rows of the level) from this one on. read() names its
  // start; after it, an earlier one may be named. Real-time safe.
  void keep(std::int64_t from) noexcept { kept_ = from; }

  // Back to sample 0 of the same frames. False where some of them are forgotten already, which changes nothing.
  // Real-time safe.
  bool rewind() noexcept;

  // As new: the next frame is the first. Real-time safe.
  void reset() noexcept;

  // Rows [begin, end) of a sequence in memory; any other row is zero.
  struct Rows {
    const float* data;
    std::int64_t begin, end;
    int channels;

    const float* row(std::int64_t t) const { return t < begin || t >= end ? nullptr : data + (t - begin) * channels; }
  };

 private:
  // Rows [begin, end) that a stage put out; `rows` has room for more after them.
  struct Cache {
    std::vector<float> rows;
    std::int64_t begin = 0, end = 0, capacity = 0;
  };

  void grow(std::size_t more);
  void forget();
  void settle() noexcept;
  Rows frames() const noexcept;
  Rows ensured(std::size_t stage, network::RowRange wanted) noexcept;
  void ensure(std::size_t stage, network::RowRange wanted) noexcept;
  void mix_channels(std::size_t stage, network::RowRange range, const Rows& x, float* out,
                    std::ptrdiff_t out_stride) noexcept;
  void mix_columns(std::size_t stage, std::int64_t first, int columns, const Rows& x, float* const* y) noexcept;
  void compute(std::size_t stage, network::RowRange range, float* out, std::ptrdiff_t out_stride) noexcept;

  const network::UpsamplerPlan& plan_;
  std::size_t level_;          // stages before what is read
  std::vector<float> frames_;  // padded frames [first_frame_, settled_[0])
  std::int64_t first_frame_ = 0;
  bool padded_ = false, finished_ = false;
  std::int64_t kept_ = 0;              // the first sample that may be read again after an append
  std::vector<std::int64_t> settled_;  // [stages + 1]: frames received, then rows settled after each stage
  std::vector<Cache> caches_;          // [level]: after each stage before the level; some keep nothing
  int most_columns_ = 1;               // of a product
  std::vector<const float*> terms_;    // of the product at hand, [term][column]
  std::vector<float> silence_;         // a row of zeros
};

}  // namespace atrous::stream
