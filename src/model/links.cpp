#include "model/links.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <atrous/error.hpp>

namespace atrous::model {

namespace fs = std::filesystem;

namespace {

constexpr int max_links = 40;  // as the kernel follows

[[noreturn]] void refuse(const fs::path& path, const std::string& problem) {
  throw Error(ErrorCode::io, path.string() + ": " + problem);
}

// Of /proc/PID/fd/N, N.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(path), error);
  if (error || folder != fs::path("/proc") / std::to_string(getpid()) / "fd") return std::nullopt;
  const std::string name = path.filename().string();
  if (name.empty() || name.size() > 9 || name.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoi(name);
}

}  // namespace

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

FollowedPath follow_links(const fs::path& path) {
  fs::path at = path;
  std::error_code error;
  for (int i = 0; i < max_links; ++i) {
    if (const std::optional<int> number = own_descriptor(at)) return {.path = at, .descriptor = number};
    if (!fs::is_symlink(fs::symlink_status(at, error))) return {.path = at};
    const fs::path next = fs::read_symlink(at, error);
    if (error) refuse(path, "the link cannot be followed: " + error.message());
    at = folder_of(at) / next;
  }
  refuse(path, "the link cannot be followed: " + std::generic_category().message(ELOOP));
}

}  // namespace atrous::model
