// Which file it is, and which version of it.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

namespace plugin {

// Path without links, device, inode, size, and when it was written, in ns.
using FileIdentity = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>;

// Throws Refusal for what is no regular file: opening a pipe would wait for somebody to write into it.
FileIdentity identity_of(const std::string& path);

}  // namespace plugin
