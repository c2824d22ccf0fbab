#include "dsp/signal_window.hpp"

#include <algorithm>

namespace atrous::dsp {

namespace {

// The sample that stands at `index` when a signal of `size` is mirrored for ever: period 2·(size - 1).
std::ptrdiff_t reflected(std::ptrdiff_t index, std::ptrdiff_t size) {
  if (size == 1) return 0;
  const std::ptrdiff_t period = 2 * (size - 1);
  index %= period;
  if (index < 0) index += period;
  return index < size ? index : period - index;
}

}  // namespace

void SignalWindow::append(std::span<const float> samples) {
  samples_.insert(samples_.end(), samples.begin(), samples.end());
}

bool SignalWindow::covers(std::ptrdiff_t start, std::ptrdiff_t count) const noexcept {
  return finished_ || size() >= std::max(start + count, 1 - start);
}

void SignalWindow::read(std::ptrdiff_t start, std::span<float> out) const noexcept {
  const auto count = std::ptrdiff_t(out.size());
  if (size() == 0) {
    std::fill(out.begin(), out.end(), 0.0f);
  } else if (start >= 0 && start + count <= size()) {
    std::copy_n(samples_.begin() + (start - begin_), count, out.begin());
  } else {
    // Before the end is known, only the start is mirrored, and that once: covers() has seen to it.
    for (std::ptrdiff_t i = 0; i < count; ++i) out[i] = samples_[std::size_t(reflected(start + i, size()) - begin_)];
  }
}

void SignalWindow::forget(std::ptrdiff_t start, std::ptrdiff_t most) {
  const std::ptrdiff_t before = std::min(start - most, size());
  // Seldom, so that the rest is not moved for every frame.
  if (before - begin_ < std::max<std::ptrdiff_t>(most, 4096)) return;
  samples_.erase(samples_.begin(), samples_.begin() + (before - begin_));
  begin_ = before;
}

}  // namespace atrous::dsp
