#include "model/decimal.hpp"

#include <charconv>
#include <clocale>
#include <cstdlib>
#include <string>
#include <system_error>

#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace atrous::model {

std::optional<double> decimal(std::string_view text) {
#ifdef __cpp_lib_to_chars
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc::result_out_of_range) {
    return result.ec == std::errc() && result.ptr == end ? std::optional(value) : std::nullopt;
  }
#endif
  return decimal_of_c(text);
}

std::optional<double> decimal_of_c(std::string_view text) {
  // It would read hexadecimals, names and spaces too.
  if (text.find_first_not_of("+-.0123456789eE") != text.npos || text.starts_with('+')) return std::nullopt;
  const std::string copy(text);
  char* end = nullptr;
#if defined(_WIN32)
  static const _locale_t plain = _create_locale(LC_ALL, "C");
  const double value = _strtod_l(copy.c_str(), &end, plain);
#else
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  const double value = strtod_l(copy.c_str(), &end, plain);
#endif
  return !copy.empty() && end == copy.c_str() + copy.size() ? std::optional(value) : std::nullopt;
}

}  // namespace atrous::model
