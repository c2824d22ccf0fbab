// Bytes on their way, kept on the disk without a name: what would not fit into memory, or has to be gone through again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

namespace atrous::model {

// Throws Error (io) where there is no room for temporary files.
class Spool {
 public:
  Spool();

  void write(std::span<const std::byte> bytes);
  std::uint64_t size() const noexcept { return size_; }

  // Back to the first byte, to read; once all is written.
  void rewind();
  // Fewer than bytes.size() at the end alone.
  std::size_t read(std::span<std::byte> bytes);

  // For libraries that read by themselves, at the first byte; it outlives the spool, and the caller closes it.
  int take_descriptor();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0;
};

}  // namespace atrous::model
