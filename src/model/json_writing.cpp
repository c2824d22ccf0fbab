#include "model/json_writing.hpp"

#include <array>
#include <charconv>

namespace atrous::model {

OrderedJson float_to_json(float value) {
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return OrderedJson::parse(text.data(), result.ptr);
}

std::string json_text(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace atrous::model
