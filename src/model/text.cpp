#include "model/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace atrous::model {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, longest)) {
    const bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    result += printable ? c : '?';
  }
  return result + (text.size() > longest ? "...\"" : "\"");
}

std::string number_text(double value) {
  constexpr double most = std::int64_t{1} << 53;  // up to here every whole number is a double
  if (std::isnan(value)) return "NaN";
  std::array<char, 32> text;
  char* const end = text.data() + text.size();
  const auto result = value == std::trunc(value) && std::abs(value) <= most
                          ? std::to_chars(text.data(), end, std::int64_t(value))
                          : std::to_chars(text.data(), end, value);
  return {text.data(), result.ptr};
}

void fail(ErrorCode code, const std::string& file, const std::string& field, const std::string& problem) {
  throw Error(code, file + ": " + (field.empty() ? "" : field + ": ") + problem);
}

}  // namespace atrous::model
