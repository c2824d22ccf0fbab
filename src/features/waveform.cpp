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

Highpass::Highpass(const model::Waveform& waveform, double sample_rate) {
  if (waveform.highpass_hz == 0) return;
  taps_ = highpass_taps(waveform.highpass_hz, waveform.highpass_taps, sample_rate);
  heard_.assign(taps_.size() / 2, 0.0f);
}

// out[t] = sum over j of taps[j] · x[t + taps - 1 - j], x starting half the taps before out
std::vector<float> Highpass::append(std::span<const float> samples) {
  if (taps_.empty()) return {samples.begin(), samples.end()};
  heard_.insert(heard_.end(), samples.begin(), samples.end());
  const std::size_t last = taps_.size() - 1;
  if (heard_.size() <= last) return {};
  std::vector<double> sums(heard_.size() - last, 0.0);
  for (std::size_t j = 0; j <= last; ++j) {
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += taps_[j] * double(heard_[t + last - j]);
  }
  heard_.erase(heard_.begin(), heard_.begin() + std::ptrdiff_t(sums.size()));
  return {sums.begin(), sums.end()};
}

std::vector<float> Highpass::finish() {
  return append(std::vector<float>(taps_.size() / 2, 0.0f));
}

double mulaw_compress(double x, double mu) noexcept {
  return std::copysign(std::log1p(mu * std::abs(x)) / std::log1p(mu), x);
}

double mulaw_expand(double f, double mu) noexcept {
  return std::copysign(std::expm1(std::abs(f) * std::log1p(mu)) / mu, f);
}

model::Waveform uncompressed(model::Waveform waveform) noexcept {
  waveform.mulaw = 0;
  return waveform;
}

std::vector<float> shape(const model::Waveform& waveform, double sample_rate, std::span<const float> audio) {
  Highpass highpass(waveform, sample_rate);
  std::vector<float> shaped = highpass.append(audio);
  const std::vector<float> rest = highpass.finish();
  shaped.insert(shaped.end(), rest.begin(), rest.end());
  WaveformShaper(waveform).process(shaped);
  return shaped;
}

void WaveformShaper::process(std::span<float> samples) noexcept {
  for (float& sample : samples) {
    const double x = gain_ * double(sample);
    const double y = x - coefficient_ * last_;
    sample = float(mulaw_ == 0 ? y : mulaw_compress(y, mulaw_));
    last_ = x;
  }
}

void WaveformUndo::process(std::span<float> samples) noexcept {
  for (float& sample : samples) {
    const double y = mulaw_ == 0 ? double(sample) : mulaw_expand(double(sample), mulaw_);
    last_ = y + coefficient_ * last_;
    sample = float(last_ / gain_);
  }
}

}  // namespace atrous::features
