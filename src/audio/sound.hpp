// What reading and writing sound files share: libsndfile over a descriptor.
#pragma once

#include <sndfile.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>

#include <atrous/error.hpp>

namespace atrous::audio {

constexpr int max_channels = 256;

// A sound file that libsndfile has open, over a descriptor that stays its owner's. Never sf_open_fd: it closes the
// descriptor of a file that it refuses, whatever it was told, and by the time that the owner closes it again the number
// may be that of another thread's file.
class Sound {
 public:
  Sound() = default;
  ~Sound() { close(); }
  Sound(const Sound&) = delete;
  Sound& operator=(const Sound&) = delete;

  // Opens what stands in the descriptor from its position on. A stream that cannot be sought in must be raw sound, and
  // is read from where it stands. `mode` is SFM_READ or SFM_WRITE. False where it fails: problem() says why.
  bool open(int descriptor, int mode, SF_INFO& info);

  // True where all is well, of what goes through the descriptor too. `mode` SFM_WRITE: writes the header's sizes.
  bool close();

  explicit operator bool() const noexcept { return file_ != nullptr; }
  SNDFILE* get() const noexcept { return file_; }

  bool failed() const { return error_ != 0 || sf_error(file_) != SF_ERR_NO_ERROR; }
  bool system_failed() const noexcept { return error_ != 0; }
  std::string problem() const;  // of the last call that failed

 private:
  static SF_VIRTUAL_IO calls();
  sf_count_t size();
  sf_count_t seek(sf_count_t offset, int whence);
  sf_count_t read(void* bytes, sf_count_t count);
  sf_count_t write(const void* bytes, sf_count_t count);

  SNDFILE* file_ = nullptr;
  std::string refused_;  // what libsndfile said of a file that it did not open or could not close
  int descriptor_ = -1;
  sf_count_t start_ = -1;    // where the sound begins in the descriptor; negative in a stream
  sf_count_t position_ = 0;  // in a stream: bytes so far
  int error_ = 0;            // errno of the first call of the system that failed
};

// Frames of one call of libsndfile: its Vorbis coder overflows the stack on long ones.
inline std::size_t frames_at_once(int channels) {
  constexpr std::size_t samples = 1 << 14;
  return std::max<std::size_t>(1, samples / std::size_t(channels));
}

[[noreturn]] inline void fail(ErrorCode code, const std::filesystem::path& path, const std::string& problem) {
  throw Error(code, path.string() + ": " + problem);
}

}  // namespace atrous::audio
