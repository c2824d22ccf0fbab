#include "model/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include <atrous/error.hpp>

namespace atrous::model {

namespace {

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void io_error(const std::filesystem::path& path, const std::string& problem) {
  throw Error(ErrorCode::io, path.string() + ": " + problem);
}

std::string system_message(int code) {
  return std::generic_category().message(code);
}

// A new file beside `path`, opened so that it cannot be one that exists already.
File create_beside(const std::filesystem::path& path, std::filesystem::path& temporary) {
  constexpr int attempts = 1000;
  for (int i = 0; i < attempts; ++i) {
    temporary = path;
    temporary += ".part" + std::to_string(i);
    File file(std::fopen(temporary.string().c_str(), "wbx"));
    if (file) return file;
    if (errno != EEXIST) break;
  }
  io_error(path, "cannot be written: " + system_message(errno));
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uintmax_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) io_error(path, "no such file");
  if (!std::filesystem::is_regular_file(status)) io_error(path, "not a regular file");
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) io_error(path, "cannot be read: " + error.message());
  if (size > limit) {
    throw Error(ErrorCode::format, path.string() + ": expected at most " + std::to_string(limit) + " bytes, found " +
                                       std::to_string(size));
  }
  const File file(std::fopen(path.string().c_str(), "rb"));
  if (!file) io_error(path, "cannot be opened: " + system_message(errno));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  if (bytes.empty()) return bytes;
  const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file.get());
  if (count != bytes.size()) io_error(path, "cannot be read whole");
  return bytes;
}

void write_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    io_error(path, "not a regular file");
  error.clear();  // set where there is no such file
  // Through a link the file it points to is replaced, not the link.
  const std::filesystem::path target = std::filesystem::exists(status) ? std::filesystem::canonical(path, error) : path;
  if (error) io_error(path, "cannot be written: " + error.message());

  std::filesystem::path temporary;
  File file = create_beside(target, temporary);
  bool written = true;
  for (const auto piece : pieces) {
    if (piece.empty()) continue;
    written = written && (piece.empty() || std::fwrite(piece.data(), 1, piece.size(), file.get()) == piece.size());
  }
  errno = 0;
  written = std::fclose(file.release()) == 0 && written;
  if (written) {
    std::filesystem::rename(temporary, target, error);
    written = !error;
  }
  if (!written) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    io_error(path, "cannot be written" + (error ? ": " + error.message() : std::string(": is the disk full?")));
  }
}

}  // namespace atrous::model
