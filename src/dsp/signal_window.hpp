// A signal that arrives piece by piece, as frames look at it: what they still need of it, mirrored at its ends.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace atrous::dsp {

// Samples outside the signal are mirrored at its ends without repeating those, as often as it takes; of no signal they
// are zeros. How the signal is cut into pieces leaves no trace.
class SignalWindow {
 public:
  void append(std::span<const float> samples);
  void finish() noexcept { finished_ = true; }  // no more comes: the end is known

  std::ptrdiff_t size() const noexcept { return begin_ + std::ptrdiff_t(samples_.size()); }  // arrived in all

  // Whether samples [start, start + count) are known, mirrored ones included.
  bool covers(std::ptrdiff_t start, std::ptrdiff_t count) const noexcept;

  // Samples [start, start + out.size()), which are covered and not forgotten.
  void read(std::ptrdiff_t start, std::span<float> out) const noexcept;

  // Nothing before sample `start` - `most` will be read, `most` being the longest frame to come: what a mirrored end
  // can reach stays.
  void forget(std::ptrdiff_t start, std::ptrdiff_t most);

 private:
  std::vector<float> samples_;  // from begin_ on
  std::ptrdiff_t begin_ = 0;
  bool finished_ = false;
};

}  // namespace atrous::dsp
