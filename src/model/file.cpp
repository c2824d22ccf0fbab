#include "model/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include <atrous/error.hpp>

#include "model/output.hpp"

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
  OutputFile file(path);
  for (const auto piece : pieces) file.write(piece);
  file.commit();
}

}  // namespace atrous::model
