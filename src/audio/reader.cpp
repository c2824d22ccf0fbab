// Sound files and pipes, read piece by piece over libsndfile.
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/formats.hpp"
#include "audio/sound.hpp"
#include "audio/wav_stream.hpp"
#include "model/input.hpp"

namespace atrous {

namespace {

constexpr std::uint64_t max_samples = std::uint64_t(1) << 31;  // of a sound that is read whole

}  // namespace

struct AudioReader::State {
  std::filesystem::path path;
  model::Input input;
  audio::Sound sound;  // closed before the input
  int channels = 0;
  double sample_rate = 0;
  AudioFormat format;
  std::optional<std::uint64_t> stated;                            // frames, as the header has them
  std::uint64_t frames = 0;                                       // read so far
  std::uint64_t end = std::numeric_limits<std::uint64_t>::max();  // frames: where a stream ends that says so

  State(const std::filesystem::path& source, bool rewindable) : path(source), input(source) {
    if (!input.seekable() && open_stream(rewindable)) return;
    SF_INFO info{};
    open(info);
    if (info.frames > 0) stated = std::uint64_t(info.frames);
    format = audio::format_of(info.format);
  }

  void open(SF_INFO& info) {
    if (!sound.open(input.descriptor(), SFM_READ, info)) {
      if (sound.system_failed()) audio::fail(ErrorCode::io, path, "cannot be read: " + sound.problem());
      audio::fail(ErrorCode::format, path, "not a sound file: " + sound.problem());
    }
    if (info.channels < 1 || info.channels > audio::max_channels || info.samplerate < 1) {
      audio::fail(ErrorCode::unsupported, path,
                  "expected 1 to " + std::to_string(audio::max_channels) + " channels and a positive rate, found " +
                      std::to_string(info.channels) + " at " + std::to_string(info.samplerate) + " Hz");
    }
    channels = info.channels;
    sample_rate = double(info.samplerate);
  }

  // A pipe: WAV is read as it comes; whatever else there is, and what must be read again, is kept in a temporary file.
  bool open_stream(bool rewindable) {
    std::vector<std::byte> head;
    const std::optional<audio::WavHeader> header = audio::read_wav_header(input, head);
    if (!header || rewindable) {
      input.spool(head);
      return false;
    }
    SF_INFO info{};
    info.format = header->sndfile_format, info.channels = header->channels, info.samplerate = header->sample_rate;
    open(info);
    end = header->frames.value_or(end);
    if (end > 0) stated = header->frames;
    format = {.container = "wav", .samples = audio::samples_of(header->sndfile_format)};
    return true;
  }
};

AudioReader::AudioReader(const std::filesystem::path& path, bool rewindable)
    : state_(std::make_unique<State>(path, rewindable)) {}
AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;

double AudioReader::sample_rate() const noexcept {
  return state_->sample_rate;
}
int AudioReader::channels() const noexcept {
  return state_->channels;
}
const AudioFormat& AudioReader::format() const noexcept {
  return state_->format;
}
std::uint64_t AudioReader::frames() const noexcept {
  return state_->frames;
}
std::optional<std::uint64_t> AudioReader::stated_frames() const noexcept {
  return state_->stated;
}

std::size_t AudioReader::read(std::span<float> samples) {
  State& state = *state_;
  const auto channels = std::size_t(state.channels);
  if (samples.size() % channels != 0) {
    audio::fail(
        ErrorCode::argument, state.path,
        std::to_string(samples.size()) + " samples are no multiple of " + std::to_string(channels) + " channels");
  }
  const auto wanted = std::size_t(std::min<std::uint64_t>(samples.size() / channels, state.end - state.frames));
  std::size_t filled = 0;
  while (filled < wanted) {
    const std::size_t count = std::min(audio::frames_at_once(state.channels), wanted - filled);
    const sf_count_t found = sf_readf_float(state.sound.get(), samples.data() + filled * channels, sf_count_t(count));
    if (found <= 0) break;
    filled += std::size_t(found);
  }
  if (filled < wanted && state.sound.failed()) {
    audio::fail(state.sound.system_failed() ? ErrorCode::io : ErrorCode::format, state.path, state.sound.problem());
  }
  state.frames += filled;
  return filled;
}

void AudioReader::rewind() {
  State& state = *state_;
  if (!state.input.seekable() || sf_seek(state.sound.get(), 0, SEEK_SET) != 0) {
    audio::fail(ErrorCode::argument, state.path, "cannot be read a second time");
  }
  state.frames = 0;
}

AudioBuffer read_audio(const std::filesystem::path& path, std::optional<std::size_t> most_frames) {
  AudioReader reader(path);
  AudioBuffer buffer{.sample_rate = reader.sample_rate(), .channels = reader.channels(), .format = reader.format()};
  const auto channels = std::size_t(buffer.channels);
  const std::size_t at_once = audio::frames_at_once(buffer.channels);
  // The header's count is not believed: what is there is read, and memory grows with it.
  std::vector<float>& samples = buffer.samples;
  for (std::size_t frames = 0, found = at_once; found == at_once; frames += found) {
    const std::size_t filled = frames * channels, wanted = std::min(at_once, most_frames.value_or(SIZE_MAX) - frames);
    const std::size_t end = filled + wanted * channels;
    if (end > max_samples) audio::fail(ErrorCode::unsupported, path, "more than 2^31 samples");
    if (samples.size() < end) samples.resize(std::max(2 * filled, end));
    found = reader.read(std::span(samples).subspan(filled, end - filled));
  }
  samples.resize(std::size_t(reader.frames()) * channels);
  samples.shrink_to_fit();
  return buffer;
}

}  // namespace atrous
