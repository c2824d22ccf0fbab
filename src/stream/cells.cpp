#include "stream/cells.hpp"

#include <algorithm>
#include <cstring>

#include "stream/finite.hpp"

namespace atrous::stream {

Cells::Cells(const network::CellsPlan& plan, Arena& arena) : plan_(&plan) {
  const std::size_t cells = kernels::padded(std::size_t(plan.size.cells));
  hidden_ = arena.reserve(2 * cells);
  cell_ = arena.reserve(cells);
  known_ = arena.reserve(kernels::cell_gates * kernels::cell_chains * cells);
  before_.resize(2 * std::size_t(plan.size.cells));
}

void Cells::reset(Arena& arena) const noexcept {
  std::copy(plan_->hidden.begin(), plan_->hidden.end(), arena.at(hidden_));
  std::copy(plan_->cell.begin(), plan_->cell.end(), arena.at(cell_));
}

void Cells::take_over(const Cells& other, const Arena& from, Arena& arena) const noexcept {
  std::copy_n(from.at(other.hidden_), plan_->size.cells, arena.at(hidden_));
  std::copy_n(from.at(other.cell_), plan_->size.cells, arena.at(cell_));
}

void Cells::run(const kernels::Kernels& kernels, Arena& arena, Area in, int frames, Area out) const noexcept {
  const auto kernel = plan_->kind == model::PostKind::gru ? kernels.gru : kernels.lstm;
  kernel({.weights = plan_->weights.data(),
          .bias = plan_->bias.data(),
          .inputs = plan_->size.inputs,
          .cells = plan_->size.cells,
          .x = in,
          .out = out.data,
          .out_stride = out.stride,
          .frames = frames,
          .cell = arena.at(cell_),
          .hidden = arena.at(hidden_),
          .known = arena.at(known_)});
}

bool Cells::finite(const Arena& arena) const noexcept {
  return all_finite(arena.at(hidden_), plan_->size.cells) && all_finite(arena.at(cell_), plan_->size.cells);
}

bool Cells::step(const kernels::Kernels& kernels, Arena& arena, Area in, Area out) noexcept {
  const auto cells = std::size_t(plan_->size.cells);
  float *const hidden = before_.data(), *const cell = hidden + cells;
  std::copy_n(arena.at(hidden_), cells, hidden);
  std::copy_n(arena.at(cell_), cells, cell);
  run(kernels, arena, in, 1, out);
  const std::size_t bytes = cells * sizeof(float);
  return std::memcmp(hidden, arena.at(hidden_), bytes) == 0 && std::memcmp(cell, arena.at(cell_), bytes) == 0;
}

}  // namespace atrous::stream
