#include "model/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "model/limits.hpp"

namespace atrous::model {

namespace {

// Watches a document while it is parsed: counts values, bounds the depth and refuses duplicate keys.
class Watch {
 public:
  explicit Watch(const std::string& where) : where_(where) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > max_json_depth) {
      throw Error(ErrorCode::format, where_ + ": JSON nested deeper than " + std::to_string(max_json_depth));
    }
    switch (event) {
      case Json::parse_event_t::object_start:
        keys_.emplace_back();
        count();
        break;
      case Json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case Json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get<std::string>()).second) {
          throw Error(ErrorCode::format, where_ + ": duplicate key " + in_quotes(parsed.get<std::string>()));
        }
        break;
      case Json::parse_event_t::array_start:
      case Json::parse_event_t::value:
        count();
        break;
      case Json::parse_event_t::array_end:
        break;
    }
    return true;
  }

 private:
  void count() {
    if (++values_ > max_json_values) {
      throw Error(ErrorCode::format, where_ + ": more than " + std::to_string(max_json_values) + " JSON values");
    }
  }

  const std::string& where_;
  std::vector<std::set<std::string>> keys_;
  std::size_t values_ = 0;
};

std::string describe(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array of " + std::to_string(value.size());
    case Json::value_t::string:
      return "the string " + in_quotes(value.get_ref<const std::string&>());
    default:
      return value.dump();
  }
}

bool fits_float(double value) {
  return std::isfinite(value) && std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max());
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  if (text.size() > max_json_bytes) {
    throw Error(ErrorCode::format, where + ": JSON of " + std::to_string(text.size()) + " bytes, expected at most " +
                                       std::to_string(max_json_bytes));
  }
  Watch watch(where);
  try {
    return Json::parse(text.begin(), text.end(), [&watch](int depth, Json::parse_event_t event, Json& parsed) {
      return watch(depth, event, parsed);
    });
  } catch (const Json::parse_error& error) {
    throw Error(ErrorCode::format, where + ": not valid JSON at byte " + std::to_string(error.byte) + " of " +
                                       std::to_string(text.size()));
  } catch (const Json::exception&) {
    throw Error(ErrorCode::format, where + ": a JSON number is out of range");
  }
}

OrderedJson float_to_json(float value) {
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return OrderedJson::parse(text.data(), result.ptr);
}

JsonView JsonView::at(const std::string& key) const {
  if (!is_object()) expected("an object");
  const auto found = value_->find(key);
  JsonView member(found == value_->end() ? *value_ : *found, *file_, path_.empty() ? key : path_ + "." + key);
  if (found == value_->end()) member.fail(ErrorCode::format, "missing");
  return member;
}

std::optional<JsonView> JsonView::find(const std::string& key) const {
  if (!is_object()) expected("an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return at(key);
}

void JsonView::expect_keys(std::initializer_list<std::string_view> known) const {
  if (!is_object()) expected("an object");
  for (const auto& item : value_->items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      fail(ErrorCode::format, "unknown key " + in_quotes(item.key()));
    }
  }
}

std::size_t JsonView::size(std::size_t max_size) const {
  if (!is_array()) expected("an array");
  if (value_->size() > max_size) expected("an array of at most " + std::to_string(max_size));
  return value_->size();
}

JsonView JsonView::operator[](std::size_t index) const {
  return JsonView((*value_)[index], *file_, path_ + "[" + std::to_string(index) + "]");
}

int JsonView::integer(int low, int high) const {
  const std::string wanted = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value_->is_number()) expected(wanted);
  const double number = value_->get<double>();
  if (number != std::trunc(number) || number < low || number > high) expected(wanted);
  return static_cast<int>(number);
}

double JsonView::number() const {
  if (!value_->is_number()) expected("a number");
  return value_->get<double>();
}

float JsonView::real() const {
  const double value = number();
  if (!fits_float(value)) expected("a number within the range of a float");
  return static_cast<float>(value);
}

bool JsonView::boolean() const {
  if (!value_->is_boolean()) expected("true or false");
  return value_->get<bool>();
}

const std::string& JsonView::string() const {
  if (!value_->is_string()) expected("a string");
  return value_->get_ref<const std::string&>();
}

std::vector<float> JsonView::reals() const {
  std::vector<float> values(size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Json& element = (*value_)[i];
    // The view with its path is made only where there is something to complain about.
    if (!element.is_number() || !fits_float(element.get<double>())) {
      (*this)[i].expected("a number within the range of a float");
    }
    values[i] = static_cast<float>(element.get<double>());
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

void JsonView::expected(const std::string& what) const {
  fail(ErrorCode::format, "expected " + what + ", found " + describe(*value_));
}

void JsonView::fail(ErrorCode code, const std::string& problem) const {
  model::fail(code, *file_, path_, problem);
}

}  // namespace atrous::model
