// All that the plugin does to sound, in order: gate, model with its gains, for both sides or once, DC blocker, tone
// stack, cabinets; or bypass. Latency comes from the model alone.
#pragma once

#include <atomic>
#include <cstddef>

#include "chain/block.hpp"
#include "chain/cabinets.hpp"
#include "chain/dc_blocker.hpp"
#include "chain/dry_path.hpp"
#include "chain/gate.hpp"
#include "chain/mono_input.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"
#include "chain/slot.hpp"
#include "chain/tone_stack.hpp"
#include "chain/voice.hpp"

namespace plugin {

class Chain {
 public:
  explicit Chain(int channels);

  // Any thread: input values, and what the meters show.
  SharedSettings settings;

  // The CPU share is measured while somebody looks: reading the clock is a system call on some machines.
  std::atomic<int> watchers{0};

  // Offers and collects from threads that may allocate, one at a time.
  Slot<Voice>& voice() noexcept { return voice_; }
  Slot<Cabinet>& cabinet_a() noexcept { return cabinets_.a(); }
  Slot<Cabinet>& cabinet_b() noexcept { return cabinets_.b(); }

  // Not beside process(): sets the host's rate, and starts from silence with what has been offered so far.
  void start(double sample_rate) noexcept;

  // ---- Real-time safe ----

  // `in` and `out` hold `frames` samples of every channel, and may be the same. How the signal is cut into blocks
  // changes nothing. NaN and Inf are read as 0, and only finite samples of at most +40 dBFS leave.
  void process(const float* const* in, float* const* out, std::size_t frames) noexcept;

  int latency() const noexcept { return latency_.load(std::memory_order_relaxed); }

 private:
  void begin(const Settings& now) noexcept;
  void process(Block& block, const Settings& now) noexcept;
  void blend_with_dry(Block& block) noexcept;
  void tell_latency() noexcept;

  int channels_;
  double sample_rate_ = 48000;
  int ramp_ = 1, fade_ = 1;  // frames
  bool heard_ = false;       // anything since the start
  std::atomic<int> latency_{0};

  Gate gate_;
  MonoInput mono_input_;
  Slot<Voice> voice_;
  DcBlocker dc_blocker_;
  ToneStack tone_stack_;
  Cabinets cabinets_;
  DryPath dry_path_;
  Ramp dry_{0};  // part of the dry path in what is heard
  BlockBuffer block_, dry_block_;
};

}  // namespace plugin
