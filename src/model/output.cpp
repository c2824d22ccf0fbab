#include "model/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <random>
#include <string>
#include <system_error>

#include <atrous/error.hpp>
#include <atrous/files.hpp>

#include "model/links.hpp"

namespace atrous::model {

namespace {

namespace fs = std::filesystem;
using Kind = OutputTarget::Kind;

constexpr int max_attempts = 100;  // to find a name that is free
constexpr unsigned permissions = 0777;

[[noreturn]] void refuse(const fs::path& path, const std::string& problem) {
  throw Error(ErrorCode::io, path.string() + ": " + problem);
}

std::string system_message(int code) {
  return std::generic_category().message(code);
}

void check_folder(const fs::path& path, const fs::path& target) {
  std::error_code error;
  const fs::path folder = folder_of(target);
  if (!target.has_filename() || !fs::is_directory(folder, error)) refuse(path, "no such folder");
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) refuse(path, "the folder cannot be written");
}

// The superuser may write everything; but who takes all rights to write from a file means to keep it.
void check_permission(const fs::path& path, const OutputTarget& target) {
  constexpr unsigned anyone = S_IWUSR | S_IWGRP | S_IWOTH;
  const bool permitted = faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) == 0;
  const bool plain = target.kind == Kind::replaced;
  if (!permitted || (plain && (target.mode & anyone) == 0)) refuse(path, "is read-only");
}

}  // namespace

OutputTarget output_target(const fs::path& path) {
  if (path.empty()) throw Error(ErrorCode::io, "the output has no file name");
  const FollowedPath end = follow_links(path);
  OutputTarget target{.path = end.path};
  if (end.descriptor) target.kind = Kind::descriptor, target.descriptor = *end.descriptor;
  struct stat status {};
  if (target.kind == Kind::descriptor) {
    const int flags = fcntl(target.descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) refuse(path, "is not open for writing");
  } else if (stat(target.path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) refuse(path, "is a folder, expected a file");
    target.kind = S_ISREG(status.st_mode) ? Kind::replaced : Kind::direct;
    target.mode = status.st_mode & permissions;
    target.owner = status.st_uid;
    target.group = status.st_gid;
    check_permission(path, target);
  } else if (errno != ENOENT && errno != ENOTDIR) {
    refuse(path, "cannot be written: " + system_message(errno));
  }
  if (target.kind == Kind::absent || target.kind == Kind::replaced) check_folder(path, target.path);
  return target;
}

OutputFile::OutputFile(const fs::path& path, bool unnamed) : path_(path), target_(output_target(path)) {
  if (target_.kind == Kind::descriptor) {
    descriptor_ = fcntl(target_.descriptor, F_DUPFD_CLOEXEC, 0);
  } else if (target_.kind == Kind::direct) {
    descriptor_ = open(target_.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } else {
    if (unnamed) open_unnamed();
    if (descriptor_ < 0) open_named();
  }
  if (descriptor_ < 0) fail(errno);
  if (target_.kind == Kind::replaced) keep_owner_and_mode();
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

bool OutputFile::direct() const noexcept {
  return target_.kind == Kind::direct || target_.kind == Kind::descriptor;
}

namespace {

// Until the owner is right, nobody else may look into what replaces a file; a new one is as the user's mask has it.
mode_t first_mode(const OutputTarget& target) {
  return target.kind == Kind::replaced ? 0600 : 0666;
}

std::string path_of_descriptor(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

// A name beside `target` that nobody can foresee, and short, so that it fits where the file's own does.
fs::path random_name(const fs::path& target) {
  std::random_device random;
  std::string name = ".atrous-";
  for (int i = 0; i < 12; ++i) name += "0123456789abcdefghijklmnopqrstuv"[random() % 32];
  return folder_of(target) / name;
}

}  // namespace

// Left undone where the file system or the kernel has no such files, or no way to name them later.
void OutputFile::open_unnamed() {
#ifdef O_TMPFILE
  const int opened = open(folder_of(target_.path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, first_mode(target_));
  if (opened < 0) return;
  if (access(path_of_descriptor(opened).c_str(), F_OK) == 0) {
    descriptor_ = opened;
  } else {
    close(opened);
  }
#endif
}

void OutputFile::open_named() {
  for (int i = 0; i < max_attempts; ++i) {
    const fs::path name = random_name(target_.path);
    descriptor_ = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, first_mode(target_));
    if (descriptor_ >= 0) temporary_ = name;
    if (descriptor_ >= 0 || errno != EEXIST) return;
  }
}

void OutputFile::keep_owner_and_mode() {
  struct stat now {};
  if (fstat(descriptor_, &now) != 0) fail(errno);
  unsigned mode = target_.mode;
  if (now.st_uid != target_.owner) (void)!fchown(descriptor_, target_.owner, static_cast<gid_t>(-1));
  if (now.st_gid != target_.group && fchown(descriptor_, static_cast<uid_t>(-1), target_.group) != 0) {
    mode = (mode & ~unsigned{S_IRWXG}) | ((mode & S_IRWXO) << 3);  // the rights of one group are not another's
  }
  if (fchmod(descriptor_, mode) != 0) fail(errno);
}

void OutputFile::give_name() {
  for (int i = 0; i < max_attempts; ++i) {
    const fs::path name = random_name(target_.path);
    if (linkat(AT_FDCWD, path_of_descriptor(descriptor_).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = name;
      return;
    }
    if (errno != EEXIST) break;
  }
  fail(errno);
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail(errno);
    if (written > 0) bytes = bytes.subspan(std::size_t(written));
  }
}

void OutputFile::commit() {
  if (!direct() && temporary_.empty()) give_name();
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) fail(errno);  // where a network's disk says that it is full
  if (temporary_.empty()) return;
  if (rename(temporary_.c_str(), target_.path.c_str()) != 0) fail(errno);
  temporary_.clear();
}

void OutputFile::fail(int code) const {
  refuse(path_, "cannot be written: " + system_message(code));
}

}  // namespace atrous::model

namespace atrous {

void check_writable(const std::filesystem::path& path) {
  model::output_target(path);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  model::OutputFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace atrous
