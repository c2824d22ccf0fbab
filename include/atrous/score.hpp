// Teacher forcing: what a generating network makes of a sound it is given, and how well it predicts it. None
// of it is real-time safe. The functions may be called from any threads; an object belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <atrous/export.h>
#include <atrous/network.hpp>

namespace atrous {

/// What the network reads, at its own rate. T samples.
struct TeacherForcing {
  std::vector<float> signal;    ///< (T), after the model's waveform shaping; for networks that read samples
  std::vector<int> classes;     ///< (T); for networks that read classes or predict them
  std::vector<float> features;  ///< (frames, bins) row-major, for conditioned networks
  bool padded = false;          ///< the features are padded already, as a `.safetensors` tensor `c` is
  int speaker = 0;              ///< row of the speaker embedding, where the model has one
};

/// `audio` (mono, at the model's rate, -1 to 1) as the model reads it: shaped, and encoded where it reads classes.
/// Those are the steps of the mu-law of ITU-T G.711, sgn(x) · ln(1 + μ|x|) / ln(1 + μ) as in van den Oord et al.,
/// "WaveNet" (arXiv:1609.03499), section 2.2, rounded as each training program does (docs/format.md, `code`); or of a
/// linear scale. Throws Error (argument) for a model whose output is not a distribution. Allocates; any thread.
ATROUS_API TeacherForcing teacher_forcing(const Model& model, std::span<const float> audio);

/// How well a sound was predicted.
struct Score {
  double nll_nats = 0;                        ///< mean over all steps
  double nll_nats_after_receptive_field = 0;  ///< mean over the steps that read a full receptive field; NaN if none
  std::size_t steps = 0;                      ///< T - 1: inputs 0..T-2 predict samples 1..T-1
  std::vector<float> outputs;                 ///< (rows, T) row-major: the raw outputs, if asked for
};

/// Runs the network over the input from zeroed queues, without prewarm. Categorical: cross-entropy. Logistic mixture:
/// the discretised loss of Salimans et al., "PixelCNN++" (arXiv:1701.05517), with the model's quantize_channels and
/// log_scale_min. Gaussian: the density at ±1 scale, as in Ping, Peng and Chen, "ClariNet" (arXiv:1807.07281). Both
/// are of the samples as the network reads them: of a model with `waveform.mulaw`, compressed ones, so that its figures
/// compare with those of such models alone.
/// Throws Error (argument): fewer than 2 samples, features missing or covering fewer than T samples, classes or speaker
/// out of range, or a network whose output is not a distribution. Allocates; any thread.
ATROUS_API Score score(const Network& network, const TeacherForcing& input, bool keep_outputs = false);

/// What a sound is scored with.
struct ScorerOptions {
  /// Raw outputs of the coming steps, (steps, rows) row-major; valid during the call.
  using Outputs = std::function<void(std::span<const float> columns)>;

  int speaker = 0;        ///< row of the speaker embedding, where the model has one
  bool front_end = true;  ///< a conditioned network reads features that the model's own front end makes of the sound
  Outputs outputs{};      ///< called with the outputs of every step, if set
};

/// Scores a sound that arrives piece by piece; how it is cut leaves no trace, and memory does not grow with it.
/// One thread at a time; allocates.
class ATROUS_API Scorer {
 public:
  /// Throws Error: argument (a speaker out of range, a network whose output is not a distribution), and as
  /// FeatureExtractor does.
  explicit Scorer(const Network& network, ScorerOptions options = {});
  ~Scorer();
  Scorer(Scorer&&) noexcept;
  Scorer& operator=(Scorer&&) noexcept;

  /// Reads `audio` (mono, at the model's rate, -1 to 1), shaped and encoded as the model asks for.
  void append(std::span<const float> audio);

  /// Frames (frames, bins) to read instead of the front end's, unpadded or `padded` already; all of one sort, before
  /// finish(). Throws Error (argument): no multiple of the bins, a network that reads none, ScorerOptions::front_end.
  void append_features(std::span<const float> values, bool padded = false);

  /// The score of all that was read, its `outputs` empty. A front end whose frames must fit whole covers less than the
  /// sound: the rest is left out. Throws Error (argument): fewer than 2 samples, features that cover less. Once.
  Score finish();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
