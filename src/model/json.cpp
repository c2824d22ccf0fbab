#include "model/json.hpp"

#include <algorithm>
#include <cmath>

namespace atrous::model {

namespace {

bool fits_float(double value) {
  return std::isfinite(value) && std::abs(value) <= double(std::numeric_limits<float>::max());
}

}  // namespace

JsonView::JsonView(const JsonDocument& document, const std::string& file)
    : JsonView(document.nodes_.data(), &document.nodes_.back(), file, "") {}

std::string JsonView::path_to(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const JsonNode* JsonView::lookup(std::string_view key) const {
  if (!is_object()) expected("an object");
  const JsonNode* members = nodes_ + node_->first;
  std::size_t low = 0, high = node_->size;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const int order = members[2 * middle].string().compare(key);
    if (order == 0) return members + 2 * middle + 1;
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return nullptr;
}

JsonView JsonView::at(std::string_view key) const {
  const JsonNode* found = lookup(key);
  if (!found) model::fail(ErrorCode::format, *file_, path_to(key), "missing");
  return {nodes_, found, *file_, path_to(key)};
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  const JsonNode* found = lookup(key);
  if (!found || found->kind == JsonNode::Kind::null) return std::nullopt;
  return JsonView(nodes_, found, *file_, path_to(key));
}

bool JsonView::has(std::string_view key) const {
  return lookup(key) != nullptr;
}

std::size_t JsonView::members() const {
  if (!is_object()) expected("an object");
  return node_->size;
}

std::string_view JsonView::key(std::size_t index) const {
  return nodes_[node_->first + 2 * index].string();
}

JsonView JsonView::member(std::size_t index) const {
  return {nodes_, nodes_ + node_->first + 2 * index + 1, *file_, path_to(key(index))};
}

void JsonView::expect_keys(std::span<const std::string_view> known) const {
  for (std::size_t i = 0; i < members(); ++i) {
    if (std::find(known.begin(), known.end(), key(i)) == known.end()) {
      fail(ErrorCode::format, "unknown key " + in_quotes(key(i)));
    }
  }
}

std::size_t JsonView::size(std::size_t max_size) const {
  if (!is_array()) expected("an array");
  if (node_->size > max_size) expected("an array of at most " + std::to_string(max_size));
  return node_->size;
}

JsonView JsonView::operator[](std::size_t index) const {
  return {nodes_, nodes_ + node_->first + index, *file_, path_ + "[" + std::to_string(index) + "]"};
}

int JsonView::integer(int low, int high) const {
  const auto holds = [&](double number) { return number == std::trunc(number) && number >= low && number <= high; };
  if (!is_number() || !holds(node_->number)) {
    expected("an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return int(node_->number);
}

double JsonView::number() const {
  if (!is_number() || !std::isfinite(node_->number)) expected("a number");
  return node_->number;
}

float JsonView::real() const {
  const double value = number();
  if (!fits_float(value)) expected("a number within the range of a float");
  return float(value);
}

bool JsonView::boolean() const {
  if (!is_boolean()) expected("true or false");
  return node_->boolean;
}

std::string_view JsonView::string() const {
  if (!is_string()) expected("a string");
  return node_->string();
}

std::vector<float> JsonView::reals() const {
  std::vector<float> values(size());
  const JsonNode* elements = nodes_ + node_->first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // The view with its path is made only where there is something to complain about.
    if (elements[i].kind != JsonNode::Kind::number || !fits_float(elements[i].number)) {
      (*this)[i].expected("a number within the range of a float");
    }
    values[i] = float(elements[i].number);
  }
  return values;
}

std::vector<float> JsonView::reals(std::initializer_list<std::size_t> sizes) const {
  std::vector<float> values;
  append_reals({sizes.begin(), sizes.size()}, values);
  return values;
}

void JsonView::append_reals(std::span<const std::size_t> sizes, std::vector<float>& values) const {
  if (!is_array() || size() != sizes[0]) expected("an array of " + std::to_string(sizes[0]));
  if (sizes.size() == 1) {
    const std::vector<float> row = reals();
    values.insert(values.end(), row.begin(), row.end());
    return;
  }
  for (std::size_t i = 0; i < sizes[0]; ++i) (*this)[i].append_reals(sizes.subspan(1), values);
}

std::string JsonView::describe() const {
  switch (node_->kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return node_->boolean ? "true" : "false";
    case JsonNode::Kind::number:
      return number_text(node_->number);
    case JsonNode::Kind::string:
      return "the string " + in_quotes(node_->string());
    case JsonNode::Kind::array:
      return "an array of " + std::to_string(node_->size);
    case JsonNode::Kind::object:
      break;
  }
  return "an object";
}

void JsonView::expected(const std::string& what) const {
  fail(ErrorCode::format, "expected " + what + ", found " + describe());
}

void JsonView::fail(ErrorCode code, const std::string& problem) const {
  model::fail(code, *file_, path_, problem);
}

}  // namespace atrous::model
