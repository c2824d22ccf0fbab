// WAV where nobody can go back: the header as it passes through a pipe. Its samples are plain rows of numbers, which
// libsndfile reads and writes as raw sound.
//
// "RIFF" or "RIFX" (big-endian) or "RF64", a size, "WAVE", then chunks of a name, a size and, padded to an even number
// of bytes, their content: "fmt " with the format, "data" with the samples.
// Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft 1991); RF64: EBU Tech 3306.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <atrous/audio.hpp>

#include "model/input.hpp"

namespace atrous::audio {

struct WavHeader {
  int sndfile_format = 0;  // the samples as libsndfile's raw sound
  int channels = 0, sample_rate = 0;
  std::optional<std::uint64_t> frames;  // absent where the writer did not know: until the stream ends
};

// Reads up to the samples, into `head` too. Nothing for what is no WAV, or one whose samples are coded: `head` then
// holds what was taken from the stream. Throws Error (io).
std::optional<WavHeader> read_wav_header(model::Input& input, std::vector<std::byte>& head);

// The header of a stream of unknown length, whose sizes are the largest there are. The samples are integers, those of 8
// bits unsigned, or floats.
constexpr int header_bytes = 44, riff_size_offset = 4, data_size_offset = 40;
std::vector<std::byte> wav_header(SampleFormat samples, int channels, int sample_rate);

}  // namespace atrous::audio
