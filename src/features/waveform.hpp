// What happens to sound before a network reads it, and the way back for what the network generates.
#pragma once

#include <span>
#include <vector>

#include "model/config.hpp"

namespace atrous::features {

// A linear-phase high-pass: an odd number of taps of a Hamming-windowed sinc, scaled to 1 at half the sample rate.
// Throws Error (invalid) unless 0 < hz < sample_rate/2 and taps is odd.
std::vector<double> highpass_taps(double hz, int taps, double sample_rate);

// The model's high-pass, where it has one, over a sound that arrives piece by piece: without delay, the sound continued
// with zeros. Cuts leave no trace.
class Highpass {
 public:
  // Throws as highpass_taps() does.
  Highpass(const model::Waveform& waveform, double sample_rate);

  // What is known of the filtered sound after `samples` more, and was not before.
  std::vector<float> append(std::span<const float> samples);
  // The rest of it: nothing more comes.
  std::vector<float> finish();

 private:
  std::vector<double> taps_;  // none: off
  std::vector<float> heard_;  // what the coming samples are made of: half the taps before the first of them, and on
};

// f(x) = sign(x)·ln(1 + μ|x|) / ln(1 + μ) for μ above 0, and its inverse.
double mulaw_compress(double x, double mu) noexcept;
double mulaw_expand(double f, double mu) noexcept;

// The same without the compression, as features read sound.
model::Waveform uncompressed(model::Waveform waveform) noexcept;

// High-pass, gain, pre-emphasis, compression; as long as `audio`. Throws likewise.
std::vector<float> shape(const model::Waveform& waveform, double sample_rate, std::span<const float> audio);

// Gain, pre-emphasis and compression of a stream: shape() without the high-pass. Real-time safe; cuts leave no trace.
class WaveformShaper {
 public:
  explicit WaveformShaper(const model::Waveform& waveform)
      : gain_(waveform.gain), coefficient_(waveform.preemphasis), mulaw_(waveform.mulaw) {}
  void process(std::span<float> samples) noexcept;  // in place
  void reset() noexcept { last_ = 0; }

 private:
  double gain_, coefficient_, mulaw_;
  double last_ = 0;  // the input before, times the gain
};

// The inverse of WaveformShaper: expansion, de-emphasis, then 1/gain. Nothing undoes the high-pass.
class WaveformUndo {
 public:
  explicit WaveformUndo(const model::Waveform& waveform)
      : gain_(waveform.gain), coefficient_(waveform.preemphasis), mulaw_(waveform.mulaw) {}
  void process(std::span<float> samples) noexcept;  // in place
  void reset() noexcept { last_ = 0; }

 private:
  double gain_, coefficient_, mulaw_;
  double last_ = 0;  // the de-emphasised sample before, still times the gain
};

}  // namespace atrous::features
