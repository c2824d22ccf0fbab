// The one way a file is written: whole, or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace atrous::model {

// What stands at an output's path, links followed.
struct OutputTarget {
  enum class Kind {
    absent,      // nothing yet
    replaced,    // a plain file: the new one takes its place, its mode and, where that is allowed, its owner
    direct,      // a pipe or a device, which gets the bytes as they come
    descriptor,  // one that the process has open, such as /dev/stdout
  };
  Kind kind = Kind::absent;
  std::filesystem::path path;  // where the links end
  int descriptor = -1;
  unsigned mode = 0, owner = 0, group = 0;  // of a plain file
};

// Throws Error (io) where nothing can be written; see check_writable().
OutputTarget output_target(const std::filesystem::path& path);

// A file being written. Its bytes gather in a file without a name, or under a short random one where the file system
// has no unnamed files, in the folder of what it replaces; commit() lets it appear there. A program that is ended
// before leaves nothing behind (under a name: unless nobody unwinds its stack). Pipes, devices and /dev/stdout are
// written directly. Throws Error (io).
class OutputFile {
 public:
  // Without `unnamed` as on a file system that has no unnamed files; tests run both.
  explicit OutputFile(const std::filesystem::path& path, bool unnamed = true);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // To write to, and, unless direct, to read and to seek; it belongs to this object.
  int descriptor() const noexcept { return descriptor_; }
  // Whether bytes go out as they are written, and cannot be sought back to.
  bool direct() const noexcept;

  void write(std::span<const std::byte> bytes);
  // Once. Without it, what was there before stays.
  void commit();

 private:
  void open_unnamed();
  void open_named();
  void keep_owner_and_mode();
  void give_name();
  [[noreturn]] void fail(int code) const;

  std::filesystem::path path_;  // as the caller named it
  OutputTarget target_;
  std::filesystem::path temporary_{};  // empty while the file has no name
  int descriptor_ = -1;
};

}  // namespace atrous::model
