// Sound files, over libsndfile.
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/formats.hpp"
#include "model/output.hpp"

namespace atrous {

namespace {

constexpr int kMaxChannels = 256;
constexpr std::uint64_t kMaxSamples = std::uint64_t(1) << 31;
constexpr std::uint64_t kMaxPlainBytes = 0xFFFF0000;  // WAV, AIFF and AU count bytes in 32 bits, headers included
constexpr std::size_t kChunkSamples =
    1 << 14;  // per call of libsndfile: its Vorbis coder overflows the stack on long ones

struct CloseSound {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

[[noreturn]] void fail(ErrorCode code, const std::filesystem::path& path, const std::string& problem) {
  throw Error(code, path.string() + ": " + problem);
}

Sound open_to_read(const std::filesystem::path& path, SF_INFO& info) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail(ErrorCode::io, path, "no such file");
  if (!std::filesystem::is_regular_file(status)) fail(ErrorCode::io, path, "not a regular file");
  Sound sound(sf_open(path.string().c_str(), SFM_READ, &info));
  if (sound) return sound;
  const bool system = sf_error(nullptr) == SF_ERR_SYSTEM;
  fail(system ? ErrorCode::io : ErrorCode::format, path, std::string("not a sound file: ") + sf_strerror(nullptr));
}

void check_size(const std::filesystem::path& path, std::uint64_t samples) {
  if (samples > kMaxSamples) fail(ErrorCode::unsupported, path, "more than 2^31 samples");
}

}  // namespace

AudioBuffer read_audio(const std::filesystem::path& path) {
  SF_INFO info{};
  const Sound sound = open_to_read(path, info);
  if (info.channels < 1 || info.channels > kMaxChannels || info.samplerate < 1) {
    fail(ErrorCode::unsupported, path,
         "expected 1 to " + std::to_string(kMaxChannels) + " channels and a positive rate, found " +
             std::to_string(info.channels) + " at " + std::to_string(info.samplerate) + " Hz");
  }
  AudioBuffer buffer{
      .sample_rate = double(info.samplerate), .channels = info.channels, .format = audio::format_of(info.format)};
  // The header's count is not believed: what is there is read, and memory grows with it.
  const std::size_t chunk = std::max<std::size_t>(1, kChunkSamples / info.channels) * info.channels;
  std::vector<float>& samples = buffer.samples;
  std::size_t filled = 0;
  while (true) {
    check_size(path, filled + chunk);
    if (samples.size() < filled + chunk) samples.resize(std::max(2 * filled, filled + chunk));
    const sf_count_t frames = sf_readf_float(sound.get(), samples.data() + filled, sf_count_t(chunk / info.channels));
    if (frames <= 0) break;
    filled += std::size_t(frames) * info.channels;
  }
  if (sf_error(sound.get()) != SF_ERR_NO_ERROR) fail(ErrorCode::format, path, sf_strerror(sound.get()));
  samples.resize(filled);
  samples.shrink_to_fit();
  return buffer;
}

void write_audio(const std::filesystem::path& path, const AudioBuffer& buffer, const AudioFormat& format) {
  AudioWriter writer(path, buffer.sample_rate, buffer.channels, format);
  writer.append(buffer.samples);
  writer.commit();
}

namespace {

int whole_rate(const std::filesystem::path& path, double sample_rate) {
  if (!(sample_rate >= 1 && sample_rate <= 2147483647 && sample_rate == std::floor(sample_rate))) {
    fail(ErrorCode::argument, path, "a sample rate of " + std::to_string(sample_rate) + " Hz, expected a whole number");
  }
  return int(sample_rate);
}

// The sample as an integer of `bits`, in the upper bits of 32: libsndfile takes them from there without rounding.
int quantized(float sample, int bits) {
  if (std::isnan(sample)) return 0;
  const double full = std::ldexp(1.0, bits - 1);
  const double value = std::clamp(std::nearbyint(double(sample) * full), -full, full - 1);
  return int(std::int64_t(value) * (std::int64_t(1) << (32 - bits)));
}

}  // namespace

struct AudioWriter::State {
  explicit State(const std::filesystem::path& where) : path(where), file(where) {}

  std::filesystem::path path;
  int channels = 1;
  int bits = 0;  // of the integers to write, or 0 for floats
  bool plain_size = false;
  std::uint64_t frames = 0, sample_bytes = 1;
  model::OutputFile file;
  Sound sound;  // over the file's descriptor
  std::vector<int> integers;

  void write(std::span<const float> samples) {
    const auto count = sf_count_t(samples.size());
    sf_count_t written = 0;
    if (bits > 0) {
      integers.resize(samples.size());
      std::transform(samples.begin(), samples.end(), integers.begin(), [&](float x) { return quantized(x, bits); });
      written = sf_write_int(sound.get(), integers.data(), count);
    } else {
      written = sf_write_float(sound.get(), samples.data(), count);
    }
    if (written != count) fail(ErrorCode::io, path, std::string("cannot be written: ") + sf_strerror(sound.get()));
  }
};

AudioWriter::AudioWriter(const std::filesystem::path& path, double sample_rate, int channels,
                         const AudioFormat& format) {
  if (channels < 1 || channels > kMaxChannels) {
    fail(ErrorCode::argument, path,
         std::to_string(channels) + " channels, expected 1 to " + std::to_string(kMaxChannels));
  }
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = whole_rate(path, sample_rate);
  info.format = audio::sndfile_format(path, format.samples, channels, info.samplerate);
  const int container = info.format & SF_FORMAT_TYPEMASK;
  state_ = std::make_unique<State>(path);
  state_->channels = channels;
  state_->bits = audio::integer_bits(audio::samples_of(info.format));
  state_->plain_size = container == SF_FORMAT_WAV || container == SF_FORMAT_AIFF || container == SF_FORMAT_AU;
  state_->sample_bytes = audio::stored_bytes(audio::samples_of(info.format));
  state_->sound.reset(sf_open_fd(state_->file.descriptor(), SFM_WRITE, &info, SF_FALSE));
  if (!state_->sound) fail(ErrorCode::io, path, std::string("cannot be written: ") + sf_strerror(nullptr));
  // The peak chunk holds the time of writing: the same sound would give other bytes.
  sf_command(state_->sound.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
}

AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter& AudioWriter::operator=(AudioWriter&&) noexcept = default;

void AudioWriter::append(std::span<const float> samples) {
  State& state = *state_;
  if (samples.size() % state.channels != 0) {
    fail(
        ErrorCode::argument, state.path,
        std::to_string(samples.size()) + " samples are no multiple of " + std::to_string(state.channels) + " channels");
  }
  const std::uint64_t frames = state.frames + samples.size() / state.channels;
  if (state.plain_size && frames > kMaxPlainBytes / (state.sample_bytes * state.channels)) {
    fail(ErrorCode::io, state.path, "more than 4 GiB, which this container cannot hold: use .w64, .caf or .flac");
  }
  const std::size_t chunk = std::max<std::size_t>(1, kChunkSamples / state.channels) * state.channels;
  for (std::size_t at = 0; at < samples.size(); at += chunk) {
    state.write(samples.subspan(at, std::min(chunk, samples.size() - at)));
  }
  state.frames = frames;
}

void AudioWriter::commit() {
  State& state = *state_;
  const int error = sf_close(state.sound.release());  // the header gets its final sizes here
  if (error != SF_ERR_NO_ERROR) {
    fail(ErrorCode::io, state.path, std::string("cannot be written: ") + sf_error_number(error));
  }
  state.file.commit();
}

std::uint64_t AudioWriter::frames() const noexcept {
  return state_->frames;
}

}  // namespace atrous
