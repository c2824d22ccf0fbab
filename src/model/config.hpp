// What a model is, format-free: every reader fills these structs, and nothing after the readers knows a file format.
// One graph serves all WaveNet families (ARCHITECTURE.md draws it):
//
//   per stack   v = input(v);  acc = acc or 0
//   per layer   z = conv(v) + mixin(condition) + speaker(g)          (bottleneck rows, twice that when gated or
//   blended; conv may be several convs of v side by side, added or one below the other)
//               o = f(z)  |  f(z₁)·s(z₂)  |  s(z₂)·f(z₁) + (1 - s(z₂))·z₁
//               acc = (acc + skip(o)) · skip_scale                   (skip: 1x1 or identity)
//               v   = (v + residual(o)) · residual_scale             (residual: 1x1 or none)
//   per stack   acc = head(acc), when the stack has one
//   at the end  post-net: (activation, conv or cells)*, then · output.scale, then + output.input_skip · input
//
// Without stacks the post-net reads the input: a chain of convs (ConvNet), of LSTM or GRU cells, a single FIR filter
// (Linear).
//
// Tensor names and shapes stand beside the fields; docs/format.md lists them all.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/activation.hpp"
#include "model/output_kinds.hpp"

namespace atrous::model {

// A causal convolution: weight [out][in/groups][kernel] (tap kernel-1 is the current sample), bias [out].
struct Conv {
  int in = 1, out = 1, kernel = 1, dilation = 1, groups = 1;
  bool bias = true;
};

struct Pointwise {  // a 1x1 convolution whose input width the graph knows: weight [out][in/groups], bias [out]
  int out = 1, groups = 1;
  bool bias = true;
};

// Feature-wise linear modulation: x · scale + shift, both affine in the condition. Weight [(shift ? 2 : 1)·width]
// [condition channels / groups], the rows of the scale first; bias alike.
struct Film {
  bool shift = true;
  int groups = 1;
};

// Where a layer may have one, in the order of a `.nam` file's weights, and what it modulates.
enum class FilmPoint {
  conv_pre,         // v, before the conv; what the residual adds to stays as it was
  conv_post,        // the conv's output, with the speaker's part, which is a bias of it
  mixin_pre,        // the condition, as the mixin reads it
  mixin_post,       // the mixin's output
  activation_pre,   // z
  activation_post,  // o
  residual_post,    // the residual's output
  skip_post,        // the skip's output
};
inline constexpr std::size_t film_points = std::size_t(FilmPoint::skip_post) + 1;

// How convs side by side become one: their rows are added, or stand one below the other.
enum class Merge { sum, concatenate };

struct Layer {
  Conv conv;                     // its rows are bottleneck, or twice that when gated or blended
  std::vector<Conv> branches{};  // further convs of v: branches.N.weight, .bias
  Merge merge = Merge::sum;      // concatenate: all together have as many rows as that
  int mixin_groups = 1;
  bool mixin_bias = false;    // mixin.weight [z rows][condition channels / mixin_groups]
  bool speaker_bias = false;  // speaker.weight [z rows][speaker channels]
  int bottleneck = 1;
  Gating gating = Gating::none;
  Activation activation, secondary{ActivationKind::sigmoid};
  std::optional<Pointwise> skip;      // absent: the identity
  std::optional<Pointwise> residual;  // absent: v passes unchanged
  float skip_scale = 1, residual_scale = 1;
  std::array<std::optional<Film>, film_points> film;

  int z_rows() const noexcept { return gating == Gating::none ? bottleneck : 2 * bottleneck; }
  int skip_width() const noexcept { return skip ? skip->out : bottleneck; }
  bool concatenates() const noexcept { return merge == Merge::concatenate && !branches.empty(); }
  bool modulated() const noexcept {
    return std::any_of(film.begin(), film.end(), [](const auto& each) { return each.has_value(); });
  }
};

// The width of what a film modulates, in a layer of `channels` channels.
inline int film_width(const Layer& layer, FilmPoint point, int channels, int condition) noexcept {
  switch (point) {
    case FilmPoint::conv_pre:
      return channels;
    case FilmPoint::mixin_pre:
      return condition;
    case FilmPoint::activation_post:
      return layer.bottleneck;
    case FilmPoint::residual_post:
      return channels;
    case FilmPoint::skip_post:
      return layer.skip_width();
    case FilmPoint::conv_post:
    case FilmPoint::mixin_post:
    case FilmPoint::activation_pre:
      break;
  }
  return layer.z_rows();
}

// Calls visit(conv) for all convs of a layer that read v, in order.
template <class Visit>
void for_each_branch(const Layer& layer, Visit visit) {
  visit(layer.conv);
  for (const Conv& branch : layer.branches) visit(branch);
}

inline std::int64_t past_samples(const Conv& conv) noexcept {
  return std::int64_t{conv.kernel - 1} * conv.dilation;
}

struct Stack {
  Conv input;  // "rechannel"; the first stack's reads the network's input
  Activation input_activation;
  std::vector<Layer> layers;
  std::optional<Conv> head;
};

enum class PostKind {
  conv,
  // Cells, in place of the conv: conv.in inputs x, conv.out outputs h. Weight [gates·out][in + out], columns x | h.
  // What they start from: hidden [out].
  lstm,  // rows i, f, g, o; bias [4·out]; they start from cell [out] too
  gru,   // rows z, r, n; bias [4·out], z, r, n as x, n as h is read: r multiplies what n makes of h
};

inline bool has_cells(PostKind kind) noexcept {
  return kind != PostKind::conv;
}

// Rows of weights for each cell.
inline int gates(PostKind kind) noexcept {
  return kind == PostKind::gru ? 3 : 4;
}
inline constexpr int cell_biases = 4;

// How a filter runs: by its length, tap by tap, or by FFT for all but its newest taps. The sound is the same.
enum class Implementation { automatic, direct, fft };

// Measured: FFT is as fast as direct at 260 taps (AVX2) to 290 (AVX-512).
inline bool runs_by_fft(Implementation implementation, int taps) noexcept {
  constexpr int shortest_by_fft = 256;
  return implementation == Implementation::fft ||
         (implementation == Implementation::automatic && taps >= shortest_by_fft);
}

struct PostLayer {
  Activation activation;  // of what it reads
  Conv conv;
  PostKind kind = PostKind::conv;
  Implementation implementation = Implementation::automatic;  // of a filter
  bool softmax = false;  // of what it reads, after the activation: e^x / Σ e^x over the channels of a sample

  // A filter of one row.
  bool is_fir() const noexcept {
    return kind == PostKind::conv && conv.in == 1 && conv.out == 1 && conv.dilation == 1 && conv.kernel > 1;
  }
};

enum class InputKind {
  signal,       // `channels` audio channels, or one for a generator: the last sample
  one_hot,      // the class of the last sample as a one-hot vector of code.classes: an embedding
  class_value,  // the class of the last sample as linspace(-1, 1, code.classes)[class]
};

// How classes and samples map to each other. Six incompatible codes are in use; the names are those of their sources.
enum class CodeKind {
  r9y9,             // trunc((f+1)/2·μ), decoded as 2q/μ-1;        μ = classes-1 throughout, but for vincentherrmann
  ibab,             // trunc((f+1)/2·μ + 0.5), decoded as 2q/μ-1   (also nv-wavenet)
  kan_bayashi,      // floor((f+1)/2·μ + 0.5), decoded as 2(q-0.5)/μ-1
  vincentherrmann,  // μ = classes; digitize(f, linspace(-1,1,classes)) - 1, decoded as 2c/classes-1
  nsynth,           // floor(128 f) + 128, decoded as (q+0.5)/128, 0 to 0
  vincentherrmann_linear,  // as vincentherrmann, f being the sample itself: what that project did before mu-law
};

struct Code {
  CodeKind kind = CodeKind::r9y9;
  int classes = 256;
  int first = 127;  // the class that stands before the first sample
};

struct Input {
  InputKind kind = InputKind::signal;
  int channels = 1;  // rows that the network reads: of sound, then of the knobs, unless a hypernet reads them
};

// A control that the model was trained with. The network reads it as further rows of its input: a knob as one that
// holds low at min, high at max and what is between in between; a switch as a row for each position, which holds high
// where it stands there, else low.
struct Knob {
  std::string name;
  double min = 0, max = 1, default_value = 0;
  std::vector<std::string> positions{};  // the names of a switch's; min is 0 then, max the last one's number
  double low = 0, high = 1;

  bool operator==(const Knob&) const = default;
};

enum class UpsampleKind {
  conv,          // over frames, valid (no padding): weight [out][in/groups][kernel]
  repeat,        // every frame `stride` times
  stretch,       // repeat by `stride`, then a one-channel 2-d convolution over (bins, time), zero-padded to keep both
                 // sizes: weight [frequency_kernel][kernel], bias [1]
  transposed,    // over time, all bins: weight [in][out/groups][kernel], bias [out]
  transposed2d,  // one channel over (bins, time), stride in time only: weight [frequency_kernel][kernel], bias [1];
                 // frequency zero-padded by frequency_kernel/2 to keep the bins
};

// One step from conditioning frames towards samples, then an activation.
// transposed, transposed2d: frames out = (frames in - 1)·stride - 2·padding + dilation·(kernel - 1) + output_padding
// + 1.
struct UpsampleStage {
  UpsampleKind kind = UpsampleKind::repeat;
  int in = 1, out = 1;  // channels (bins)
  int kernel = 1, stride = 1, padding = 0, output_padding = 0, dilation = 1, groups = 1;
  int frequency_kernel = 1;  // odd
  bool bias = false;
  Activation activation;
};

// Whether it has a matrix for each tap.
inline bool mixes_bins(const UpsampleStage& stage) {
  return stage.kind == UpsampleKind::conv || stage.kind == UpsampleKind::transposed;
}

// Whether it is linear and works over time alone, so that what mixes bins may as well come before it.
inline bool treats_bins_alike(const UpsampleStage& stage) {
  return !mixes_bins(stage) && stage.frequency_kernel == 1 && !stage.bias &&
         stage.activation.kind == ActivationKind::identity;
}

enum class ConditionKind {
  none,
  signal,    // what the network itself reads
  features,  // frames from outside, through the upsampler
  model,     // what another model makes of what the network reads
};

struct ModelData;

struct Condition {
  ConditionKind kind = ConditionKind::none;
  int channels = 0;                        // what the mixins read; for features, the bins after the upsampler
  int bins = 0;                            // features: bins of a frame before the upsampler
  int pad = 0;                             // features: frames replicated at both ends before the upsampler (cin_pad)
  std::vector<UpsampleStage> upsampler;    // features: tensors upsampler.N.weight, .bias
  std::shared_ptr<const ModelData> model;  // model: an effect of the same rate and inputs
};

struct Speakers {
  int count = 0, channels = 0;  // speakers.weight [count][channels]
};

struct Output {
  OutputKind kind = OutputKind::waveform;
  int channels = 1;               // rows: audio channels, classes, 3·mixtures, or 2
  float scale = 1;                // of the last conv (head_scale)
  int quantize_channels = 65536;  // logistic_mixture: bins of the discretised loss
  float log_scale_min = -7;       // logistic_mixture, gaussian: the floor that the loss puts under log scales
  float input_skip = 0;           // waveform: the factor of input channel r in row r, added after the scale
};

struct WaveNet {
  Input input;
  Condition condition;
  std::optional<Speakers> speakers;
  std::vector<Stack> stacks;
  std::vector<PostLayer> post;
  Output output;

  bool generates() const noexcept { return output.kind != OutputKind::waveform; }
  bool modulated() const noexcept {
    return std::any_of(stacks.begin(), stacks.end(), [](const Stack& stack) {
      return std::any_of(stack.layers.begin(), stack.layers.end(), [](const Layer& each) { return each.modulated(); });
    });
  }
};

// The front end of a vocoder: the features it was trained on, exactly. Order: STFT magnitude to `power`, mel bands,
// log (log_scale · log(max(floor, ·)) + log_offset), then (x - mean) / scale per bin, then clip.
enum class MelScale { slaney, htk };
enum class LogBase { none, e, ten };

struct Features {
  double sample_rate = 16000;
  int fft = 1024, window = 1024, hop = 256, bins = 80;  // Hann window, periodic, centred in the FFT frame
  bool centered = true;                                 // frame i is centred on sample i·hop; reflect padding
  double fmin = 0, fmax = 8000;
  MelScale mel_scale = MelScale::slaney;
  bool slaney_norm = true;  // each band divided by half its width in Hz
  double power = 1;         // of the magnitude
  LogBase log_base = LogBase::ten;
  double floor = 1e-5, log_scale = 1, log_offset = 0;
  std::optional<float> clip_min{}, clip_max{};
  bool normalized = false;       // features.mean, features.scale [bins]
  bool of_shaped_audio = false;  // after the waveform's gain and pre-emphasis; its high-pass comes before either way
};

// What happens to sound before the network reads it; undone in reverse on what it generates.
struct Waveform {
  double highpass_hz = 0;  // linear-phase FIR of highpass_taps, input only; 0 is off
  int highpass_taps = 255;
  double gain = 1;         // then x·gain
  double preemphasis = 0;  // then y[t] = x[t] - preemphasis·x[t-1]
  double mulaw = 0;        // then sign(y)·ln(1 + mulaw·|y|) / ln(1 + mulaw), not for features; 0 is off
};

// A small network that computes, of the knobs, what is added to some of the tensors, its targets:
//
//   t = what the rows of the knobs hold;   per hidden layer  t = activation(W · t + b);   f = M · t + m
//
// The targets stand one after the other in f. Of [O][…], R values a row, a target has all O·R there; or, where `rank`
// is above 0 and neither O nor R is 1, U [O][r] and V [r][R] with r = min(rank, O, R), of which it is the product.
// Tensors hypernet.N.weight [width][before], .bias of each hidden layer, hypernet.readout.weight [f][before], .bias.
struct Hypernet {
  std::vector<int> hidden{};  // widths
  Activation activation{ActivationKind::relu};
  int rank = 0;
  std::vector<std::string> targets{};  // names of tensors, each once
};

struct Config {
  // A model that reads the sound first: this one reads what it makes, and so on along a chain.
  std::shared_ptr<const ModelData> front;
  double sample_rate = 48000;
  bool prewarm = false;     // start as after a receptive field of zeros (biases propagated), not from zeroed queues
  int prewarm_samples = 0;  // as many zeros instead, where it is not 0: for LSTMs, which read without end
  WaveNet wavenet;
  std::vector<Knob> knobs;  // in the order of their rows, behind those of sound, unless a hypernet reads them
  std::optional<Hypernet> hypernet;
  std::optional<Code> code;  // for one_hot, class_value and categorical
  std::optional<Features> features;
  Waveform waveform;
};

}  // namespace atrous::model
