#include "stream/lstm.hpp"

#include <algorithm>

namespace atrous::stream {

Lstm::Lstm(const network::LstmPlan& plan, int inputs, Arena& arena)
    : plan_(&plan),
      inputs_(inputs),
      row_(kernels::padded(static_cast<std::size_t>(4 * plan.cells)) + kernels::max_lanes),
      hidden_(arena.reserve(plan.cells)),
      cell_(arena.reserve(plan.cells)),
      x_(arena.reserve(static_cast<std::size_t>(kernels::max_columns) * inputs)),
      z_(arena.reserve(kernels::max_columns * row_)) {}

void Lstm::reset(Arena& arena) const noexcept {
  std::copy(plan_->hidden.begin(), plan_->hidden.end(), arena.at(hidden_));
  std::copy(plan_->cell.begin(), plan_->cell.end(), arena.at(cell_));
}

// The input's part of z is known for many steps at once; the hidden state's is not.
void Lstm::run(const kernels::Kernels& kernels, Arena& arena, Area in, int frames, Area out) const noexcept {
  float* hidden = arena.at(hidden_);
  for (int start = 0; start < frames; start += kernels::max_columns) {
    const int count = std::min(frames - start, kernels::max_columns);
    const float* x[kernels::max_columns];
    float* z[kernels::max_columns];
    for (int n = 0; n < count; ++n) {
      float* column = arena.at(x_) + static_cast<std::ptrdiff_t>(n) * inputs_;
      for (int i = 0; i < inputs_; ++i) column[i] = in.data[i * in.stride + start + n];
      x[n] = column;
      z[n] = arena.at(z_) + static_cast<std::ptrdiff_t>(n) * static_cast<std::ptrdiff_t>(row_);
    }
    kernels.product_columns(plan_->input.view(), {x, nullptr, nullptr, z, count});
    for (int n = 0; n < count; ++n) {
      const float* heard = hidden;
      const float* known = z[n];
      kernels.product_columns(plan_->recurrent.view(), {&heard, &known, nullptr, &z[n], 1});
      kernels.lstm_step(z[n], plan_->cells, arena.at(cell_), hidden);
      for (int i = 0; i < plan_->cells; ++i) out.data[i * out.stride + start + n] = hidden[i];
    }
  }
}

}  // namespace atrous::stream
