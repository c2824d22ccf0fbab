// What every file that the library writes has in common. Not real-time safe; any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include <atrous/export.h>

namespace atrous {

/// Files appear whole or not at all, with the mode and, where the user may give it, the owner of the file that they
/// replace. Where `path` is a link, what it points to is written; pipes, devices and /dev/stdout get the bytes as they
/// come.
///
/// Throws Error (io) where none can be written at `path`: for a folder, a file that is read-only, for the superuser
/// too, a folder that is not there or cannot be written. For programs that want to know before they start to work; the
/// writers check it themselves. Writes nothing, and does not open pipes.
ATROUS_API void check_writable(const std::filesystem::path& path);

/// Writes a file in this way. Throws Error (io).
ATROUS_API void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace atrous
