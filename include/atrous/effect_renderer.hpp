// An effect over a sound in pieces, offline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <atrous/export.h>
#include <atrous/effect.hpp>

namespace atrous {

/// Runs an effect over a sound of any rate in time: frame n of what comes out belongs to frame n of what went in, and
/// there are as many. A sound of another rate than the model's is resampled around the effect by StreamResampler, which
/// looks ahead; Effect, whose filters cannot, has a latency there, of some fraction. At the model's own rate the two
/// give the same bits. Memory does not grow with the sound. Not real-time safe.
class ATROUS_API EffectRenderer {
 public:
  /// As for an Effect; options.sample_rate is that of the sound, absent: the model's. Throws Error (argument), for
  /// rates that a StreamResampler refuses too.
  explicit EffectRenderer(const Network& network, const EffectOptions& options = {});
  ~EffectRenderer();
  EffectRenderer(EffectRenderer&&) noexcept;
  EffectRenderer& operator=(EffectRenderer&&) noexcept;

  /// Takes frames, interleaved in options.channels, and appends to `out` those that they make ready, some of them late.
  /// How the sound is cut changes nothing. Throws Error (argument) unless `in` is a multiple of the channels.
  void process(std::span<const float> in, std::vector<float>& out);

  /// Turns a knob as Effect::set_knob does, from the next frame of process() on, in time.
  void set_knob(std::size_t knob, double value);

  /// The end of the sound: appends the rest. What follows is another sound, through the effect as it was at first.
  void finish(std::vector<float>& out);

  /// Samples that were clamped or silenced, as Effect counts them.
  std::uint64_t guarded() const noexcept;

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
