#include "stream/upsampling.hpp"

#include <algorithm>
#include <atrous/error.hpp>
#include <string>

#include "kernels/scalar_activation.hpp"

namespace atrous::stream {
namespace {

using network::RowRange;
using network::UpsamplerPlan;
using network::UpsamplerStage;

void multiply_add(float* __restrict y, const float* __restrict x, float w, int n) {
  for (int i = 0; i < n; ++i) y[i] += w * x[i];
}

// y [bins] += the frequency taps over x [bins], zero beyond the first and last bin
void add_bins(const UpsamplerStage& stage, const float* taps, const float* x, float* y) {
  const int bins = stage.out, half = stage.frequency_kernel / 2;
  for (int f = 0; f < stage.frequency_kernel; ++f) {
    const int shift = f - half;
    const int begin = std::max(0, -shift), end = std::min(bins, bins - shift);
    if (begin < end) multiply_add(y + begin, x + begin + shift, taps[f], end - begin);
  }
}

// The phase of output t, and the frame it stands at.
struct Place {
  Place(const UpsamplerStage& stage, std::int64_t t)
      : frame((t + stage.origin) / stage.phases), phase(std::size_t((t + stage.origin) % stage.phases)) {}
  std::int64_t frame;
  std::size_t phase;
};

// y [bins] = bias + the taps, oldest frame first
void weigh_bins(const UpsamplerStage& stage, const Place& at, const Upsampling::Rows& x, float* y) {
  if (stage.bias.empty()) {
    std::fill_n(y, stage.out, 0.0f);
  } else {
    std::copy(stage.bias.begin(), stage.bias.end(), y);
  }
  for (int n = stage.first_tap[at.phase]; n < stage.first_tap[at.phase + 1]; ++n) {
    const float* row = x.row(at.frame + stage.taps[n].offset);
    if (row) add_bins(stage, stage.weights.data() + stage.taps[n].weights, row, y);
  }
}

void copy(const Upsampling::Rows& rows, RowRange range, float* out, std::ptrdiff_t out_stride) {
  for (std::int64_t t = range.begin; t < range.end; ++t, out += out_stride) {
    std::copy_n(rows.row(t), rows.channels, out);
  }
}

}  // namespace

// Outputs of one phase are the columns of a product, so that they share each read of its matrices.
void Upsampling::mix_channels(std::size_t stage, RowRange range, const Rows& x, float* out,
                              std::ptrdiff_t out_stride) noexcept {
  const int phases = plan_.stages()[stage].phases;
  for (std::int64_t first = range.begin; first < std::min(range.begin + phases, range.end); ++first) {
    float* y[kernels::max_columns];
    for (std::int64_t t = first; t < range.end;) {
      int columns = 0;
      for (std::int64_t next = t; next < range.end && columns < most_columns_; next += phases) {
        y[columns++] = out + (next - range.begin) * out_stride;
      }
      mix_columns(stage, t, columns, x, y);
      t += std::int64_t{columns} * phases;
    }
  }
}

// y [columns][out] = bias + matrix · x [in] over the taps, oldest frame first, of outputs a frame apart
void Upsampling::mix_columns(std::size_t stage, std::int64_t first, int columns, const Rows& x,
                             float* const* y) noexcept {
  const UpsamplerStage& plan = plan_.stages()[stage];
  const Place at(plan, first);
  const float** term = terms_.data();
  for (int n = plan.first_tap[at.phase]; n < plan.first_tap[at.phase + 1]; ++n) {
    for (int column = 0; column < columns; ++column) {
      const float* row = x.row(at.frame + column + plan.taps[n].offset);
      *term++ = row ? row : silence_.data();
    }
  }
  plan_.kernels().product_columns(plan_.products(stage)[at.phase].view(),
                                  {terms_.data(), nullptr, nullptr, y, columns});
}

Upsampling::Upsampling(const UpsamplerPlan& plan) : Upsampling(plan, plan.stages().size()) {}

Upsampling::Upsampling(const UpsamplerPlan& plan, std::size_t level)
    : plan_(plan), level_(level), settled_(plan.stages().size() + 1, 0), caches_(level) {
  const auto& stages = plan.stages();
  const std::vector<std::int64_t> kept = plan.rows_kept(level);
  int most_taps = 1;
  for (std::size_t n = 0; n < level; ++n) {
    const UpsamplerStage& stage = stages[n];
    caches_[n].capacity = kept[n + 1];
    caches_[n].rows.resize(std::size_t(kept[n + 1]) * stage.out);
    if (!stage.mixes_channels) continue;
    silence_.resize(std::max(silence_.size(), std::size_t(stage.in)));
    for (int p = 0; p < stage.phases; ++p) most_taps = std::max(most_taps, stage.first_tap[p + 1] - stage.first_tap[p]);
  }
  constexpr int most_terms = 1 << 16;
  most_columns_ = std::clamp(most_terms / most_taps, 1, kernels::max_columns);
  terms_.resize(std::size_t(most_taps) * most_columns_);
}

void Upsampling::append(std::span<const float> values, bool padded) {
  const auto bins = std::size_t(plan_.bins_in());
  if (values.size() % bins != 0) {
    throw Error(ErrorCode::argument, "features: expected a multiple of " + std::to_string(bins) + " values, found " +
                                         std::to_string(values.size()));
  }
  if (values.empty()) return;
  if (finished_) throw Error(ErrorCode::argument, "features: expected no more frames after the last one");
  const bool first = settled_[0] == 0;
  if (!first && padded != padded_) {
    throw Error(ErrorCode::argument, "features: expected either padded or unpadded frames, found both");
  }
  forget();
  const int copies = first && !padded ? plan_.pad() : 0;
  grow(copies * bins + values.size());
  padded_ = padded;
  for (int n = 0; n < copies; ++n) frames_.insert(frames_.end(), values.begin(), values.begin() + bins);
  frames_.insert(frames_.end(), values.begin(), values.end());
  settle();
}

void Upsampling::finish() {
  if (finished_) return;
  if (settled_[0] > 0 && !padded_ && plan_.pad() > 0) {
    const auto bins = std::size_t(plan_.bins_in());
    grow(plan_.pad() * bins);
    const std::size_t last = frames_.size() - bins;
    for (std::size_t n = 0; n < plan_.pad() * bins; ++n) frames_.push_back(frames_[last + n % bins]);
  }
  finished_ = true;
  settle();
}

// Room for `more` values, doubling, before anything changes.
void Upsampling::grow(std::size_t more) {
  const std::size_t size = frames_.size() + more;
  if (size > frames_.capacity()) frames_.reserve(std::max(size, 2 * frames_.capacity()));
}

// Drops the frames that only samples before kept_ need, once they are half of all, but for the last frame, which
// finish() replicates.
void Upsampling::forget() {
  RowRange needed{kept_, kept_ + 1};
  const auto& stages = plan_.stages();
  for (std::size_t n = level_; n-- > 0;) {
    needed = stages[n].inputs({std::max<std::int64_t>(0, needed.begin), std::max<std::int64_t>(1, needed.end)});
  }
  const std::int64_t unused = std::min(needed.begin, settled_[0] - 1) - first_frame_;
  if (unused <= 0 || 2 * unused < settled_[0] - first_frame_) return;
  frames_.erase(frames_.begin(), frames_.begin() + unused * plan_.bins_in());
  first_frame_ += unused;
}

void Upsampling::settle() noexcept {
  settled_[0] = first_frame_ + std::int64_t(frames_.size()) / plan_.bins_in();
  for (std::size_t n = 0; n < plan_.stages().size(); ++n) {
    const UpsamplerStage& stage = plan_.stages()[n];
    settled_[n + 1] = finished_ ? stage.length(settled_[n]) : stage.settled(settled_[n]);
  }
}

void Upsampling::read(std::int64_t from, std::int64_t count, float* out, std::ptrdiff_t out_stride) noexcept {
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t rows = std::min<std::int64_t>(count - done, UpsamplerPlan::chunk_frames);
    const RowRange range{from + done, from + done + rows};
    float* const chunk = out + done * out_stride;
    if (level_ > 0 && caches_.back().capacity == 0) {
      compute(level_ - 1, range, chunk, out_stride);
    } else {
      copy(level_ > 0 ? ensured(level_ - 1, range) : frames(), range, chunk, out_stride);
    }
    done += rows;
  }
  kept_ = from;
}

// Computes rows of a stage, after making sure of the rows before it.
void Upsampling::compute(std::size_t stage, RowRange range, float* out, std::ptrdiff_t out_stride) noexcept {
  const UpsamplerStage& plan = plan_.stages()[stage];
  const Rows x = stage > 0 ? ensured(stage - 1, plan.inputs(range)) : frames();
  if (plan.mixes_channels) mix_channels(stage, range, x, out, out_stride);
  for (std::int64_t t = range.begin; t < range.end; ++t) {
    float* const y = out + (t - range.begin) * out_stride;
    if (!plan.mixes_channels) weigh_bins(plan, Place(plan, t), x, y);
    if (plan.activation.kind == model::ActivationKind::identity) continue;
    for (int c = 0; c < plan.out; ++c) y[c] = kernels::activate(plan.activation, c, y[c]);
  }
}

Upsampling::Rows Upsampling::frames() const noexcept {
  return {frames_.data(), first_frame_, settled_[0], plan_.bins_in()};
}

// What the cache after `stage` holds, which is all wanted rows that exist, and maybe some after them.
Upsampling::Rows Upsampling::ensured(std::size_t stage, RowRange wanted) noexcept {
  ensure(stage, wanted);
  const Cache& cache = caches_[stage];
  return {cache.rows.data(), cache.begin, cache.end, plan_.stages()[stage].out};
}

void Upsampling::ensure(std::size_t stage, RowRange wanted) noexcept {
  Cache& cache = caches_[stage];
  const int channels = plan_.stages()[stage].out;
  wanted.begin = std::max<std::int64_t>(wanted.begin, 0);
  wanted.end = std::min(wanted.end, settled_[stage + 1]);
  if (wanted.begin >= wanted.end) return;
  if (wanted.begin < cache.begin || wanted.begin > cache.end) cache.begin = cache.end = wanted.begin;
  if (wanted.end <= cache.end) return;
  if (wanted.end - cache.begin > cache.capacity) {
    const float* kept = cache.rows.data() + (wanted.begin - cache.begin) * channels;
    std::copy(kept, kept + (cache.end - wanted.begin) * channels, cache.rows.data());
    cache.begin = wanted.begin;
  }
  if (plan_.stages()[stage].outputs_ahead() > 0) {
    wanted.end = std::min(settled_[stage + 1], cache.begin + cache.capacity);
  }
  compute(stage, {cache.end, wanted.end}, cache.rows.data() + (cache.end - cache.begin) * channels, channels);
  cache.end = wanted.end;
}

bool Upsampling::rewind() noexcept {
  if (first_frame_ > 0) return false;
  kept_ = 0;
  return true;
}

void Upsampling::reset() noexcept {
  frames_.clear();
  first_frame_ = kept_ = 0;
  padded_ = finished_ = false;
  for (Cache& cache : caches_) cache.begin = cache.end = 0;
  settle();
}

}  // namespace atrous::stream
