// Signal in, signal out: a network as a real-time effect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <atrous/export.h>
#include <atrous/network.hpp>

namespace atrous {

/// How the filters of oversampling delay: all frequencies by half their length, or each as little as their magnitudes
/// allow.
enum class FilterPhase { linear, minimum };

/// "linear" or "minimum".
ATROUS_API std::string_view filter_phase_name(FilterPhase phase) noexcept;
/// The inverse of filter_phase_name. Throws Error (argument) for an unknown name.
ATROUS_API FilterPhase filter_phase_from_name(std::string_view name);

/// What a host tells an effect of itself and of what it wants.
struct EffectOptions {
  /// Of the host, Hz; absent: the model's own. Any other rate is resampled around the model.
  std::optional<double> sample_rate{};
  std::size_t max_block = 2048;  ///< frames that run at one go, 1 to 1,048,576: process() runs more in pieces
  int channels = 1;              ///< of audio, 1 to 64, each through the model; a model of n inputs takes exactly n
  double input_gain = 1;         ///< linear factor before the model, finite
  double output_gain = 1;        ///< linear factor after the model, finite
  bool rest = true;              ///< a channel that has settled in silence costs next to nothing, and plays the same
                                 ///< bits. false: every block costs what sound costs, to measure and for fixed budgets
  /// Where the model's knobs stand at first, one value each (NetworkInfo::knobs), the number of a position for a
  /// switch; empty: where they stand by default.
  std::vector<double> knobs{};
  double knob_ramp = 0.05;  ///< seconds in which a knob that is turned gets there, 0 (at once) to 10
  /// 1, 2, 4 or 8: so many times its rate the model runs at, its memory reaching back as long as before, between two
  /// lowpass filters. What its distortion makes beyond half the rate is filtered away instead of folding down. Costs as
  /// many times what the model does, and latency.
  int oversample = 1;
  /// Of those filters, whose magnitudes are the same in both. Linear: 64 samples of the model's rate late, and nothing
  /// else changes. Minimum: 3.6 to 4.8 samples late at low frequencies, which latency() counts, and 11 to 12 at 20 kHz
  /// of 48; nothing rings before it sounds.
  FilterPhase oversample_phase = FilterPhase::linear;
  float ceiling = 100;  ///< magnitude beyond which samples are clamped on their way out: +40 dBFS, which no
                        ///< loudspeaker should be asked for; above 0, and finite
};

/// A network that a signal runs through. One thread at a time. All but construction, moves and destruction is real-time
/// safe: no allocation, lock, system call or exception, whatever the arguments; denormals are flushed inside and the
/// caller's floating-point state is restored.
class ATROUS_API Effect {
 public:
  /// Allocates everything and prewarms the model, in every size that the network has packed. Throws Error (argument)
  /// for options out of range, or for a network whose output is a distribution.
  explicit Effect(const Network& network, EffectOptions options = {});
  ~Effect();
  Effect(Effect&&) noexcept;
  Effect& operator=(Effect&&) noexcept;

  /// Runs `frames` samples of every channel c, from `in[c][0..frames)` to `out[c][0..frames)`, which may be the same
  /// array. Full scale is -1 to 1; NaN and Inf at the input are read as 0. The result does not depend on how the signal
  /// is cut into blocks. More frames than EffectOptions::max_block run in pieces of it. A channel that `in` lacks, or
  /// has as a null pointer, is silent; one that `out` lacks is not written; one that the effect lacks is written with
  /// zeros. A model of several inputs and one output gives that output on every channel. Only finite samples within
  /// ±EffectOptions::ceiling leave: what the model or a file makes beyond is clamped, NaN and Inf become silence,
  /// sample by sample; guarded() counts them. All others are what they are. Where cells of a recurrent model or a
  /// filter's FFT no longer hold finite numbers, the next sample is the first of a prewarmed model; convolutions forget
  /// within their receptive field.
  void process(std::span<const float* const> in, std::span<float* const> out, std::size_t frames) noexcept;

  /// The same of one channel, out.size() frames; what `in` lacks of them is silent. Further channels of the effect read
  /// silence.
  void process(std::span<const float> in, std::span<float> out) noexcept;

  /// Changes the size of a network with NetworkOptions::all_sizes without a click, between calls of process(). A
  /// fraction of a second later, once its state is copied a little in every block (and at a rate other than the
  /// model's, where both rates' clocks meet), the new size runs beside the old one, unheard, until it has read its
  /// receptive field; then a crossfade of 10 ms leads over, y = (1 - i/n)·old + i/n·new for its n samples i, and the
  /// old size stops. The sum is that of two effects that have run all along, and does not depend on how the signal is
  /// cut into blocks. A call during a change replaces it where the crossfade has not begun, and else waits for its end.
  /// `size` is clipped to 0 to 1; NaN, a size that runs already and a network of one size leave everything as it is.
  void set_size(double size) noexcept;

  /// Turns a knob of the model (NetworkInfo::knobs), between calls of process(): what the model reads of it goes in a
  /// straight line to its new value, in EffectOptions::knob_ramp from the next sample on; of a switch, from what it
  /// reads of one position to what it reads of the other. `value` is clipped to the knob's range; a switch takes the
  /// nearest position. NaN, and a knob that the model lacks, change nothing.
  void set_knob(std::size_t knob, double value) noexcept;
  /// The same by its name, as find_knob() knows it.
  void set_knob(std::string_view name, double value) noexcept;

  /// Back to the prewarmed state, at the size that was set last and with the knobs as they were turned last. (What the
  /// model remembers is silence with the knobs of EffectOptions.)
  void reset() noexcept;

  /// Samples since the effect was made, over all channels, that were clamped or silenced on their way out.
  std::uint64_t guarded() const noexcept;

  int channels() const noexcept;  ///< EffectOptions::channels
  /// Delay in whole samples of the host's rate, which is what hosts compensate: 0 at the model's own rate, unless it is
  /// oversampled.
  std::size_t latency() const noexcept;
  /// The delay itself, of which latency() is the nearest whole number: what a dry signal that is mixed with this one is
  /// to be delayed by. EffectRenderer has none.
  double exact_latency() const noexcept;

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
