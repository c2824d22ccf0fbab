#include "model/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <atrous/error.hpp>

namespace atrous::model {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::io, "the temporary file " + what + ": " + std::generic_category().message(errno));
}

}  // namespace

Spool::Spool() : file_(std::tmpfile()) {
  if (!file_) fail("cannot be made");
}

void Spool::write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail("cannot be written");
  size_ += bytes.size();
}

void Spool::rewind() {
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0) fail("cannot be written");
}

std::size_t Spool::read(std::span<std::byte> bytes) {
  const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file_.get());
  if (count < bytes.size() && std::ferror(file_.get()) != 0) fail("cannot be read");
  return count;
}

int Spool::take_descriptor() {
  rewind();
  const int descriptor = fcntl(fileno(file_.get()), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0 || lseek(descriptor, 0, SEEK_SET) != 0) fail("cannot be read");
  return descriptor;
}

}  // namespace atrous::model
