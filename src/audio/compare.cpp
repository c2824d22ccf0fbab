// How far apart two sounds are.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "dsp/stft.hpp"

namespace atrous {

namespace {

constexpr std::array kFftSizes{512, 1024, 2048};
constexpr double kMagnitudeFloor = 1e-5;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_comparable(const AudioBuffer& a, const AudioBuffer& b) {
  const auto text = [](const AudioBuffer& sound) {
    return std::to_string(sound.channels) + " channels at " + std::to_string(std::llround(sound.sample_rate)) + " Hz";
  };
  if (a.channels < 1 || a.channels != b.channels || a.sample_rate != b.sample_rate) {
    throw Error(ErrorCode::argument, "the sounds to compare differ: expected " + text(a) + ", found " + text(b));
  }
  if (a.frames() == 0 || b.frames() == 0) throw Error(ErrorCode::argument, "a sound to compare holds no samples");
}

void check_finite(std::span<const float> samples, int channels, const char* which) {
  const auto bad = std::find_if(samples.begin(), samples.end(), [](float x) { return !std::isfinite(x); });
  if (bad == samples.end()) return;
  const auto index = std::size_t(bad - samples.begin());
  throw Error(ErrorCode::invalid, std::string("the ") + which + " sound: frame " + std::to_string(index / channels) +
                                      ", channel " + std::to_string(index % channels) + " is not finite");
}

// Sums over frames and channels that one resolution's distance is made of.
struct SpectralSums {
  double difference = 0, power = 0, log_difference = 0;
  double count = 0;
};

void add_channel(SpectralSums& sums, dsp::Stft& stft, int fft, std::span<const float> a, std::span<const float> b) {
  const double scale = 2 / stft.window_sum();
  std::vector<float> x(stft.bins()), y(stft.bins());
  const std::size_t frames = dsp::frame_count(a.size(), fft, fft / 4, true);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const std::ptrdiff_t start = dsp::frame_start(frame, fft, fft / 4, true);
    stft.magnitudes(a, start, x);
    stft.magnitudes(b, start, y);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double p = scale * double(x[k]), q = scale * double(y[k]);
      sums.difference += (p - q) * (p - q);
      sums.power += p * p;
      sums.log_difference += std::abs(std::log(std::max(p, kMagnitudeFloor) / std::max(q, kMagnitudeFloor)));
    }
  }
  sums.count += double(frames * x.size());
}

double stft_distance(const AudioBuffer& a, const AudioBuffer& b, std::size_t frames) {
  if (!dsp::fft_available()) return std::numeric_limits<double>::quiet_NaN();
  double total = 0;
  for (const int fft : kFftSizes) {
    dsp::Stft stft(fft, fft);
    SpectralSums sums;
    for (int c = 0; c < a.channels; ++c) {
      std::vector<float> x = channel_of(a, c), y = channel_of(b, c);
      add_channel(sums, stft, fft, std::span(x).first(frames), std::span(y).first(frames));
    }
    const double convergence = sums.difference == 0 ? 0 : std::sqrt(sums.difference / sums.power);
    total += convergence + sums.log_difference / sums.count;
  }
  return total / double(kFftSizes.size());
}

}  // namespace

Comparison compare(const AudioBuffer& reference, const AudioBuffer& other) {
  check_comparable(reference, other);
  Comparison result;
  result.frames = std::min(reference.frames(), other.frames());
  result.extra_frames = std::int64_t(other.frames()) - std::int64_t(reference.frames());
  const std::size_t count = result.frames * std::size_t(reference.channels);
  const auto a = std::span(reference.samples).first(count), b = std::span(other.samples).first(count);
  check_finite(a, reference.channels, "first");
  check_finite(b, reference.channels, "second");
  double error = 0, signal = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double difference = double(a[i]) - double(b[i]);
    error += difference * difference;
    signal += double(a[i]) * double(a[i]);
    result.max_abs = std::max(result.max_abs, std::abs(difference));
  }
  result.esr = error == 0 ? 0 : signal == 0 ? kInfinity : error / signal;
  result.snr_db = error == 0 ? kInfinity : -10 * std::log10(result.esr);
  result.stft_distance = stft_distance(reference, other, result.frames);
  return result;
}

}  // namespace atrous
