// What emscripten 3.1.6 (Debian 12) lacks of the C++20 library, included before all else; newer ones lack nothing.
#pragma once

#include <version>

#if defined(__cplusplus) && defined(_LIBCPP_VERSION)
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace std {

#ifndef __cpp_lib_bit_cast
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  static_assert(sizeof(To) == sizeof(From) && is_trivially_copyable_v<To> && is_trivially_copyable_v<From>);
  return __builtin_bit_cast(To, from);
}
#endif

// libc++ 14 brought to_chars of floating-point numbers, and libc++ 20 from_chars; __cpp_lib_to_chars says both.
#if _LIBCPP_VERSION < 14000
// The shortest of the decimals of 1 to 17 digits that is read as the same number.
inline to_chars_result to_chars(char* first, char* last, double value) {
  for (int digits = 1; digits <= 17; ++digits) {
    const int count = snprintf(first, size_t(last - first), "%.*g", digits, value);
    if (count < 0 || count >= last - first) return {last, errc::value_too_large};
    if (digits == 17 || strtod(first, nullptr) == value || value != value) return {first + count, errc()};
  }
  return {last, errc::value_too_large};
}
#endif

}  // namespace std
#endif
