#include "run/knob_rows.hpp"

#include <algorithm>
#include <limits>

#include "model/knobs.hpp"

namespace atrous::run {

// What a row holds in frame `passed` of its ramp, counted from 0: where it goes to in the last.
float KnobRows::Ramp::after(int passed) const noexcept {
  const int gone = frames - left + passed + 1;
  if (gone >= frames) return to;
  return from + (to - from) * (float(gone) / float(frames));
}

KnobRows::KnobRows(const std::vector<model::Knob>& knobs, std::span<const double> values) : knobs_(knobs) {
  for (const float value : model::knob_row_values(knobs, values)) ramps_.push_back({.to = value});
  values_.resize(ramps_.size() * stream::block_frames);
}

void KnobRows::turn(std::size_t knob, double value, int frames) noexcept {
  std::size_t first = 0;
  for (std::size_t i = 0; i < knob; ++i) first += std::size_t(model::knob_rows(knobs_[i]));
  for (int row = 0; row < model::knob_rows(knobs_[knob]); ++row) {
    Ramp& ramp = ramps_[first + std::size_t(row)];
    ramp = {ramp.after(-1), model::knob_row(knobs_[knob], row, value), frames, frames};
  }
  moving_ = std::max(moving_, frames);
  passed_ = 0;
}

void KnobRows::finish() noexcept {
  pass(moving_);
}

void KnobRows::show(float** to, int frames) noexcept {
  for (std::size_t row = 0; row < ramps_.size(); ++row) {
    to[row] = values_.data() + row * stream::block_frames;
    const Ramp& ramp = ramps_[row];
    if (ramp.left == 0) {
      std::fill_n(to[row], frames, ramp.to);
    } else {
      for (int t = 0; t < frames; ++t) to[row][t] = ramp.after(t);
    }
  }
}

void KnobRows::hold(int ahead, float* rows) const noexcept {
  for (std::size_t row = 0; row < ramps_.size(); ++row) {
    rows[row] = ramps_[row].left == 0 ? ramps_[row].to : ramps_[row].after(ahead);
  }
}

void KnobRows::pass(int frames) noexcept {
  for (Ramp& ramp : ramps_) ramp.left = std::max(0, ramp.left - frames);
  moving_ = std::max(0, moving_ - frames);
  passed_ += std::min(frames, std::numeric_limits<int>::max() - passed_);
}

}  // namespace atrous::run
