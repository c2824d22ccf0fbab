// Where a path leads, through links.
#pragma once

#include <filesystem>
#include <optional>

namespace atrous::model {

// "." for a name alone.
std::filesystem::path folder_of(const std::filesystem::path& path);

struct FollowedPath {
  std::filesystem::path path;       // where the links end, whether a file is there or not
  std::optional<int> descriptor{};  // what the process has open, where they lead to that
};

// Links such as /dev/stdin and /dev/fd/3 stand for what is open rather than for paths: to open those anew would start a
// file over, and fails for a socket. Throws Error (io) for links in a circle.
FollowedPath follow_links(const std::filesystem::path& path);

}  // namespace atrous::model
