// A signal at several times its rate, and back: what a nonlinear process makes beyond half the rate stays beyond it,
// where a filter takes it away, instead of folding down.
//
// The signal at n times the rate is kept as its n phases, each at the rate itself: phase p holds the samples p, n + p,
// 2n + p, … A process whose every memory reaches back a multiple of n samples, as a network does whose dilations are
// multiplied by n, never mixes them: it is n copies of the network at the rate itself, one for each phase.
//
// Both ways go through one linear-phase filter, a sinc under a Kaiser window that is flat to 0.45 of the rate and -100
// dB from 0.55 of it on. Of its n phases the first is a delay.
// Crochiere, Rabiner: Multirate Digital Signal Processing (1983), chapters 3 and 4.
#pragma once

#include <span>
#include <vector>

namespace atrous::dsp {

// One thread at a time. All but construction is real-time safe.
class Oversampler {
 public:
  static constexpr int delay = 64;  // of both ways together, in samples of the rate itself

  // n = factor, 2 or more; `max_frames` of the rate itself at one go.
  Oversampler(int factor, int channels, int max_frames);

  int factor() const noexcept { return factor_; }

  // Makes the phases of the next frames.
  void up(const float* const* in, int frames) noexcept;
  // Of a phase, [channels][max_frames]: what up() made, for the process to work on in place.
  float* const* phase(int p) noexcept { return phases_.data() + std::size_t(p) * channels_; }
  // What the process made of so many frames, back at the rate.
  void down(float* const* out, int frames) noexcept;

  // As after silence, of which the process makes still[c] in channel c.
  void reset(std::span<const float> still) noexcept;

 private:
  float* made(int p, std::size_t channel) noexcept { return phase(p)[channel]; }

  int factor_;
  std::size_t channels_;
  std::vector<std::vector<float>> rows_;   // [phase]: taps of it, the last first
  std::vector<std::vector<float>> heard_;  // [channel]: `delay` samples before, and the next
  std::vector<std::vector<float>> made_;   // [phase][channel] likewise
  std::vector<float*> phases_;             // where the next samples of made_ stand
};

}  // namespace atrous::dsp
