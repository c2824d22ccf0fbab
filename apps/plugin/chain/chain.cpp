#include "chain/chain.hpp"

#include <cmath>
#include <utility>

#include "chain/flush_denormals.hpp"
#include "chain/meter.hpp"

namespace plugin {

namespace {

constexpr double fade_seconds = 0.01;
constexpr float ceiling = 100;  // +40 dBFS

int frames_of(double seconds, double sample_rate) {
  return std::max(1, int(std::lround(seconds * sample_rate)));
}

}  // namespace

Chain::Chain(int channels)
    : channels_(channels),
      voice_(channels),
      cabinets_(channels),
      dry_path_(channels),
      block_(channels),
      dry_block_(channels) {}

void Chain::start(double sample_rate) noexcept {
  sample_rate_ = sample_rate;
  ramp_ = frames_of(ramp_seconds, sample_rate);
  fade_ = frames_of(fade_seconds, sample_rate);
  gate_.prepare(sample_rate);
  dc_blocker_.prepare(sample_rate);
  tone_stack_.prepare(sample_rate);
  dry_path_.clear();
  begin(settings.read());
  voice_.current().reset();
  cabinets_.reset();
  heard_ = false;
}

// Where nothing has been heard yet, changes need no ramps and no crossfades.
void Chain::begin(const Settings& now) noexcept {
  voice_.take();
  tell_latency();
  gate_.reset();
  mono_input_.reset(now);
  dc_blocker_.reset(now);
  tone_stack_.reset(now);
  cabinets_.jump(now);
  dry_path_.jump(voice_.current().latency());
  dry_.jump(now.on(bypass) ? 1.0f : 0.0f);
}

void Chain::tell_latency() noexcept {
  latency_.store(voice_.current().latency(), std::memory_order_relaxed);
  settings.set(exact_latency, float(voice_.current().exact_latency()));
}

void Chain::process(const float* const* in, float* const* out, std::size_t frames) noexcept {
  if (frames == 0) return;
  const Stopwatch stopwatch(watchers.load(std::memory_order_relaxed) > 0);
  const FlushDenormals flush;
  const Settings now = settings.read();
  if (!std::exchange(heard_, true)) begin(now);
  float input_level = 0, output_level = 0;
  dry_.aim(now.on(bypass) ? 1.0f : 0.0f, ramp_);
  for (std::size_t start = 0; start < frames;) {
    // Cut where bypass is complete: the rest of the chain is silent from there on.
    const int most = dry_.still() ? max_frames : std::min(max_frames, dry_.left());
    Block block = block_.block(int(std::min<std::size_t>(frames - start, most)));
    for (int c = 0; c < channels_; ++c) {
      input_level = std::max(input_level, copy_finite(in[c] + start, block.rows[c], block.frames));
    }
    process(block, now);
    for (int c = 0; c < channels_; ++c) {
      output_level = std::max(output_level, copy_clamped(block.rows[c], out[c] + start, block.frames, ceiling));
    }
    start += std::size_t(block.frames);
  }
  tell_latency();
  const double seconds = double(frames) / sample_rate_;
  show_peak(settings, input_peak, input_level, seconds);
  show_peak(settings, output_peak, output_level, seconds);
  show_share(settings, cpu_share, stopwatch.seconds(), seconds);
}

void Chain::process(Block& block, const Settings& now) noexcept {
  dry_path_.take(block);
  if (dry_.still_at(1)) {  // what is not heard rests
    for (int c = 0; c < channels_; ++c) std::fill_n(block.rows[c], block.frames, 0.0f);
  }
  gate_.process(block, now);
  mono_input_.join(block, now, ramp_);
  voice_.process(block, fade_, now, ramp_);
  mono_input_.spread(block);
  dc_blocker_.process(block, now, ramp_);
  tone_stack_.process(block, now, ramp_);
  cabinets_.process(block, now, ramp_, fade_);
  blend_with_dry(block);
}

void Chain::blend_with_dry(Block& block) noexcept {
  const int latency = voice_.current().latency();
  if (dry_.still_at(0)) return dry_path_.jump(latency);
  Block dry = dry_block_.block(block.frames);
  dry_path_.play(dry, latency, fade_);
  for (int t = 0; t < block.frames; ++t) {
    const float part = dry_.next();
    for (int c = 0; c < channels_; ++c) {
      float& y = block.rows[c][t];
      y = part == 1 ? dry.rows[c][t] : y + part * (dry.rows[c][t] - y);
    }
  }
}

}  // namespace plugin
