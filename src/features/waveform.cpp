#include "features/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include <atrous/error.hpp>

namespace atrous::features {

namespace {

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

// out[t] = sum over j of taps[j] · audio[t + middle - j]
std::vector<double> filtered(std::span<const float> audio, std::span<const double> taps) {
  const auto size = std::ptrdiff_t(audio.size()), count = std::ptrdiff_t(taps.size());
  std::vector<double> out(audio.size(), 0.0);
  for (std::ptrdiff_t j = 0; j < count; ++j) {
    const std::ptrdiff_t shift = count / 2 - j, from = std::max<std::ptrdiff_t>(0, -shift);
    const std::ptrdiff_t to = std::min(size, size - shift);
    for (std::ptrdiff_t t = from; t < to; ++t) out[t] += taps[j] * double(audio[t + shift]);
  }
  return out;
}

}  // namespace

std::vector<double> highpass_taps(double hz, int taps, double sample_rate) {
  const double cutoff = hz / (sample_rate / 2);
  if (!(cutoff > 0 && cutoff < 1) || taps < 1 || taps % 2 == 0) {
    std::ostringstream message;
    message << "waveform.highpass_hz: " << hz << " Hz with " << taps << " taps at " << sample_rate
            << " Hz: expected a frequency below half the rate and an odd number of taps";
    throw Error(ErrorCode::invalid, message.str());
  }
  std::vector<double> h(taps);
  double at_nyquist = 0;
  for (int n = 0; n < taps; ++n) {
    const int m = n - taps / 2;
    const double hamming = taps == 1 ? 1 : 0.54 - 0.46 * std::cos(2 * std::numbers::pi * n / (taps - 1));
    h[n] = (sinc(m) - cutoff * sinc(cutoff * m)) * hamming;
    at_nyquist += m % 2 == 0 ? h[n] : -h[n];
  }
  for (double& tap : h) tap /= at_nyquist;
  return h;
}

std::vector<float> highpass(const model::Waveform& waveform, double sample_rate, std::span<const float> audio) {
  if (waveform.highpass_hz == 0) return {audio.begin(), audio.end()};
  const std::vector<double> high =
      filtered(audio, highpass_taps(waveform.highpass_hz, waveform.highpass_taps, sample_rate));
  return {high.begin(), high.end()};
}

std::vector<float> shape(const model::Waveform& waveform, double sample_rate, std::span<const float> audio) {
  std::vector<float> shaped = highpass(waveform, sample_rate, audio);
  WaveformShaper(waveform).process(shaped);
  return shaped;
}

void WaveformShaper::process(std::span<float> samples) noexcept {
  for (float& sample : samples) {
    const double x = gain_ * double(sample);
    sample = float(x - coefficient_ * last_);
    last_ = x;
  }
}

void WaveformUndo::process(std::span<float> samples) noexcept {
  for (float& sample : samples) {
    last_ = double(sample) + coefficient_ * last_;
    sample = float(last_ / gain_);
  }
}

}  // namespace atrous::features
