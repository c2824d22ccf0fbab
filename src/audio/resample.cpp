// Offline resampling over soxr, and the channels of a sound.
#include <soxr.h>

#include <cmath>
#include <sstream>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

namespace atrous {

namespace {

constexpr double kMinRate = 1, kMaxRate = 1e7, kMaxRatio = 1000;
constexpr double kMaxSamples = 2147483648.0;

void check_rates(double from, double to, std::size_t size) {
  const auto valid = [](double rate) { return rate >= kMinRate && rate <= kMaxRate; };
  if (valid(from) && valid(to) && to / from <= kMaxRatio && from / to <= kMaxRatio &&
      double(size) * (to / from) <= kMaxSamples) {
    return;
  }
  std::ostringstream message;
  message << "cannot resample " << size << " samples from " << from << " Hz to " << to << " Hz: expected rates from "
          << kMinRate << " to " << kMaxRate << " Hz within a factor of " << kMaxRatio << ", and at most 2^31 samples";
  throw Error(ErrorCode::argument, message.str());
}

}  // namespace

std::vector<float> resample(std::span<const float> channel, double from, double to) {
  check_rates(from, to, channel.size());
  if (from == to || channel.empty()) return {channel.begin(), channel.end()};
  // soxr may fall a sample short at the end: the rest stays zero.
  std::vector<float> out(std::size_t(std::llround(double(channel.size()) * to / from)));
  if (out.empty()) return out;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  std::size_t made = 0;
  const soxr_error_t error = soxr_oneshot(from, to, 1, channel.data(), channel.size(), nullptr, out.data(), out.size(),
                                          &made, nullptr, &quality, nullptr);
  if (error != nullptr) throw Error(ErrorCode::argument, std::string("soxr: ") + error);
  return out;
}

AudioBuffer resample(const AudioBuffer& buffer, double to) {
  if (buffer.sample_rate == to) return buffer;
  AudioBuffer result{.sample_rate = to, .channels = buffer.channels, .format = buffer.format};
  for (int c = 0; c < buffer.channels; ++c) {
    const std::vector<float> channel = resample(channel_of(buffer, c), buffer.sample_rate, to);
    result.samples.resize(channel.size() * buffer.channels);
    for (std::size_t n = 0; n < channel.size(); ++n) result.samples[n * buffer.channels + c] = channel[n];
  }
  return result;
}

std::vector<float> mix_to_mono(const AudioBuffer& buffer) {
  std::vector<float> mono(buffer.frames());
  for (std::size_t n = 0; n < mono.size(); ++n) {
    double sum = 0;
    for (int c = 0; c < buffer.channels; ++c) sum += double(buffer.samples[n * buffer.channels + c]);
    mono[n] = float(sum / buffer.channels);
  }
  return mono;
}

std::vector<float> channel_of(const AudioBuffer& buffer, int channel) {
  if (channel < 0 || channel >= buffer.channels) {
    throw Error(ErrorCode::argument,
                "channel " + std::to_string(channel) + " of a sound with " + std::to_string(buffer.channels));
  }
  std::vector<float> samples(buffer.frames());
  for (std::size_t n = 0; n < samples.size(); ++n) samples[n] = buffer.samples[n * buffer.channels + channel];
  return samples;
}

}  // namespace atrous
