#include "model/text.hpp"

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

void fail(ErrorCode code, const std::string& file, const std::string& field, const std::string& problem) {
  throw Error(code, file + ": " + (field.empty() ? "" : field + ": ") + problem);
}

}  // namespace atrous::model
