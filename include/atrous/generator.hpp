// Conditioning in, signal out: a network that reads its own output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <atrous/export.h>
#include <atrous/network.hpp>

namespace atrous {

/// What a voice is to be.
struct GeneratorOptions {
  std::uint64_t seed = 0;   ///< the same seed gives the same sound, on the same instruction set
  std::uint64_t voice = 0;  ///< random numbers depend on (seed, voice, sample index) alone
  double temperature = 1;   ///< 0 to 100: divides logits, scales the spread of the other outputs; 0 is greedy
  bool greedy = false;      ///< the most likely value at every step
  int speaker = 0;          ///< row of the speaker embedding, where the model has one
};

/// Samples that so many conditioning frames give in all, unpadded or `padded` already; absent for a model without
/// conditioning. Any thread; real-time safe.
ATROUS_API std::optional<std::size_t> conditioned_samples(const Network& network, std::size_t frames,
                                                          bool padded = false) noexcept;

/// One voice. One thread at a time. available(), prime(), fill() and reset() are real-time safe as Effect::process is.
class ATROUS_API Generator {
 public:
  /// Throws Error (argument) for options out of range, or for a network whose output is not a distribution.
  explicit Generator(const Network& network, GeneratorOptions options = {});
  ~Generator();
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;

  /// Appends conditioning: `values` is (frames, bins), row-major, unpadded; the model's own padding is added at both
  /// ends (the front pad with the first frame, the back pad by finish()). `padded`: it is there already, as in a
  /// `.safetensors` tensor `c`; all frames have to be of one sort. Frames that are used up are forgotten, so that
  /// feeding a generator as it goes takes no more memory however long it runs. Allocates. Throws Error (argument) when
  /// values.size() is no multiple of the model's bins, for a model without conditioning, and after finish().
  void append_features(std::span<const float> values, bool padded = false);
  /// No more conditioning will come: the last frames become available. Allocates. Nothing changes where none is read,
  /// or where it was said before.
  void finish();

  /// Samples that fill() can make with the conditioning received so far; SIZE_MAX for a model without conditioning,
  /// whose sound has no end.
  std::size_t available() const noexcept;

  /// Reads `audio` (at the model's rate, -1 to 1; NaN and Inf are read as 0) as if it had generated it; the next sample
  /// follows its last one. With conditioning, uses up as many samples of it; at most available() samples. Returns the
  /// samples read.
  std::size_t prime(std::span<const float> audio) noexcept;

  /// Generates up to `out.size()` samples, -1 to 1, and returns how many: fewer when the conditioning runs out.
  /// The sound does not depend on how it is cut into calls.
  std::size_t fill(std::span<float> out) noexcept;

  /// Back to silence, sample 0 and the first conditioning frame. Where frames that were used up have been forgotten
  /// (append_features() after fill() does that), the conditioning starts anew instead, empty.
  void reset() noexcept;

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Many voices of one network, each as a Generator of its own would sound (in f32 to the bit), but sharing every read
/// of the weights: sixteen cost far less than sixteen generators do. To be called from one thread at a time.
/// available(), prime(), fill() and reset() are real-time safe as Effect::process is, but for a fill() that is shared
/// with threads.
class ATROUS_API GeneratorBank {
 public:
  static constexpr int most_voices = 256;   ///< of one bank
  static constexpr int most_threads = 256;  ///< that share its work

  /// A voice for each of `voices`, 1 to 256. The thread that calls fill() and up to `threads` - 1 more (1 to 256) share
  /// the work; the sound is the same with any number of them. Several voices are dealt out to them. A single voice has
  /// the rows of its layers shared, for as long as that turns out to be faster while it runs, which takes a network of
  /// some size and processors that are free. Where the system allows it, each of the threads made here stays on a
  /// processor of its own.
  /// Throws Error (argument) as Generator does, and Error (io) where the system has no more threads.
  GeneratorBank(const Network& network, std::span<const GeneratorOptions> voices, int threads = 1);
  ~GeneratorBank();
  GeneratorBank(GeneratorBank&&) noexcept;
  GeneratorBank& operator=(GeneratorBank&&) noexcept;

  std::size_t voices() const noexcept;  ///< 1 to 256

  /// As Generator's, for voice 0 to voices() - 1. Throws Error (argument) also for another voice.
  void append_features(std::size_t voice, std::span<const float> values, bool padded = false);
  /// As Generator's. Throws Error (argument) for a voice that is not there.
  void finish(std::size_t voice);
  /// As Generator's; 0 for a voice that is not there.
  std::size_t available(std::size_t voice) const noexcept;
  /// As Generator's; 0 for a voice that is not there.
  std::size_t prime(std::size_t voice, std::span<const float> audio) noexcept;
  /// As Generator's; nothing for a voice that is not there.
  void reset(std::size_t voice) noexcept;

  /// Fills the span of each voice, `sounds[voices()]`, with samples from -1 to 1, and shortens the spans of those whose
  /// conditioning runs out. Spans may differ in length; a voice with an empty one, or none, waits, and costs nothing.
  /// Of spans without a voice nothing is left.
  void fill(std::span<std::span<float>> sounds) noexcept;

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace atrous
