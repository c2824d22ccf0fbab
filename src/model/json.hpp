// Reading untrusted JSON: a parsed document, and views of its values that know their path, so that every complaint
// names file, field and finding. Reading takes time and memory in proportion to the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <atrous/error.hpp>

#include "model/text.hpp"

namespace atrous::model {

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  std::uint32_t size = 0;  // bytes of a string, elements of an array, members of an object
  union {
    double number = 0;
    bool boolean;
    const char* text;
    // Of an array: where its elements begin among the document's nodes. Of an object: where its members do, key and
    // value in turn, sorted by key.
    std::size_t first;
  };

  std::string_view string() const { return {text, size}; }
};

// A parsed JSON text. NaN, Infinity and -Infinity are numbers, since Python writes them.
class JsonDocument {
 public:
  // Throws Error (format) for syntax, duplicate keys, and sizes or depths beyond limits.hpp; `where` (a file, or
  // "file: field") begins the message.
  JsonDocument(std::string_view text, const std::string& where);
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

 private:
  friend class JsonView;

  std::string text_;             // strings are decoded in place
  std::vector<JsonNode> nodes_;  // the last is the root
};

// A JSON value inside a document. Cheap to copy; the document and `file` must outlive it.
class JsonView {
 public:
  JsonView(const JsonDocument& document, const std::string& file);

  const std::string& file() const { return *file_; }
  const std::string& path() const { return path_; }
  // The same value, which messages call `path`.
  JsonView called(std::string path) const { return {nodes_, node_, *file_, std::move(path)}; }

  bool is_null() const { return node_->kind == JsonNode::Kind::null; }
  bool is_boolean() const { return node_->kind == JsonNode::Kind::boolean; }
  bool is_number() const { return node_->kind == JsonNode::Kind::number; }
  bool is_string() const { return node_->kind == JsonNode::Kind::string; }
  bool is_array() const { return node_->kind == JsonNode::Kind::array; }
  bool is_object() const { return node_->kind == JsonNode::Kind::object; }

  // Members of an object. `at` fails where the key is missing; `find` is empty where it is missing or null.
  JsonView at(std::string_view key) const;
  std::optional<JsonView> find(std::string_view key) const;
  bool has(std::string_view key) const;
  // All members, sorted by their keys.
  std::size_t members() const;
  std::string_view key(std::size_t index) const;
  JsonView member(std::size_t index) const;
  // Fails at a key outside `known`.
  void expect_keys(std::span<const std::string_view> known) const;
  void expect_keys(std::initializer_list<std::string_view> known) const {
    expect_keys(std::span(known.begin(), known.size()));
  }

  // Elements of an array of at most `max_size`.
  std::size_t size(std::size_t max_size = std::numeric_limits<std::size_t>::max()) const;
  JsonView operator[](std::size_t index) const;

  // Whole numbers from `low` to `high`; 16.0 is whole, 16.5 and "16" are not.
  int integer(int low, int high) const;
  double number() const;                               // a finite one
  double raw_number() const { return node_->number; }  // of one that is_number(), NaN and infinities too
  float real() const;                                  // a number that a float can hold
  bool boolean() const;
  std::string_view string() const;  // as long as the document lives
  // A flat array of numbers, each finite as a float.
  std::vector<float> reals() const;
  // Arrays in arrays of exactly these sizes, the last of numbers; flattened, row-major.
  std::vector<float> reals(std::initializer_list<std::size_t> sizes) const;

  // "null", "16.5", "the string "x"", "an array of 3".
  std::string describe() const;
  // "file: path: expected X, found Y".
  [[noreturn]] void expected(const std::string& what) const;
  [[noreturn]] void fail(ErrorCode code, const std::string& problem) const;

 private:
  JsonView(const JsonNode* nodes, const JsonNode* node, const std::string& file, std::string path)
      : nodes_(nodes), node_(node), file_(&file), path_(std::move(path)) {}

  const JsonNode* lookup(std::string_view key) const;
  std::string path_to(std::string_view key) const;
  void append_reals(std::span<const std::size_t> sizes, std::vector<float>& values) const;

  const JsonNode* nodes_;  // of the document
  const JsonNode* node_;
  const std::string* file_;
  std::string path_;
};

}  // namespace atrous::model
