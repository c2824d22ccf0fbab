#include "stream/conditioning.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {
namespace {

constexpr std::int64_t weights_length = 2 * Conditioning::most_samples;

std::int64_t power_of_two(std::int64_t n) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}

}  // namespace

Conditioning::Conditioning(const network::Plan& plan)
    : plan_(plan), upsampling_(*plan.upsampler, plan.interpolation->level()), weights_(weights_length) {
  const network::Interpolation& interpolation = *plan.interpolation;
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      layers_.push_back(&layer);
      offsets_.push_back(width_);
      width_ += static_cast<std::ptrdiff_t>(kernels::padded(layer.conv.out));
    }
  }
  // Rows that are as many as the samples are projected some at a time, so that the weights are read less often.
  ahead_ = std::max<std::int64_t>(1, kernels::max_columns / interpolation.hop());
  // Samples that are asked for may lie most_samples behind the furthest, and that many are asked for at a time.
  const std::int64_t rows = power_of_two(interpolation.most_rows(2 * most_samples) + ahead_);
  row_mask_ = rows - 1;
  projected_.assign(static_cast<std::size_t>(rows * width_), 0.0f);
  fresh_.resize(static_cast<std::size_t>(kernels::max_columns) * interpolation.bins());
  weight_values_.resize(weights_length * interpolation.most_weights());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i].values = weight_values_.data() + i * interpolation.most_weights();
  }
  scratch_.resize(interpolation.scratch());
  sources_.resize(interpolation.most_weights());
}

void Conditioning::reset() noexcept {
  if (!upsampling_.rewind()) upsampling_.reset();
  rows_ = {};
  weights_begin_ = weights_end_ = 0;
}

void Conditioning::mix(std::size_t layer, std::int64_t from, int count, float* out, std::ptrdiff_t stride) noexcept {
  weigh(from, from + count);
  const int height = layers_[layer]->conv.out;
  for (std::int64_t t = from; t < from + count; ++t, out += stride) {
    const Weights& weights = weights_[static_cast<std::size_t>(t % weights_length)];
    std::size_t terms = 0;
    for (std::int64_t row = weights.rows.begin; row < weights.rows.end; ++row) {
      sources_[terms++] = projected(row) + offsets_[layer];
    }
    plan_.kernels->weighted_sum(sources_.data(), weights.values, static_cast<int>(terms), out, height);
  }
}

// Makes the weights of samples [begin, end) ready, and the rows that they weigh.
void Conditioning::weigh(std::int64_t begin, std::int64_t end) noexcept {
  if (begin < weights_begin_ || begin > weights_end_) weights_begin_ = weights_end_ = begin;
  const std::int64_t* settled = upsampling_.settled() + plan_.interpolation->level();
  network::RowRange rows;
  for (; weights_end_ < end; ++weights_end_) {
    Weights& weights = weights_[static_cast<std::size_t>(weights_end_ % weights_length)];
    weights.rows = plan_.interpolation->weigh(weights_end_, settled, scratch_.data(), weights.values);
    if (weights.rows.begin == weights.rows.end) continue;
    if (rows.begin == rows.end) rows.begin = weights.rows.begin;
    rows.end = weights.rows.end;
  }
  weights_begin_ = std::max(weights_begin_, weights_end_ - weights_length);
  if (rows.begin < rows.end) project(rows);
}

// Makes the ring hold `rows`, of which it may hold the first already, and what is at hand of the next few.
void Conditioning::project(network::RowRange rows) noexcept {
  if (rows.begin < rows_.begin || rows.begin > rows_.end) rows_ = {rows.begin, rows.begin};
  if (rows.end <= rows_.end) return;
  const std::int64_t settled = upsampling_.settled()[plan_.interpolation->level()];
  rows.end = std::min(settled, (rows.end + ahead_ - 1) / ahead_ * ahead_);
  const auto bins = static_cast<std::size_t>(plan_.interpolation->bins());
  while (rows_.end < rows.end) {
    const int count = static_cast<int>(std::min<std::int64_t>(rows.end - rows_.end, kernels::max_columns));
    upsampling_.read(rows_.end, count, fresh_.data(), static_cast<std::ptrdiff_t>(bins));
    const float* in[kernels::max_columns];
    float* out[kernels::max_columns];
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      for (int n = 0; n < count; ++n) {
        in[n] = fresh_.data() + n * bins;
        out[n] = projected(rows_.end + n) + offsets_[layer];
      }
      plan_.kernels->product_columns(layers_[layer]->projection.view(), {in, nullptr, nullptr, out, count});
    }
    rows_.end += count;
  }
  rows_.begin = std::max(rows_.begin, rows_.end - row_mask_ - 1);
}

}  // namespace atrous::stream
