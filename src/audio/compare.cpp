// How far apart two sounds are.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "dsp/frames.hpp"
#include "dsp/stft.hpp"

namespace atrous {

namespace {

constexpr std::array fft_sizes{512, 1024, 2048};
constexpr double magnitude_floor = 1e-5;
constexpr double infinite = std::numeric_limits<double>::infinity();

void check_comparable(const AudioBuffer& a, const AudioBuffer& b) {
  const auto text = [](const AudioBuffer& sound) {
    return std::to_string(sound.channels) + " channels at " + std::to_string(std::llround(sound.sample_rate)) + " Hz";
  };
  if (a.channels < 1 || a.channels != b.channels || a.sample_rate != b.sample_rate) {
    throw Error(ErrorCode::argument, "the sounds to compare differ: expected " + text(a) + ", found " + text(b));
  }
}

// One resolution's distance, over the frames of all channels.
class SpectralDistance {
 public:
  SpectralDistance(int fft, int channels) : stft_(fft, fft), x_(stft_.bins()), y_(x_.size()) {
    const dsp::Frames frames(fft, fft / 4, true);
    a_.assign(std::size_t(channels), frames);
    b_.assign(std::size_t(channels), frames);
  }

  void append(std::size_t channel, std::span<const float> a, std::span<const float> b) {
    a_[channel].append(a), b_[channel].append(b);
    take(channel);
  }

  double finish() {
    for (std::size_t channel = 0; channel < a_.size(); ++channel) {
      a_[channel].finish(), b_[channel].finish();
      take(channel);
    }
    const double convergence = difference_ == 0 ? 0 : std::sqrt(difference_ / power_);
    return convergence + log_difference_ / count_;
  }

 private:
  // Both sounds have come equally far, so their frames come in pairs.
  void take(std::size_t channel) {
    std::vector<float> magnitudes;  // of a's frames
    a_[channel].take([&](const dsp::SignalWindow& signal, std::ptrdiff_t start) {
      stft_.magnitudes(signal, start, x_);
      magnitudes.insert(magnitudes.end(), x_.begin(), x_.end());
    });
    const float* x = magnitudes.data();
    b_[channel].take([&](const dsp::SignalWindow& signal, std::ptrdiff_t start) {
      stft_.magnitudes(signal, start, y_);
      add(x);
      x += y_.size();
    });
  }

  void add(const float* x) {
    const double scale = 2 / stft_.window_sum();
    for (std::size_t k = 0; k < y_.size(); ++k) {
      const double p = scale * double(x[k]), q = scale * double(y_[k]);
      difference_ += (p - q) * (p - q);
      power_ += p * p;
      log_difference_ += std::abs(std::log(std::max(p, magnitude_floor) / std::max(q, magnitude_floor)));
    }
    count_ += double(y_.size());
  }

  dsp::Stft stft_;
  std::vector<float> x_, y_;        // [bins]
  std::vector<dsp::Frames> a_, b_;  // [channels]
  double difference_ = 0, power_ = 0, log_difference_ = 0, count_ = 0;
};

}  // namespace

struct SoundComparison::State {
  std::size_t channels;
  std::vector<SpectralDistance> distances;
  std::vector<float> a, b;  // one channel's samples
  double error = 0, signal = 0, max_abs = 0;
  std::size_t frames = 0;

  void check_finite(std::span<const float> samples, const char* which) const {
    const auto bad = std::find_if(samples.begin(), samples.end(), [](float x) { return !std::isfinite(x); });
    if (bad == samples.end()) return;
    const auto index = std::size_t(bad - samples.begin());
    throw Error(ErrorCode::invalid, std::string("the ") + which + " sound: frame " +
                                        std::to_string(frames + index / channels) + ", channel " +
                                        std::to_string(index % channels) + " is not finite");
  }
};

SoundComparison::SoundComparison(int channels) : state_(std::make_unique<State>()) {
  if (channels < 1) throw Error(ErrorCode::argument, "sounds of " + std::to_string(channels) + " channels to compare");
  state_->channels = std::size_t(channels);
  for (const int fft : fft_sizes) state_->distances.emplace_back(fft, channels);
}

SoundComparison::~SoundComparison() = default;
SoundComparison::SoundComparison(SoundComparison&&) noexcept = default;
SoundComparison& SoundComparison::operator=(SoundComparison&&) noexcept = default;

void SoundComparison::append(std::span<const float> reference, std::span<const float> other) {
  State& state = *state_;
  if (reference.size() != other.size() || reference.size() % state.channels != 0) {
    throw Error(ErrorCode::argument, "stretches of " + std::to_string(reference.size()) + " and " +
                                         std::to_string(other.size()) + " samples to compare, expected as many of " +
                                         std::to_string(state.channels) + " channels");
  }
  state.check_finite(reference, "first");
  state.check_finite(other, "second");
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double difference = double(reference[i]) - double(other[i]);
    state.error += difference * difference;
    state.signal += double(reference[i]) * double(reference[i]);
    state.max_abs = std::max(state.max_abs, std::abs(difference));
  }
  const std::size_t frames = reference.size() / state.channels;
  state.frames += frames;
  state.a.resize(frames), state.b.resize(frames);
  for (std::size_t c = 0; c < state.channels && !state.distances.empty(); ++c) {
    for (std::size_t t = 0; t < frames; ++t) {
      state.a[t] = reference[t * state.channels + c];
      state.b[t] = other[t * state.channels + c];
    }
    for (SpectralDistance& distance : state.distances) distance.append(c, state.a, state.b);
  }
}

Comparison SoundComparison::finish() {
  State& state = *state_;
  if (state.frames == 0) throw Error(ErrorCode::argument, "a sound to compare holds no samples");
  Comparison result{.max_abs = state.max_abs, .frames = state.frames};
  result.esr = state.error == 0 ? 0 : state.signal == 0 ? infinite : state.error / state.signal;
  result.snr_db = state.error == 0 ? infinite : -10 * std::log10(result.esr);
  if (state.distances.empty()) result.stft_distance = std::numeric_limits<double>::quiet_NaN();
  for (SpectralDistance& distance : state.distances) {
    result.stft_distance += distance.finish() / double(state.distances.size());
  }
  return result;
}

Comparison compare(const AudioBuffer& reference, const AudioBuffer& other) {
  check_comparable(reference, other);
  constexpr std::size_t piece = 1 << 14;  // frames
  const auto channels = std::size_t(reference.channels);
  const std::size_t count = std::min(reference.frames(), other.frames()) * channels;
  const auto a = std::span(reference.samples).first(count), b = std::span(other.samples).first(count);
  SoundComparison comparison(reference.channels);
  for (std::size_t at = 0; at < count; at += piece * channels) {
    const std::size_t size = std::min(piece * channels, count - at);
    comparison.append(a.subspan(at, size), b.subspan(at, size));
  }
  Comparison result = comparison.finish();
  result.extra_frames = std::int64_t(other.frames()) - std::int64_t(reference.frames());
  return result;
}

}  // namespace atrous
