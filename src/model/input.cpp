#include "model/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <atrous/error.hpp>

#include "model/links.hpp"
#include "model/spool.hpp"

namespace atrous::model {

namespace {

constexpr std::chrono::milliseconds patience(3000), pause_between(5);  // with a pipe that nobody writes into
constexpr std::size_t spool_bytes = 1 << 16;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& problem) {
  throw Error(ErrorCode::io, path.string() + ": " + problem);
}

std::string last_error() {
  return std::generic_category().message(errno);
}

ssize_t read_some(int descriptor, std::span<std::byte> bytes) {
  while (true) {
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace

Input::Input(const std::filesystem::path& path) : path_(path) {
  const std::optional<int> inherited = follow_links(path).descriptor;
  // A named pipe without a writer would keep open(2) waiting for ever.
  descriptor_ =
      inherited ? fcntl(*inherited, F_DUPFD_CLOEXEC, 0) : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail(path, errno == ENOENT ? "no such file" : "cannot be opened: " + last_error());
  try {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) fail(path, "cannot be opened: " + last_error());
    if (S_ISDIR(status.st_mode)) fail(path, "is a folder, expected a file");
    seekable_ = S_ISREG(status.st_mode);
    if (!inherited && S_ISFIFO(status.st_mode)) await_writer();
    if (!inherited) fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

Input::~Input() {
  if (descriptor_ >= 0) close(descriptor_);
}

Input::Input(Input&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      seekable_(other.seekable_),
      ahead_(other.ahead_) {}

Input& Input::operator=(Input&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  seekable_ = other.seekable_;
  ahead_ = other.ahead_;
  return *this;
}

// Without waiting, a pipe that has a writer but no data is EAGAIN, and one that has none is at its end.
void Input::await_writer() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::byte first{};
  ssize_t count = 0;
  while ((count = read_some(descriptor_, std::span(&first, 1))) == 0) {
    if (std::chrono::steady_clock::now() > deadline) fail(path_, "a named pipe that nobody writes into");
    std::this_thread::sleep_for(pause_between);
  }
  if (count > 0) ahead_ = first;
}

std::size_t Input::read(std::span<std::byte> bytes) {
  std::size_t filled = 0;
  if (ahead_ && !bytes.empty()) {
    bytes[filled++] = *ahead_;
    ahead_.reset();
  }
  while (filled < bytes.size()) {
    const ssize_t count = read_some(descriptor_, bytes.subspan(filled));
    if (count < 0) fail(path_, "cannot be read: " + last_error());
    if (count == 0) break;
    filled += std::size_t(count);
  }
  return filled;
}

void Input::spool(std::span<const std::byte> head) {
  Spool kept;
  kept.write(head);
  std::array<std::byte, spool_bytes> bytes;
  while (const std::size_t count = read(bytes)) kept.write(std::span(bytes).first(count));
  close(std::exchange(descriptor_, kept.take_descriptor()));
  seekable_ = true;
}

}  // namespace atrous::model
