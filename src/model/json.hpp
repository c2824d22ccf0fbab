// Reading untrusted JSON: a view of a value that knows its path, so that every complaint names file, field and finding.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/error.hpp>

#include "model/text.hpp"

namespace atrous::model {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Parses a whole JSON text. Throws Error (format) for syntax, duplicate keys, and sizes or depths beyond limits.hpp;
/// `where` (a file, or "file: field") begins the message.
Json parse_json(std::string_view text, const std::string& where);

/// A float as the shortest decimal that reads back as the same float: 0.01, not 0.009999999776482582.
OrderedJson float_to_json(float value);

/// A JSON value inside a document. Cheap to copy; the document and `file` must outlive it.
class JsonView {
 public:
  JsonView(const Json& value, const std::string& file, std::string path = "")
      : value_(&value), file_(&file), path_(std::move(path)) {}

  const std::string& file() const { return *file_; }
  const std::string& path() const { return path_; }
  const Json& value() const { return *value_; }

  /// Members of an object. `at` fails where the key is missing; `find` is empty where it is missing or null.
  JsonView at(const std::string& key) const;
  std::optional<JsonView> find(const std::string& key) const;
  bool is_object() const { return value_->is_object(); }
  /// Fails at a key outside `known`.
  void expect_keys(std::initializer_list<std::string_view> known) const;

  /// Elements of an array of at most `max_size`.
  bool is_array() const { return value_->is_array(); }
  std::size_t size(std::size_t max_size = std::numeric_limits<std::size_t>::max()) const;
  JsonView operator[](std::size_t index) const;

  bool is_null() const { return value_->is_null(); }
  bool is_string() const { return value_->is_string(); }

  /// Whole numbers from `low` to `high`; 16.0 is whole, 16.5 and "16" are not.
  int integer(int low, int high) const;
  double number() const;
  float real() const;  // a number that a float can hold
  bool boolean() const;
  const std::string& string() const;
  /// A flat array of numbers, each finite as a float.
  std::vector<float> reals() const;
  /// Arrays in arrays of exactly these sizes, the last of numbers; flattened, row-major.
  std::vector<float> reals(std::initializer_list<std::size_t> sizes) const;

  /// "file: path: expected X, found Y".
  [[noreturn]] void expected(const std::string& what) const;
  [[noreturn]] void fail(ErrorCode code, const std::string& problem) const;

 private:
  void append_reals(std::span<const std::size_t> sizes, std::vector<float>& values) const;

  const Json* value_;
  const std::string* file_;
  std::string path_;
};

}  // namespace atrous::model
