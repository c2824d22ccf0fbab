// Sound in files: reading, writing, resampling, comparing and measuring it. None of it is real-time
// safe. The functions may be called from any threads; an object belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// How the samples of a file are stored. `ulaw` and `alaw` are those of ITU-T G.711; `lossy` is whatever the container
/// compresses with (Vorbis in .ogg).
enum class SampleFormat { pcm8, pcm16, pcm24, pcm32, float32, float64, ulaw, alaw, lossy };

/// "pcm16", "float32", ...
ATROUS_API std::string_view sample_format_name(SampleFormat format) noexcept;

/// What a file says about its sound, beside the samples.
struct AudioFormat {
  /// An extension without its dot. Informative: a written file's name decides; but "raw" gives a pipe no header.
  std::string container = "wav";
  SampleFormat samples = SampleFormat::float32;  ///< of a file to be written: what is asked for (AudioWriter)
};

/// A sound. Full scale is -1 to 1; integers of b bits are read as n / 2^(b-1).
struct AudioBuffer {
  double sample_rate = 48000;    ///< Hz; files hold whole numbers
  int channels = 1;              ///< 1 to 256 in files
  std::vector<float> samples{};  ///< interleaved: samples[frame * channels + channel]
  AudioFormat format{};          ///< of the file it was read from

  /// Samples of each channel.
  std::size_t frames() const noexcept { return channels > 0 ? samples.size() / std::size_t(channels) : 0; }
};

/// Reads a sound piece by piece, from a file (WAV, AIFF, FLAC, Ogg, CAF, W64, AU, MP3 where libsndfile has it), a named
/// pipe, or what the program was handed open (/dev/stdin, /dev/fd/N). The source is opened once. Of pipes, WAV is read
/// as it comes; anything else first goes into an unnamed temporary file, whole. Memory does not grow with the sound.
class ATROUS_API AudioReader {
 public:
  /// `rewindable`: a pipe goes into a temporary file even where it need not, so that rewind() works.
  /// Throws Error: io (no such file, a pipe that nobody writes into), format (not a sound file), unsupported (more than
  /// 256 channels).
  explicit AudioReader(const std::filesystem::path& path, bool rewindable = false);
  ~AudioReader();
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;

  double sample_rate() const noexcept;         ///< Hz
  int channels() const noexcept;               ///< 1 to 256
  const AudioFormat& format() const noexcept;  ///< of the source

  /// Fills `samples`, interleaved, and returns the frames there were; fewer than there is room for at the end alone.
  /// Throws Error: argument (room that is no multiple of the channels), format (damaged), io.
  std::size_t read(std::span<float> samples);

  std::uint64_t frames() const noexcept;  ///< read so far
  /// What the header says of the length, where it says something; it may lie, so it is good for a progress bar alone.
  std::optional<std::uint64_t> stated_frames() const noexcept;

  /// Back to the first frame. Throws Error (argument) for a pipe that is not rewindable.
  void rewind();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Reads a sound, whole or its first frames; see AudioReader for what can be read and the errors. Throws Error
/// (unsupported) also where that is more than 2^31 samples.
ATROUS_API AudioBuffer read_audio(const std::filesystem::path& path,
                                  std::optional<std::size_t> most_frames = std::nullopt);

/// Writes a sound file; see AudioWriter for the format and the errors. The file appears whole or not at all.
ATROUS_API void write_audio(const std::filesystem::path& path, const AudioBuffer& buffer, const AudioFormat& format);
/// The same in the sound's own format.
inline void write_audio(const std::filesystem::path& path, const AudioBuffer& buffer) {
  write_audio(path, buffer, buffer.format);
}

/// Writes a sound file piece by piece. It appears with commit() (see files.hpp); of a writer that is destroyed before,
/// nothing does.
class ATROUS_API AudioWriter {
 public:
  /// The extension of `path` decides the container: .wav .w64 .aiff .aif .au .caf .flac .ogg. Where it cannot hold
  /// samples of `format`, the next finer ones that it can hold are taken, else the finest.
  /// Integers are round-half-even of x · 2^(b-1), clipped to their range, NaN as 0: what was read from integers of the
  /// same size is written back exactly.
  /// Pipes, devices and what the process has open get plain WAV of open length as it comes, coded samples as 16 bits.
  /// Throws Error: argument (unknown extension, channels outside 1 to 256, a rate that is no whole number of Hz in
  /// 1 to 2^31 - 1), unsupported (the container cannot hold as many channels or that rate), io.
  AudioWriter(const std::filesystem::path& path, double sample_rate, int channels, const AudioFormat& format);
  ~AudioWriter();
  AudioWriter(AudioWriter&&) noexcept;
  AudioWriter& operator=(AudioWriter&&) noexcept;

  /// Appends interleaved samples. Throws Error: argument (no multiple of the channels), io (a full disk; more than
  /// 4 GiB in a container that cannot hold it).
  void append(std::span<const float> samples);

  /// Finishes the file and lets it appear under its name, replacing what was there. Throws Error: io. Once.
  void commit();

  std::uint64_t frames() const noexcept;  ///< appended so far

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Resamples a sound that comes in pieces, at soxr's very high quality (linear phase), without delay: frame n of what
/// comes out, n · from / to frames after the start, is what stands there in the sound, taken as silent before its start
/// and after its end. Some frames come late, in a later call, and none is lost. Memory does not grow with the sound.
/// Not real-time safe.
class ATROUS_API StreamResampler {
 public:
  /// Throws Error (argument) for rates outside 1 Hz to 10 MHz, a ratio outside 1/1000 to 1000, or channels outside 1 to
  /// 256.
  StreamResampler(double from, double to, int channels);
  ~StreamResampler();
  StreamResampler(StreamResampler&&) noexcept;
  StreamResampler& operator=(StreamResampler&&) noexcept;

  /// Takes interleaved frames and appends to `out` those that they make ready. How the sound is cut changes nothing.
  /// Throws Error (argument) unless `in` is a multiple of the channels.
  void process(std::span<const float> in, std::vector<float>& out);

  /// The end of the sound: appends the rest, so that in all round(frames * to / from) frames have come out. What
  /// follows is another sound.
  void finish(std::vector<float>& out);

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Resamples one channel at soxr's very high quality, without delay; round(size * to / from) samples.
/// Throws Error (argument) for rates outside 1 Hz to 10 MHz or a ratio outside 1/1000 to 1000.
ATROUS_API std::vector<float> resample(std::span<const float> channel, double from, double to);
/// The same for every channel of a sound; a copy where it has that rate already.
ATROUS_API AudioBuffer resample(const AudioBuffer& buffer, double to);

/// The mean of the channels: what a model of one input reads of a sound with several.
ATROUS_API std::vector<float> mix_to_mono(const AudioBuffer& buffer);
/// One channel of a sound. Throws Error (argument) unless 0 <= channel < channels.
ATROUS_API std::vector<float> channel_of(const AudioBuffer& buffer, int channel);

/// How far apart two sounds are; over all channels.
struct Comparison {
  /// Error to signal: sum((a-b)^2) / sum(a^2), a the reference; infinite where a is silent and b not. As in Wright et
  /// al., "Real-Time Guitar Amplifier Emulation with Deep Learning" (Applied Sciences 10(3), 2020), without its
  /// emphasis.
  double esr = 0;
  double snr_db = 0;   ///< -10 log10(esr); infinite for identical sounds
  double max_abs = 0;  ///< largest |a-b|
  /// Multi-resolution STFT distance: the mean over FFT sizes 512, 1024 and 2048 (Hann window, hop a quarter, centred)
  /// of ‖|A|-|B|‖ / ‖|A|‖ (Frobenius norms over all frames and channels) + mean |ln max(|A|, 1e-5) - ln max(|B|,
  /// 1e-5)|, windows normalised so that a full-scale sine has |A| = 1. The two terms are
  /// those of Arık, Jun and Diamos, "Fast Spectrogram Inversion using Multi-head Convolutional Neural Networks"
  /// (arXiv:1808.06719), the mean over sizes that of Yamamoto, Song and Kim, "Parallel WaveGAN" (arXiv:1910.11480).
  double stft_distance = 0;
  std::size_t frames = 0;         ///< compared: the length of the shorter sound
  std::int64_t extra_frames = 0;  ///< b's length less a's; those frames are left out
};

/// Compares two sounds of the same rate that arrive side by side, piece by piece; memory does not grow with them.
class ATROUS_API SoundComparison {
 public:
  /// Throws Error (argument) for no channels.
  explicit SoundComparison(int channels);
  ~SoundComparison();
  SoundComparison(SoundComparison&&) noexcept;
  SoundComparison& operator=(SoundComparison&&) noexcept;

  /// The next stretch of both, interleaved, of the same length. Throws Error: argument (another length, or no multiple
  /// of the channels), invalid (a sample that is not finite).
  void append(std::span<const float> reference, std::span<const float> other);

  /// Of all that was appended; extra_frames is 0. Throws Error (argument) where that is nothing. Once.
  Comparison finish();

 private:
  struct ATROUS_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Throws Error (argument) where rates or channels differ, or either is empty; invalid where a sample is not finite.
ATROUS_API Comparison compare(const AudioBuffer& reference, const AudioBuffer& other);

/// How a frequency axis runs.
enum class FrequencyScale {
  linear,
  mel,  ///< evenly in 2595 log10(1 + f / 700 Hz), as in O'Shaughnessy, "Speech Communication" (1987)
};

/// Which part of a sound its spectrogram shows.
struct SpectrogramView {
  double from = 0;                        ///< s, 0 to less than the sound lasts
  std::optional<double> to{};             ///< s, above `from`; beyond the end of the sound, or absent: that end
  std::optional<double> max_frequency{};  ///< Hz, top of the axis, up to half the sample rate; absent: that half
  FrequencyScale scale = FrequencyScale::linear;  ///< of the rows
  /// Of the sound; what follows is left out. A reader whose length is stated is read once. Absent: all there are.
  std::optional<std::uint64_t> frames{};
};

/// Levels over time and frequency.
struct ATROUS_API Spectrogram {
  int columns = 0;           ///< of `db`: they share the time out evenly
  int rows = 0;              ///< of `db`: they share the frequencies out evenly on the scale, from 0 Hz
  double from = 0;           ///< s, where the first column starts
  double to = 0;             ///< s, where the last one ends
  double max_frequency = 0;  ///< Hz, top of the last row
  FrequencyScale scale = FrequencyScale::linear;  ///< of the rows
  /// db[row * columns + column], row 0 the lowest: dB relative to a full-scale sine, -200 of silence.
  std::vector<float> db{};

  /// Where a frequency stands on the axis: 0 for 0 Hz, 1 for max_frequency.
  double position(double hz) const noexcept;
};

/// The spectrogram of the mean of the channels: Hann windows of about 46 ms, of which a column shows the loudest of up
/// to 4, and a row the loudest of its bins. Throws Error (argument): options out of range, no samples, fewer than are
/// stated, columns or rows outside 1 to 8192.
ATROUS_API Spectrogram spectrogram(const AudioBuffer& sound, int columns, int rows, const SpectrogramView& view = {});
/// The same of a sound that is read piece by piece, twice; it must be rewindable and stand at its start.
ATROUS_API Spectrogram spectrogram(AudioReader& sound, int columns, int rows, const SpectrogramView& view = {});

}  // namespace atrous
