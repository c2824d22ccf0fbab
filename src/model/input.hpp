// Files, pipes and devices, opened once to be read: a pipe has no second time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace atrous::model {

// An open descriptor, closed at the end.
class Input {
 public:
  // Opens what `path` names; what the program was handed open already (/dev/stdin, /dev/fd/N) is read from where it
  // stands. A named pipe that nobody has opened to write gets a few seconds. Throws Error (io): no such file, a folder,
  // a pipe without a writer, no permission.
  explicit Input(const std::filesystem::path& path);
  ~Input();
  Input(Input&& other) noexcept;
  Input& operator=(Input&& other) noexcept;

  // For libraries that read by themselves; of a pipe, only after the first read().
  int descriptor() const noexcept { return descriptor_; }
  bool seekable() const noexcept { return seekable_; }  // a file; pipes, terminals and sockets are not

  // Reads bytes.size() bytes; fewer only where the input ends. Throws Error (io).
  std::size_t read(std::span<std::byte> bytes);

  // Moves all that is left into an unnamed temporary file and stands at its start: what was a pipe can be sought in
  // afterwards. `head` goes before it. Throws Error (io).
  void spool(std::span<const std::byte> head);

 private:
  void await_writer();

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool seekable_ = false;
  std::optional<std::byte> ahead_;  // read already, to learn whether a pipe has a writer
};

}  // namespace atrous::model
