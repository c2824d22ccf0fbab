// A signal at several times its rate, and back: what a nonlinear process makes beyond half the rate stays beyond it,
// where a filter takes it away, instead of folding down.
//
// The signal at n times the rate is kept as its n phases, each at the rate itself: phase p holds the samples p, n + p,
// 2n + p, … A process whose every memory reaches back a multiple of n samples, as a network does whose dilations are
// multiplied by n, never mixes them: it is n copies of the network at the rate itself, one for each phase.
//
// Both ways go through one filter, cut into as many phases.
// Crochiere, Rabiner: Multirate Digital Signal Processing (1983), chapters 3 and 4.
#pragma once

#include <span>
#include <vector>

#include "dsp/oversampling_filter.hpp"

namespace atrous::dsp {

// One thread at a time. All but construction is real-time safe.
class Oversampler {
 public:
  // Samples of the rate itself that both ways together remember.
  static constexpr int memory = 2 * OversamplingFilter::taps;

  // `max_frames` of the rate itself at one go.
  Oversampler(const OversamplingFilter& filter, int channels, int max_frames);

  int factor() const noexcept { return int(rows_.size()); }

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

  std::size_t channels_;
  std::vector<std::vector<float>> rows_;   // of the filter
  std::vector<std::vector<float>> heard_;  // [channel]: the samples before that a row reads, and the next
  std::vector<std::vector<float>> made_;   // [phase][channel] likewise
  std::vector<float*> phases_;             // where the next samples of made_ stand
};

}  // namespace atrous::dsp
