// What reading and writing sound files share.
#pragma once

#include <sndfile.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <atrous/error.hpp>

namespace atrous::audio {

constexpr int kMaxChannels = 256;

struct CloseSound {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

// Frames of one call of libsndfile: its Vorbis coder overflows the stack on long ones.
inline std::size_t frames_at_once(int channels) {
  constexpr std::size_t samples = 1 << 14;
  return std::max<std::size_t>(1, samples / std::size_t(channels));
}

[[noreturn]] inline void fail(ErrorCode code, const std::filesystem::path& path, const std::string& problem) {
  throw Error(code, path.string() + ": " + problem);
}

}  // namespace atrous::audio
