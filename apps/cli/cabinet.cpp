#include "cabinet.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <atrous/error.hpp>

namespace cli {
namespace {

constexpr double longest_seconds = 10;

// Of the channel, or of the mean where that is none; a response to 1 keeps its sum at any rate.
std::vector<float> taps_of(const atrous::AudioBuffer& response, std::optional<int> channel, double sample_rate) {
  const std::vector<float> samples = channel ? atrous::channel_of(response, *channel) : atrous::mix_to_mono(response);
  std::vector<float> taps = atrous::resample(samples, response.sample_rate, sample_rate);
  const auto scale = float(response.sample_rate / sample_rate);
  for (float& tap : taps) tap *= scale;
  return taps;
}

double energy(const std::vector<float>& taps) {
  double sum = 0;
  for (const float tap : taps) sum += double(tap) * double(tap);
  return sum;
}

}  // namespace

atrous::AudioBuffer read_response(const std::filesystem::path& path) {
  atrous::AudioBuffer response = atrous::read_audio(path);
  const auto longest = std::size_t(longest_seconds * response.sample_rate) * std::size_t(response.channels);
  response.samples.resize(std::min(response.samples.size(), longest));
  const auto finite = [](float x) { return std::isfinite(x); };
  if (!std::all_of(response.samples.begin(), response.samples.end(), finite) || energy(response.samples) == 0) {
    throw atrous::Error(
        atrous::ErrorCode::invalid,
        path.string() + ": expected an impulse response, found no sound or samples that are not finite");
  }
  return response;
}

Cabinet::Cabinet(const atrous::AudioBuffer& response, double sample_rate, int channels, bool normalize) {
  for (int c = 0; c < channels; ++c) {
    const std::optional<int> side = channels == 1 ? std::nullopt : std::optional(std::min(c, response.channels - 1));
    std::vector<float> taps = taps_of(response, side, sample_rate);
    const double sum = energy(taps);
    if (normalize && sum > 0) {
      for (float& tap : taps) tap = float(double(tap) / std::sqrt(sum));
    }
    const atrous::Network network(atrous::Model::from_taps(taps, sample_rate));
    filters_.emplace_back(network, atrous::EffectOptions{.ceiling = std::numeric_limits<float>::max()});
  }
}

void Cabinet::process(std::span<float> frames) {
  const std::size_t channels = filters_.size();
  row_.resize(frames.size() / channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t t = 0; t < row_.size(); ++t) row_[t] = frames[t * channels + c];
    filters_[c].process(row_, row_);
    for (std::size_t t = 0; t < row_.size(); ++t) frames[t * channels + c] = row_[t];
  }
}

}  // namespace cli
