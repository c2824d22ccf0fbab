#include "model/file.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include <atrous/error.hpp>

#include "model/input.hpp"
#include "model/output.hpp"

namespace atrous::model {

namespace {

constexpr std::size_t first_bytes = 1 << 16;

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uintmax_t limit) {
  Input input(path);
  std::error_code unknown;
  const std::uintmax_t size = input.seekable() ? std::filesystem::file_size(path, unknown) : 0;
  // A file may be longer than it says by the time it is read, and a pipe says nothing: room grows with what comes.
  std::vector<std::byte> bytes(unknown || size > limit ? first_bytes : std::max<std::size_t>(size + 1, first_bytes));
  std::size_t filled = 0;
  while (true) {
    filled += input.read(std::span(bytes).subspan(filled));
    if (filled > limit || size > limit) {
      throw Error(ErrorCode::format, path.string() + ": expected at most " + std::to_string(limit) + " bytes, found " +
                                         (size > limit ? std::to_string(size) : "more"));
    }
    if (filled < bytes.size()) break;
    bytes.resize(2 * bytes.size());
  }
  bytes.resize(filled);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces) {
  OutputFile file(path);
  for (const auto piece : pieces) file.write(piece);
  file.commit();
}

}  // namespace atrous::model
