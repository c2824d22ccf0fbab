// Teacher forcing: what a generating network makes of a sound it is given, and how well it predicts it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <atrous/network.hpp>

namespace atrous {

/// What the network hears, at its own rate. T samples.
struct TeacherForcing {
  std::vector<float> signal;    ///< (T), after the model's waveform shaping; for networks that hear samples
  std::vector<int> classes;     ///< (T); for networks that hear classes or predict them
  std::vector<float> features;  ///< (frames, bins) row-major, for conditioned networks
  bool padded = false;          ///< the features are padded already, as a `.safetensors` tensor `c` is
  int speaker = 0;
};

/// `audio` (mono, at the model's rate, -1 to 1) as the model hears it: shaped, and encoded where it hears classes.
/// Throws Error (argument) for a model whose output is not a distribution.
TeacherForcing teacher_forcing(const Model& model, std::span<const float> audio);

struct Score {
  double nll_nats = 0;                        ///< mean over all steps
  double nll_nats_after_receptive_field = 0;  ///< mean over the steps that hear a full receptive field; NaN if none
  std::size_t steps = 0;                      ///< T - 1: inputs 0..T-2 predict samples 1..T-1
  std::vector<float> outputs;                 ///< (rows, T) row-major: the raw outputs, if asked for
};

/// Runs the network over the input from zeroed queues, without prewarm. Categorical: cross-entropy. Logistic mixture:
/// the discretised loss with the model's quantize_channels and log_scale_min. Gaussian: the density at ±1 scale.
/// Throws Error (argument): fewer than 2 samples, features missing or covering fewer than T samples, classes or speaker
/// out of range, or a network whose output is not a distribution. Allocates; any thread.
Score score(const Network& network, const TeacherForcing& input, bool keep_outputs = false);

}  // namespace atrous
