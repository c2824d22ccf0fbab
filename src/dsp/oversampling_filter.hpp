// The lowpass filter that both ways of oversampling go through, at n times the rate: flat to 0.45 of the rate, and -98
// dB from 0.55 of it on.
//
// With linear phase it is a sinc under a Kaiser window, late by half its length at every frequency. With minimum phase
// it has the same magnitudes, and is as little late as a filter of these can be: a few samples at low frequencies, more
// towards its edge.
// Crochiere, Rabiner: Multirate Digital Signal Processing (1983), chapters 3 and 4. Oppenheim, Schafer: Discrete-Time
// Signal Processing, chapter "Cepstrum analysis and homomorphic deconvolution".
#pragma once

#include <vector>

namespace atrous::dsp {

struct OversamplingFilter {
  static constexpr int taps = 64;  // of a phase

  // n = factor, 2 or more. Takes some milliseconds with minimum phase.
  OversamplingFilter(int factor, bool minimum_phase);

  // [phase][taps]: tap n j + p of the filter is tap j of phase p, here the last first. With linear phase the first
  // phase is a delay by half of them, and has no row of its own.
  std::vector<std::vector<float>> phases;
  double delay;  // of both ways together, at low frequencies, in samples of the rate itself
};

}  // namespace atrous::dsp
