// Whole files: read with a limit on their size, written all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace atrous::model {

// Reads a file, a pipe, or what the process has open, of at most `limit` bytes; see Input. Throws Error (io, format).
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uintmax_t limit);

// Writes the pieces one after the other, as OutputFile does. Throws Error (io).
void write_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces);

}  // namespace atrous::model
