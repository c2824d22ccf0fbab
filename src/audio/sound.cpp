#include "audio/sound.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

namespace atrous::audio {

namespace {

// What libsndfile says of a file that it did not open stands in a global.
std::mutex opening;

// Calls of the system move fewer bytes than they are asked to where it suits them.
template <typename Move>
sf_count_t move_all(sf_count_t count, int& error, const Move& move) {
  sf_count_t moved = 0;
  while (moved < count) {
    const ssize_t now = move(moved, std::size_t(count - moved));
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && error == 0) error = errno;
    if (now <= 0) break;
    moved += now;
  }
  return moved;
}

}  // namespace

bool Sound::open(int descriptor, int mode, SF_INFO& info) {
  descriptor_ = descriptor;
  start_ = lseek(descriptor, 0, SEEK_CUR);
  SF_VIRTUAL_IO io = calls();
  const std::lock_guard lock(opening);
  file_ = sf_open_virtual(&io, mode, &info, this);
  if (!file_) refused_ = sf_strerror(nullptr);
  return file_ != nullptr;
}

bool Sound::close() {
  if (!file_) return true;
  const int code = sf_close(std::exchange(file_, nullptr));
  if (code != SF_ERR_NO_ERROR) refused_ = sf_error_number(code);
  return code == SF_ERR_NO_ERROR && error_ == 0;
}

std::string Sound::problem() const {
  if (error_ != 0) return std::generic_category().message(error_);
  return file_ ? sf_strerror(file_) : refused_;
}

SF_VIRTUAL_IO Sound::calls() {
  static constexpr auto sound_of = [](void* sound) -> Sound& { return *static_cast<Sound*>(sound); };
  return {
      .get_filelen = [](void* sound) { return sound_of(sound).size(); },
      .seek = [](sf_count_t offset, int whence, void* sound) { return sound_of(sound).seek(offset, whence); },
      .read = [](void* bytes, sf_count_t count, void* sound) { return sound_of(sound).read(bytes, count); },
      .write = [](const void* bytes, sf_count_t count, void* sound) { return sound_of(sound).write(bytes, count); },
      .tell = [](void* sound) { return sound_of(sound).seek(0, SEEK_CUR); },
  };
}

// A stream is as long as it may be: it ends where nothing more comes.
sf_count_t Sound::size() {
  struct stat status {};
  if (start_ < 0 || fstat(descriptor_, &status) != 0) return std::numeric_limits<sf_count_t>::max();
  return std::max<sf_count_t>(0, sf_count_t(status.st_size) - start_);
}

sf_count_t Sound::seek(sf_count_t offset, int whence) {
  if (start_ < 0) return position_;
  const off_t position = lseek(descriptor_, whence == SEEK_SET ? offset + start_ : offset, whence);
  return position < 0 ? -1 : position - start_;
}

sf_count_t Sound::read(void* bytes, sf_count_t count) {
  const sf_count_t moved = move_all(count, error_, [&](sf_count_t at, std::size_t left) {
    return ::read(descriptor_, static_cast<char*>(bytes) + at, left);
  });
  position_ += moved;
  return moved;
}

sf_count_t Sound::write(const void* bytes, sf_count_t count) {
  return move_all(count, error_, [&](sf_count_t at, std::size_t left) {
    return ::write(descriptor_, static_cast<const char*>(bytes) + at, left);
  });
}

}  // namespace atrous::audio
