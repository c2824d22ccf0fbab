// The mel front end that a model's file describes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dsp/frames.hpp"
#include "dsp/stft.hpp"
#include "model/model_data.hpp"

namespace atrous::features {

// Slaney: linear below 1000 Hz (15 mels), then 27 mels to each factor of 6.4. HTK: 2595·log10(1 + hz/700).
double hz_to_mel(double hz, model::MelScale scale) noexcept;
double mel_to_hz(double mel, model::MelScale scale) noexcept;

// A triangle over the bins of a spectrum; zero outside.
struct MelBand {
  int first = 0;                // bin of weights[0]
  std::vector<double> weights;  // may be empty: a band too narrow to hold a bin
};

// Triangles between bins + 2 frequencies evenly spaced in mels from fmin to fmax, each over its neighbours' centres.
std::vector<MelBand> mel_bands(const model::Features& features);

// The least value that a frame of a model with a front end can hold: that of silence, of the bin where it is least.
double least_feature(const model::ModelData& data);

// One thread at a time.
class MelFrontEnd {
 public:
  // The model has features; a validated one. Throws Error: invalid (features.scale of 0, tensors of another size),
  // unsupported (no FFTW).
  explicit MelFrontEnd(const model::ModelData& data);

  int bins() const noexcept { return settings_.bins; }

  // The frames that it reads of a sound.
  dsp::Frames frames() const { return {settings_.fft, settings_.hop, settings_.centered}; }

  // The frame of `audio` from `start` on, into out [bins].
  void frame(const dsp::SignalWindow& audio, std::ptrdiff_t start, std::span<float> out);

 private:
  model::Features settings_;
  dsp::Stft stft_;
  std::vector<MelBand> bands_;
  std::vector<float> mean_, scale_;  // [bins], or empty
  std::vector<float> magnitudes_;    // [fft/2 + 1]
  std::vector<double> powers_;       // [fft/2 + 1]
};

}  // namespace atrous::features
