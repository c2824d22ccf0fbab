// RapidJSON's events become nodes: the values that are still open wait on a stack, and when their array or object ends
// they move to where they stay, side by side.
#include <algorithm>
#include <cstring>

#include <rapidjson/reader.h>

#include "model/decimal.hpp"
#include "model/json.hpp"
#include "model/limits.hpp"

namespace atrous::model {

namespace {

using Kind = JsonNode::Kind;

struct Member {
  JsonNode key, value;
};

// What RapidJSON calls for every part of a text; false ends the parsing, and `problem` says why.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(std::vector<JsonNode>& nodes) : nodes_(nodes) {}

  const std::string& problem() const { return problem_; }

  bool Null() { return push(JsonNode{}); }
  bool Bool(bool value) {
    JsonNode node;
    node.kind = Kind::boolean;
    node.boolean = value;
    return push(node);
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    JsonNode node;
    node.kind = Kind::number;
    node.number = decimal({text, length}).value_or(0);  // the parser has found it to be one
    return push(node);
  }
  bool String(const char* text, rapidjson::SizeType length, bool) { return push(string(text, length)); }
  bool StartObject() { return open(); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    stack_.push_back(string(text, length));
    return true;
  }
  bool EndObject(rapidjson::SizeType count) {
    const auto first = stack_.end() - 2 * std::ptrdiff_t(count);
    members_.clear();
    for (auto next = first; next != stack_.end(); next += 2) members_.push_back({next[0], next[1]});
    std::sort(members_.begin(), members_.end(),
              [](const Member& a, const Member& b) { return a.key.string() < b.key.string(); });
    const auto twice = std::adjacent_find(members_.begin(), members_.end(), [](const Member& a, const Member& b) {
      return a.key.string() == b.key.string();
    });
    if (twice != members_.end()) return refuse("duplicate key " + in_quotes(twice->key.string()));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      first[2 * std::ptrdiff_t(i)] = members_[i].key;
      first[2 * std::ptrdiff_t(i) + 1] = members_[i].value;
    }
    return close(Kind::object, count, 2 * std::size_t{count});
  }
  bool StartArray() { return open(); }
  bool EndArray(rapidjson::SizeType count) { return close(Kind::array, count, count); }

  void finish() { nodes_.push_back(stack_.back()); }

 private:
  static JsonNode string(const char* text, std::size_t length) {
    JsonNode node;
    node.kind = Kind::string;
    node.size = std::uint32_t(length);
    node.text = text;
    return node;
  }

  bool push(const JsonNode& node) {
    stack_.push_back(node);
    return ++values_ <= max_json_values || refuse("more than " + std::to_string(max_json_values) + " JSON values");
  }

  bool open() {
    return ++depth_ <= max_json_depth || refuse("JSON nested deeper than " + std::to_string(max_json_depth));
  }

  // The newest `nodes` on the stack are what an array or object consists of.
  bool close(Kind kind, std::size_t size, std::size_t nodes) {
    --depth_;
    JsonNode node;
    node.kind = kind;
    node.size = std::uint32_t(size);
    node.first = nodes_.size();
    nodes_.insert(nodes_.end(), stack_.end() - std::ptrdiff_t(nodes), stack_.end());
    stack_.resize(stack_.size() - nodes);
    return push(node);
  }

  bool refuse(const std::string& problem) {
    problem_ = problem;
    return false;
  }

  std::vector<JsonNode>& nodes_;
  std::vector<JsonNode> stack_;  // keys and values of what is still open
  std::vector<Member> members_;  // of an object that ends
  std::size_t values_ = 0;
  int depth_ = 0;
  std::string problem_;
};

constexpr unsigned flags =
    rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseNanAndInfFlag;

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

}  // namespace

JsonDocument::JsonDocument(std::string_view text, const std::string& where) {
  if (text.size() > max_json_bytes) {
    throw Error(ErrorCode::format, where + ": JSON of " + std::to_string(text.size()) + " bytes, expected at most " +
                                       std::to_string(max_json_bytes));
  }
  text_ = without_byte_order_mark(text);
  Builder builder(nodes_);
  rapidjson::Reader reader;
  rapidjson::InsituStringStream stream(text_.data());
  const rapidjson::ParseResult result = reader.Parse<flags>(stream, builder);
  if (!builder.problem().empty()) throw Error(ErrorCode::format, where + ": " + builder.problem());
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) {
    throw Error(ErrorCode::format, where + ": a JSON number is out of range");
  }
  // The parser takes a zero byte for the end.
  if (result.IsError() || stream.Tell() != text_.size()) {
    const std::size_t at = (result.IsError() ? result.Offset() : stream.Tell()) + text.size() - text_.size();
    throw Error(ErrorCode::format,
                where + ": not valid JSON at byte " + std::to_string(at) + " of " + std::to_string(text.size()));
  }
  builder.finish();
}

}  // namespace atrous::model
