#include "features/mel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <atrous/error.hpp>

#include "model/tensor_shapes.hpp"

namespace atrous::features {

using model::LogBase;
using model::MelScale;

namespace {

constexpr double slaney_hz_per_mel = 200.0 / 3;
constexpr double slaney_break_hz = 1000, slaney_break_mel = 15;
const double slaney_log_step = std::log(6.4) / 27;

double compress(const model::Features& settings, double mel) noexcept {
  if (settings.log_base == LogBase::none) return mel;
  const double floored = std::max(settings.floor, mel);
  return settings.log_scale * (settings.log_base == LogBase::e ? std::log(floored) : std::log10(floored)) +
         settings.log_offset;
}

double clip(const model::Features& settings, double value) noexcept {
  if (settings.clip_min) value = std::max(value, double(*settings.clip_min));
  if (settings.clip_max) value = std::min(value, double(*settings.clip_max));
  return value;
}

}  // namespace

double hz_to_mel(double hz, MelScale scale) noexcept {
  if (scale == MelScale::htk) return 2595 * std::log10(1 + hz / 700);
  if (hz < slaney_break_hz) return hz / slaney_hz_per_mel;
  return slaney_break_mel + std::log(hz / slaney_break_hz) / slaney_log_step;
}

double mel_to_hz(double mel, MelScale scale) noexcept {
  if (scale == MelScale::htk) return 700 * (std::pow(10, mel / 2595) - 1);
  if (mel < slaney_break_mel) return mel * slaney_hz_per_mel;
  return slaney_break_hz * std::exp((mel - slaney_break_mel) * slaney_log_step);
}

std::vector<MelBand> mel_bands(const model::Features& features) {
  const double low = hz_to_mel(features.fmin, features.mel_scale), high = hz_to_mel(features.fmax, features.mel_scale);
  const double hz_per_bin = features.sample_rate / features.fft;
  const auto edge = [&](int i) { return mel_to_hz(low + (high - low) * i / (features.bins + 1), features.mel_scale); };
  std::vector<MelBand> bands(features.bins);
  for (int band = 0; band < features.bins; ++band) {
    const double left = edge(band), centre = edge(band + 1), right = edge(band + 2);
    const double norm = features.slaney_norm ? 2 / (right - left) : 1;
    for (int k = int(left / hz_per_bin); k <= features.fft / 2 && k * hz_per_bin < right; ++k) {
      const double hz = k * hz_per_bin;
      const double weight = std::min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (weight <= 0) continue;
      if (bands[band].weights.empty()) bands[band].first = k;
      bands[band].weights.push_back(norm * weight);
    }
  }
  return bands;
}

double least_feature(const model::ModelData& data) {
  const model::Features& settings = *data.config.features;
  const double silence = compress(settings, 0);
  if (!settings.normalized) return clip(settings, silence);
  const model::FeatureTensors tensors = model::feature_tensors(settings);
  const std::vector<float>& mean = model::find_tensor(data.tensors, tensors.mean, data.name).values;
  const std::vector<float>& scale = model::find_tensor(data.tensors, tensors.scale, data.name).values;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t bin = 0; bin < mean.size(); ++bin) {
    // A scale below 0 turns what is least into what is most, which has no bound.
    if (!(scale[bin] > 0)) return -std::numeric_limits<double>::infinity();
    least = std::min(least, clip(settings, (silence - double(mean[bin])) / double(scale[bin])));
  }
  return least;
}

MelFrontEnd::MelFrontEnd(const model::ModelData& data)
    : settings_(*data.config.features), stft_(settings_.fft, settings_.window), bands_(mel_bands(settings_)) {
  magnitudes_.resize(stft_.bins());
  powers_.resize(stft_.bins());
  if (!settings_.normalized) return;
  const model::FeatureTensors tensors = model::feature_tensors(settings_);
  mean_ = model::find_tensor(data.tensors, tensors.mean, data.name).values;
  scale_ = model::find_tensor(data.tensors, tensors.scale, data.name).values;
  if (std::find(scale_.begin(), scale_.end(), 0.0f) != scale_.end()) {
    throw Error(ErrorCode::invalid, data.name + ": tensor " + tensors.scale.name + ": expected no zeros");
  }
}

void MelFrontEnd::frame(const dsp::SignalWindow& audio, std::ptrdiff_t start, std::span<float> out) {
  stft_.magnitudes(audio, start, magnitudes_);
  for (std::size_t k = 0; k < powers_.size(); ++k) {
    const double x = magnitudes_[k];
    powers_[k] = settings_.power == 1 ? x : settings_.power == 2 ? x * x : std::pow(x, settings_.power);
  }
  for (std::size_t band = 0; band < bands_.size(); ++band) {
    double sum = 0;
    for (std::size_t i = 0; i < bands_[band].weights.size(); ++i) {
      sum += bands_[band].weights[i] * powers_[bands_[band].first + i];
    }
    double value = compress(settings_, sum);
    if (!mean_.empty()) value = (value - double(mean_[band])) / double(scale_[band]);
    out[band] = float(clip(settings_, value));
  }
}

}  // namespace atrous::features
