// Offline resampling over soxr, and the channels of a sound.
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/sound.hpp"

namespace atrous {

namespace {

constexpr double min_rate = 1, max_rate = 1e7, max_ratio = 1000;
constexpr double max_samples = 2147483648.0;   // of a sound in memory
constexpr std::size_t chunk_frames = 1 << 12;  // per call of soxr, in and out

[[noreturn]] void refuse(double from, double to, const std::string& expected) {
  std::ostringstream message;
  message << "cannot resample from " << from << " Hz to " << to << " Hz: expected " << expected;
  throw Error(ErrorCode::argument, message.str());
}

void check_rates(double from, double to) {
  const auto valid = [](double rate) { return rate >= min_rate && rate <= max_rate; };
  if (valid(from) && valid(to) && to / from <= max_ratio && from / to <= max_ratio) return;
  std::ostringstream expected;
  expected << "rates from " << min_rate << " to " << max_rate << " Hz within a factor of " << max_ratio;
  refuse(from, to, expected.str());
}

struct DeleteSoxr {
  void operator()(soxr* resampler) const noexcept { soxr_delete(resampler); }
};

}  // namespace

struct StreamResampler::State {
  State(double from_rate, double to_rate, int channel_count);

  void restart();
  void run(const float* in, std::size_t frames, std::vector<float>& out);  // in null: the end of the sound

  double from, to;
  std::size_t channels;
  std::unique_ptr<soxr, DeleteSoxr> resampler;  // none where the rates are the same
  std::uint64_t received = 0, made = 0;         // frames since the start
};

StreamResampler::State::State(double from_rate, double to_rate, int channel_count)
    : from(from_rate), to(to_rate), channels(std::size_t(channel_count)) {
  check_rates(from, to);
  if (channel_count < 1 || channel_count > audio::max_channels) {
    refuse(from, to,
           "1 to " + std::to_string(audio::max_channels) + " channels, found " + std::to_string(channel_count));
  }
  restart();
}

void StreamResampler::State::restart() {
  received = made = 0;
  if (from == to) return;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, SOXR_ROLLOFF_NONE);
  soxr_error_t error = nullptr;
  resampler.reset(soxr_create(from, to, unsigned(channels), &error, nullptr, &quality, nullptr));
  if (error != nullptr) throw Error(ErrorCode::argument, std::string("soxr: ") + error);
}

// Until all is taken, and what is ready has come out.
void StreamResampler::State::run(const float* in, std::size_t frames, std::vector<float>& out) {
  while (true) {
    const std::size_t filled = out.size();
    out.resize(filled + chunk_frames * channels);
    std::size_t taken = 0, ready = 0;
    const soxr_error_t error =
        soxr_process(resampler.get(), in, frames, &taken, out.data() + filled, chunk_frames, &ready);
    out.resize(filled + ready * channels);
    if (error != nullptr) throw Error(ErrorCode::argument, std::string("soxr: ") + error);
    made += ready;
    if (in != nullptr) in += taken * channels, frames -= taken;
    if (frames == 0 && ready < chunk_frames) return;
  }
}

StreamResampler::StreamResampler(double from, double to, int channels)
    : state_(std::make_unique<State>(from, to, channels)) {}
StreamResampler::~StreamResampler() = default;
StreamResampler::StreamResampler(StreamResampler&&) noexcept = default;
StreamResampler& StreamResampler::operator=(StreamResampler&&) noexcept = default;

void StreamResampler::process(std::span<const float> in, std::vector<float>& out) {
  State& state = *state_;
  if (in.size() % state.channels != 0) {
    throw Error(ErrorCode::argument, std::to_string(in.size()) + " samples to resample are no multiple of " +
                                         std::to_string(state.channels) + " channels");
  }
  if (state.from == state.to) {
    out.insert(out.end(), in.begin(), in.end());
    return;
  }
  const std::size_t chunk = chunk_frames * state.channels;
  for (std::size_t at = 0; at < in.size(); at += chunk) {
    const std::span<const float> part = in.subspan(at, std::min(chunk, in.size() - at));
    const std::size_t frames = part.size() / state.channels;
    state.received += frames;
    state.run(part.data(), frames, out);
  }
}

// soxr may end a frame short, which stays zero, or a frame long.
void StreamResampler::finish(std::vector<float>& out) {
  State& state = *state_;
  if (state.from == state.to) return;
  const auto due = std::uint64_t(std::llround(double(state.received) * state.to / state.from));
  if (state.received > 0) state.run(nullptr, 0, out);
  if (state.made < due) out.resize(out.size() + std::size_t(due - state.made) * state.channels);
  if (state.made > due) out.resize(out.size() - std::size_t(state.made - due) * state.channels);
  state.restart();
}

std::vector<float> resample(std::span<const float> channel, double from, double to) {
  StreamResampler resampler(from, to, 1);
  if (double(channel.size()) * (to / from) > max_samples) refuse(from, to, "at most 2^31 samples");
  std::vector<float> out;
  out.reserve(std::size_t(std::ceil(double(channel.size()) * to / from)) + chunk_frames);
  resampler.process(channel, out);
  resampler.finish(out);
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
