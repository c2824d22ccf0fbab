// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>

#include <atrous/export.h>

namespace atrous {

/// What went wrong, for callers that branch on it.
enum class ErrorCode {
  io,           ///< a file cannot be opened, read or written
  format,       ///< a file is not what it claims to be: syntax, truncation, wrong types
  invalid,      ///< a model whose numbers contradict each other or leave the allowed range
  unsupported,  ///< well formed, but a feature this version does not run
  argument,     ///< an argument outside its documented range
};

/// Thrown by loading, construction and file I/O alone; never from what is noexcept, and so never while sound is made.
/// `what()` is one line that names the file and the field, with the values expected and found.
class ATROUS_API Error : public std::runtime_error {
 public:
  /// `message` is one line.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }  ///< what kind of thing went wrong

 private:
  ErrorCode code_;
};

}  // namespace atrous
