// The frames of a signal that arrives piece by piece, in their order.
#pragma once

#include <cstddef>
#include <span>

#include "dsp/signal_window.hpp"
#include "dsp/stft.hpp"

namespace atrous::dsp {

class Frames {
 public:
  Frames(int fft, int hop, bool centered) : fft_(fft), hop_(hop), centered_(centered) {}

  void append(std::span<const float> samples) { signal_.append(samples); }
  void finish() noexcept { signal_.finish(), finished_ = true; }

  // Calls use(signal, start) for every frame that is whole and was not before; of those at the end after finish() only.
  template <class Use>
  void take(Use use) {
    while (ready()) {
      const std::ptrdiff_t start = frame_start(next_, fft_, hop_, centered_);
      use(static_cast<const SignalWindow&>(signal_), start);
      signal_.forget(frame_start(++next_, fft_, hop_, centered_), fft_);
    }
  }

 private:
  bool ready() const noexcept {
    if (finished_) return next_ < frame_count(std::size_t(signal_.size()), fft_, hop_, centered_);
    return signal_.covers(frame_start(next_, fft_, hop_, centered_), fft_);
  }

  int fft_, hop_;
  bool centered_, finished_ = false;
  std::size_t next_ = 0;
  SignalWindow signal_;
};

}  // namespace atrous::dsp
