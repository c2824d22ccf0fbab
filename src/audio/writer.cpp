// Sound files that grow piece by piece, over libsndfile.
#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/encoding.hpp"
#include "audio/formats.hpp"
#include "audio/sound.hpp"
#include "audio/wav_stream.hpp"
#include "model/output.hpp"

namespace atrous {

void write_audio(const std::filesystem::path& path, const AudioBuffer& buffer, const AudioFormat& format) {
  AudioWriter writer(path, buffer.sample_rate, buffer.channels, format);
  writer.append(buffer.samples);
  writer.commit();
}

namespace {

constexpr std::uint64_t max_plain_bytes = 0xFFFF0000;  // WAV, AIFF and AU count bytes in 32 bits, headers included

int whole_rate(const std::filesystem::path& path, double sample_rate) {
  if (!(sample_rate >= 1 && sample_rate <= 2147483647 && sample_rate == std::floor(sample_rate))) {
    audio::fail(ErrorCode::argument, path,
                "a sample rate of " + std::to_string(sample_rate) + " Hz, expected a whole number");
  }
  return int(sample_rate);
}

}  // namespace

struct AudioWriter::State {
  explicit State(const std::filesystem::path& where) : path(where), file(where) {}

  std::filesystem::path path;
  int channels = 1;
  SampleFormat samples = SampleFormat::float32;
  bool plain_size = false;
  std::uint64_t frames = 0;
  model::OutputFile file;
  audio::Sound sound;             // over the file's descriptor; none where the file is written directly
  std::vector<std::byte> header;  // of a stream, until it is written
  off_t header_at = -1;           // where a stream's stands, in what can be sought in after all: > FILE
  std::vector<int> integers;
  std::vector<std::byte> bytes;

  void open_sound(SF_INFO info);
  void open_stream(const AudioFormat& format, int sample_rate);
  void write_header();
  void set_sizes();
  void write(std::span<const float> piece);
  [[noreturn]] void fail() const { audio::fail(ErrorCode::io, path, "cannot be written: " + sound.problem()); }
};

void AudioWriter::State::open_sound(SF_INFO info) {
  const int container = info.format & SF_FORMAT_TYPEMASK;
  plain_size = container == SF_FORMAT_WAV || container == SF_FORMAT_AIFF || container == SF_FORMAT_AU;
  samples = audio::samples_of(info.format);
  if (!sound.open(file.descriptor(), SFM_WRITE, info)) fail();
  // The peak chunk holds the time of writing: the same sound would give other bytes.
  sf_command(sound.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
}

// libsndfile goes back to the header at the end, which a pipe does not let it.
void AudioWriter::State::open_stream(const AudioFormat& format, int sample_rate) {
  const std::string_view container = audio::container_name(path);
  if (!container.empty() && container != "wav") {
    audio::fail(ErrorCode::argument, path, "a pipe takes sound as .wav, not as ." + std::string(container));
  }
  const bool coded = format.samples == SampleFormat::ulaw || format.samples == SampleFormat::alaw ||
                     format.samples == SampleFormat::lossy;
  samples = coded ? SampleFormat::pcm16 : format.samples;
  if (format.container == "raw") return;
  const bool appends = (fcntl(file.descriptor(), F_GETFL) & O_APPEND) != 0;  // wherever it is told to write
  if (!appends) header_at = lseek(file.descriptor(), 0, SEEK_CUR);
  header = audio::wav_header(samples, channels, sample_rate);
}

// With the first samples: nothing has gone out if there are none because something failed.
void AudioWriter::State::write_header() {
  file.write(header);
  header.clear();
}

// What the sizes in a stream's header would have been, had they been known.
void AudioWriter::State::set_sizes() {
  const std::uint64_t data = frames * std::uint64_t(audio::stored_bytes(samples) * channels);
  if (header_at < 0 || data > max_plain_bytes) return;
  const auto set = [&](int offset, std::uint64_t size) {
    const auto value = std::uint32_t(size);  // little-endian, as the machine is
    (void)!pwrite(file.descriptor(), &value, sizeof value, header_at + offset);
  };
  set(audio::riff_size_offset, data + audio::header_bytes - 8);
  set(audio::data_size_offset, data);
}

void AudioWriter::State::write(std::span<const float> piece) {
  if (!sound) {
    write_header();
    bytes.clear();
    audio::encode(piece, samples, bytes);
    file.write(bytes);
    return;
  }
  const auto count = sf_count_t(piece.size());
  sf_count_t written = 0;
  if (const int bits = audio::integer_bits(samples); bits > 0) {
    integers.resize(piece.size());
    std::transform(piece.begin(), piece.end(), integers.begin(), [&](float x) { return audio::quantized(x, bits); });
    written = sf_write_int(sound.get(), integers.data(), count);
  } else {
    written = sf_write_float(sound.get(), piece.data(), count);
  }
  if (written != count) fail();
}

AudioWriter::AudioWriter(const std::filesystem::path& path, double sample_rate, int channels,
                         const AudioFormat& format) {
  if (channels < 1 || channels > audio::max_channels) {
    audio::fail(ErrorCode::argument, path,
                std::to_string(channels) + " channels, expected 1 to " + std::to_string(audio::max_channels));
  }
  SF_INFO info{};
  info.channels = channels;
  info.samplerate = whole_rate(path, sample_rate);
  state_ = std::make_unique<State>(path);
  state_->channels = channels;
  if (state_->file.direct()) {
    state_->open_stream(format, info.samplerate);
  } else {
    info.format = audio::sndfile_format(path, format.samples, channels, info.samplerate);
    state_->open_sound(info);
  }
}

AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter& AudioWriter::operator=(AudioWriter&&) noexcept = default;

void AudioWriter::append(std::span<const float> samples) {
  State& state = *state_;
  if (samples.size() % state.channels != 0) {
    audio::fail(
        ErrorCode::argument, state.path,
        std::to_string(samples.size()) + " samples are no multiple of " + std::to_string(state.channels) + " channels");
  }
  const std::uint64_t frames = state.frames + samples.size() / state.channels;
  if (state.plain_size &&
      frames > max_plain_bytes / std::uint64_t(audio::stored_bytes(state.samples) * state.channels)) {
    audio::fail(ErrorCode::io, state.path,
                "more than 4 GiB, which this container cannot hold: use .w64, .caf or .flac");
  }
  const std::size_t chunk = audio::frames_at_once(state.channels) * std::size_t(state.channels);
  for (std::size_t at = 0; at < samples.size(); at += chunk) {
    state.write(samples.subspan(at, std::min(chunk, samples.size() - at)));
  }
  state.frames = frames;
}

void AudioWriter::commit() {
  State& state = *state_;
  // The header gets its final sizes here.
  if (!state.sound.close()) state.fail();
  if (!state.header.empty()) state.write_header();
  state.set_sizes();
  state.file.commit();
}

std::uint64_t AudioWriter::frames() const noexcept {
  return state_->frames;
}

}  // namespace atrous
