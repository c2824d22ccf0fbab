// Between the library's names of audio formats and libsndfile's numbers.
#pragma once

#include <filesystem>
#include <string_view>

#include <atrous/audio.hpp>

namespace atrous::audio {

// Bits of the integers that a format is written from; 0 for floats and lossy coders. ulaw and alaw take 16.
int integer_bits(SampleFormat format) noexcept;

// Bytes that a sample takes in a file at most.
int stored_bytes(SampleFormat format) noexcept;

// What a sound file that libsndfile has opened holds.
AudioFormat format_of(int sndfile_format);

// libsndfile's number for a file called `path` that holds `samples`, or what comes nearest to that. Throws Error:
// argument (unknown extension), unsupported (no such number of channels or rate in that container).
int sndfile_format(const std::filesystem::path& path, SampleFormat samples, int channels, int sample_rate);

// The container that a path's extension names, without its dot; empty for none that is known.
std::string_view container_name(const std::filesystem::path& path);

// The format of the samples that sndfile_format() chose.
SampleFormat samples_of(int sndfile_format);

}  // namespace atrous::audio
