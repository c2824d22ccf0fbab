#include "stream/conditioning.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {
namespace {

std::int64_t power_of_two(std::int64_t n) {
  return std::int64_t(std::bit_ceil(std::uint64_t(n)));
}

}  // namespace

Conditioning::Conditioning(const network::Plan& plan)
    : plan_(plan), upsampling_(*plan.upsampler, plan.interpolation->level()), samples_(most_samples) {
  const network::Interpolation& interpolation = *plan.interpolation;
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      layers_.push_back(&layer);
      offsets_.push_back(width_);
      width_ += std::ptrdiff_t(kernels::padded(layer.projection.rows()));
    }
  }
  offsets_.push_back(width_);
  if (plan.modulated) width_ += std::ptrdiff_t(kernels::padded(interpolation.bins()));
  // Rows that are as many as the samples are projected some at a time, so that the weights are read less often.
  ahead_ = std::max<std::int64_t>(1, kernels::max_columns / interpolation.hop());
  const auto mask = [&](int samples) { return power_of_two(interpolation.most_rows(samples) + ahead_ - 1) - 1; };
  block_mask_ = mask(most_samples);
  step_mask_ = mask(kernels::max_columns);
  projected_.assign(std::size_t((block_mask_ + 1) * width_), 0.0f);
  fresh_.resize(std::size_t(kernels::max_columns) * interpolation.bins());
  sample_rows_.resize(samples_.size() * interpolation.most_weights());
  sample_weights_.resize(samples_.size() * interpolation.most_weights());
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    samples_[i].rows = sample_rows_.data() + i * interpolation.most_weights();
    samples_[i].weights = sample_weights_.data() + i * interpolation.most_weights();
  }
  scratch_.resize(interpolation.scratch());
}

void Conditioning::reset() noexcept {
  if (!upsampling_.rewind()) upsampling_.reset();
  rows_ = {};
  ready_begin_ = ready_end_ = 0;
}

void Conditioning::prepare(std::int64_t from, int count) noexcept {
  const std::int64_t mask = count > kernels::max_columns ? block_mask_ : step_mask_;
  if (mask != row_mask_) rows_ = {};
  if (mask != row_mask_ || from < ready_begin_ || from > ready_end_) ready_end_ = from;
  row_mask_ = mask;
  ready_begin_ = from;
  network::RowRange rows;
  for (; ready_end_ < from + count; ++ready_end_) {
    const network::RowRange weighed = weigh(ready_end_);
    if (weighed.begin == weighed.end) continue;
    if (rows.begin == rows.end) rows.begin = weighed.begin;
    rows.end = weighed.end;
  }
  if (rows.begin < rows.end) project(rows);
  upsampling_.keep(samples_[place(from)].first);
}

const float* Conditioning::mix(std::size_t layer, std::int64_t t, int row, int rows, float* out) const noexcept {
  const Sample& sample = samples_[place(t)];
  if (sample.count == 1 && sample.weights[0] == 1.0f) return sample.rows[0] + offsets_[layer];
  plan_.kernels->weighted_sum(sample.rows, offsets_[layer] + row, sample.weights, sample.count, out + row, rows);
  return out;
}

// What a sample is made of; returns the rows.
network::RowRange Conditioning::weigh(std::int64_t t) noexcept {
  Sample& sample = samples_[place(t)];
  const network::RowRange rows = plan_.interpolation->weigh(t, upsampling_.settled() + plan_.interpolation->level(),
                                                            scratch_.data(), sample.weights);
  sample.first = rows.begin;
  sample.count = int(rows.end - rows.begin);
  for (int i = 0; i < sample.count; ++i) sample.rows[i] = projected(rows.begin + i);
  return rows;
}

// Makes the ring hold `rows`, of which it may hold the first already, and what is at hand of the next few.
void Conditioning::project(network::RowRange rows) noexcept {
  if (rows.begin < rows_.begin || rows.begin > rows_.end) rows_ = {rows.begin, rows.begin};
  if (rows.end <= rows_.end) return;
  const std::int64_t settled = upsampling_.settled()[plan_.interpolation->level()];
  rows.end = std::min(settled, (rows.end + ahead_ - 1) / ahead_ * ahead_);
  const auto bins = std::size_t(plan_.interpolation->bins());
  while (rows_.end < rows.end) {
    const int count = int(std::min<std::int64_t>(rows.end - rows_.end, kernels::max_columns));
    upsampling_.read(rows_.end, count, fresh_.data(), std::ptrdiff_t(bins));
    const float* in[kernels::max_columns];
    float* out[kernels::max_columns];
    for (int n = 0; n < count && plan_.modulated; ++n) {
      std::copy_n(fresh_.data() + n * bins, bins, projected(rows_.end + n) + offsets_.back());
    }
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      if (layers_[layer]->projection.empty()) continue;
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
