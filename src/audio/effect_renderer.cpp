// An effect at its model's rate, between two resamplers that look ahead.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <atrous/audio.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>

#include "run/guard.hpp"

namespace atrous {
namespace {

constexpr double tail_frames = 0.02;  // seconds of silence after a sound: the filters ring, and all frames come back
constexpr std::size_t chunk_frames = 1 << 12;

EffectOptions at_model_rate(EffectOptions options) {
  options.sample_rate.reset();
  return options;
}

}  // namespace

// A knob that was turned, and the first frame of the model's rate that reads it.
struct Turn {
  std::uint64_t at = 0;
  std::size_t knob = 0;
  double value = 0;
};

struct EffectRenderer::State {
  State(const Network& network, const EffectOptions& options, double sound_rate, double model_rate);

  void take(std::span<const float> in);
  void finish(std::vector<float>& out);
  void run_effect();
  std::size_t turn_knobs(std::size_t most);
  void give(std::vector<float>& out);

  std::size_t channels, max_block;
  float ceiling;
  Effect effect;
  StreamResampler inward, outward;
  std::size_t tail;                    // frames
  std::vector<float> finite;           // what is heard, interleaved
  std::vector<float> inner, made;      // likewise, at the model's rate; and back at the sound's
  std::vector<float> block;            // [channels][max_block]
  std::vector<float*> rows;            // of the block
  std::uint64_t taken = 0, given = 0;  // frames of the sound
  double inner_per_outer;              // of rates
  std::uint64_t run = 0;               // frames that the effect has read
  std::uint64_t late;                  // by so many it is behind
  std::vector<Turn> turns;             // to come, in order
  std::vector<double> first_knobs;     // where they stand at first
  std::uint64_t guarded = 0;           // samples, beside the effect's own
};

EffectRenderer::State::State(const Network& network, const EffectOptions& options, double sound_rate, double model_rate)
    : channels(std::size_t(options.channels)),
      max_block(options.max_block),
      ceiling(options.ceiling),
      effect(network, at_model_rate(options)),
      inward(sound_rate, model_rate, options.channels),
      outward(model_rate, sound_rate, options.channels),
      tail(sound_rate == model_rate ? 0 : std::size_t(std::ceil(std::max(tail_frames, 2 / model_rate) * sound_rate))),
      block(channels * max_block),
      inner_per_outer(model_rate / sound_rate),
      late(effect.latency()),
      first_knobs(options.knobs) {
  if (first_knobs.empty()) {
    for (const KnobInfo& knob : network.info().knobs) first_knobs.push_back(knob.default_value);
  }
  for (std::size_t c = 0; c < channels; ++c) rows.push_back(block.data() + c * max_block);
}

// `made` grows by what the frames make ready. NaN and Inf are read as 0 here: a resampler would spread them.
void EffectRenderer::State::take(std::span<const float> in) {
  finite.assign(in.begin(), in.end());
  std::replace_if(
      finite.begin(), finite.end(), [](float x) { return !std::isfinite(x); }, 0.0f);
  inner.clear();
  inward.process(finite, inner);
  run_effect();
  outward.process(inner, made);
}

void EffectRenderer::State::finish(std::vector<float>& out) {
  const auto behind = std::size_t(std::ceil(double(late) / inner_per_outer));
  take(std::vector<float>((tail + behind) * channels));
  inner.clear();
  inward.finish(inner);
  run_effect();
  outward.process(inner, made);
  outward.finish(made);
  give(out);
  for (std::size_t knob = 0; knob < first_knobs.size(); ++knob) effect.set_knob(knob, first_knobs[knob]);
  effect.reset();
  turns.clear();
  taken = given = run = 0;
}

// Those that are due; how many of the next frames, at most `most`, come before another is.
std::size_t EffectRenderer::State::turn_knobs(std::size_t most) {
  auto next = turns.begin();
  for (; next != turns.end() && next->at <= run; ++next) effect.set_knob(next->knob, next->value);
  next = turns.erase(turns.begin(), next);
  return next == turns.end() ? most : std::size_t(std::min<std::uint64_t>(most, next->at - run));
}

// In place over `inner`, block by block; what comes before the sound, as the effect is late, is taken away.
void EffectRenderer::State::run_effect() {
  const auto early = std::min<std::uint64_t>(inner.size() / channels, late - std::min(run, late));
  const std::size_t frames = inner.size() / channels;
  for (std::size_t start = 0, count = 0; start < frames; start += count) {
    count = turn_knobs(std::min(max_block, frames - start));
    float* part = inner.data() + start * channels;
    for (std::size_t t = 0; t < count; ++t) {
      for (std::size_t c = 0; c < channels; ++c) rows[c][t] = part[t * channels + c];
    }
    effect.process(rows, rows, count);
    for (std::size_t t = 0; t < count; ++t) {
      for (std::size_t c = 0; c < channels; ++c) part[t * channels + c] = rows[c][t];
    }
    run += count;
  }
  inner.erase(inner.begin(), inner.begin() + std::ptrdiff_t(early * channels));
}

// Appends what was made to `out`, as far as the sound goes.
void EffectRenderer::State::give(std::vector<float>& out) {
  const std::size_t frames = std::size_t(std::min<std::uint64_t>(made.size() / channels, taken - given));
  guarded += run::guard(made.data(), frames * channels, ceiling);  // resampling overshoots
  out.insert(out.end(), made.begin(), made.begin() + std::ptrdiff_t(frames * channels));
  made.clear();
  given += frames;
}

EffectRenderer::EffectRenderer(const Network& network, const EffectOptions& options) {
  const double model_rate = network.info().sample_rate;
  const double sound_rate = options.sample_rate.value_or(model_rate);
  state_ = std::make_unique<State>(network, options, sound_rate, model_rate);
}
EffectRenderer::~EffectRenderer() = default;
EffectRenderer::EffectRenderer(EffectRenderer&&) noexcept = default;
EffectRenderer& EffectRenderer::operator=(EffectRenderer&&) noexcept = default;

void EffectRenderer::process(std::span<const float> in, std::vector<float>& out) {
  State& state = *state_;
  if (in.size() % state.channels != 0) {
    throw Error(ErrorCode::argument, std::to_string(in.size()) + " samples for an effect are no multiple of " +
                                         std::to_string(state.channels) + " channels");
  }
  for (std::size_t at = 0; at < in.size(); at += chunk_frames * state.channels) {
    const std::span<const float> part = in.subspan(at, std::min(chunk_frames * state.channels, in.size() - at));
    state.taken += part.size() / state.channels;
    state.take(part);
    state.give(out);
  }
}

std::uint64_t EffectRenderer::guarded() const noexcept {
  return state_->guarded + state_->effect.guarded();
}

// The first frame that is not before the sound's next one; half a millionth of a frame is rounding.
void EffectRenderer::set_knob(std::size_t knob, double value) {
  const double at = std::ceil(double(state_->taken) * state_->inner_per_outer - 5e-7);
  state_->turns.push_back({std::uint64_t(std::max(0.0, at)), knob, value});
}

void EffectRenderer::finish(std::vector<float>& out) {
  state_->finish(out);
}

}  // namespace atrous
