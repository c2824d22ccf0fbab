// NumPy's .npy: a magic number, a version, the length of a header, the header (a Python dict in ASCII), then the
// values.
#include "features/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "model/half.hpp"
#include "model/text.hpp"

namespace atrous::features {

namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as the file has them");

constexpr std::string_view npy_magic = "\x93NUMPY";
constexpr std::size_t max_header = 1 << 16;
constexpr std::size_t most_values = std::size_t(1) << 32;

struct Type {
  std::string_view letter;  // after the byte order
  std::size_t bytes;
  float (*value)(const std::byte* bytes);
};

template <class T>
T copied(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

constexpr std::array types{
    Type{"f2", 2, [](const std::byte* bytes) { return model::widen(copied<model::Half>(bytes)); }},
    Type{"f4", 4, [](const std::byte* bytes) { return copied<float>(bytes); }},
    Type{"f8", 8, [](const std::byte* bytes) { return float(copied<double>(bytes)); }},
};

struct Header {
  std::vector<std::size_t> shape;
  const Type* type = nullptr;
  bool big_endian = false, fortran_order = false;
};

[[noreturn]] void fail(const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::format, name + ": " + problem);
}

// What follows `key` and its colon in the dict, without leading spaces.
std::string_view value_of(std::string_view dict, std::string_view key, const std::string& name) {
  const std::string quoted = "'" + std::string(key) + "':";
  std::size_t at = dict.find(quoted);
  if (at != std::string_view::npos) at = dict.find_first_not_of(' ', at + quoted.size());
  if (at == std::string_view::npos) fail(name, ".npy header: no " + quoted);
  return dict.substr(at);
}

// The numbers of a tuple such as "(12, 80)".
std::vector<std::size_t> parse_shape(std::string_view text, const std::string& name) {
  const std::size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) fail(name, ".npy header: shape is no tuple");
  std::vector<std::size_t> shape;
  std::size_t number = 0;
  bool digits = false;
  for (const char c : text.substr(1, end)) {  // with the closing bracket
    if (c >= '0' && c <= '9') {
      digits = true;
      number = number * 10 + std::size_t(c - '0');
      if (number > most_values) fail(name, ".npy header: shape is too large");
    } else if (c == ',' || c == ')') {
      if (digits) shape.push_back(number);
      number = 0, digits = false;
    } else if (c != ' ') {
      fail(name, ".npy header: shape is no tuple of whole numbers");
    }
  }
  return shape;
}

// Such as "'<f4'": a byte order, a letter and a width.
void parse_type(std::string_view text, Header& header, const std::string& name) {
  const std::string_view found = text.substr(0, text.find(','));
  for (const Type& type : types) {
    for (const char order : {'<', '>', '='}) {
      if (found != "'" + std::string(1, order) + std::string(type.letter) + "'") continue;
      header.type = &type;
      header.big_endian = order == '>';
      return;
    }
  }
  fail(name, ".npy header: expected values of type f2, f4 or f8, found " + model::in_quotes(found.substr(0, 20)));
}

Header parse_header(std::string_view dict, const std::string& name) {
  Header header;
  parse_type(value_of(dict, "descr", name), header, name);
  const std::string_view order = value_of(dict, "fortran_order", name);
  header.fortran_order = order.starts_with("True");
  if (!header.fortran_order && !order.starts_with("False")) fail(name, ".npy header: fortran_order is no boolean");
  header.shape = parse_shape(value_of(dict, "shape", name), name);
  return header;
}

// The header's text; moves `bytes` on to the values.
std::string_view take_header(Bytes& bytes, const std::string& name) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (bytes.size() < 10 || !looks_like_npy(bytes)) fail(name, "not a .npy file");
  const std::size_t major = byte(6);
  if (major < 1 || major > 3) fail(name, ".npy version " + std::to_string(major) + ", expected 1 to 3");
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) fail(name, "truncated .npy header");
  std::size_t length = byte(8) + 256 * byte(9);
  if (major > 1) length += 65536 * byte(10) + 16777216 * byte(11);
  if (length > max_header || length > bytes.size() - start) {
    fail(name, ".npy header of " + std::to_string(length) + " bytes in a file of " + std::to_string(bytes.size()));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, length);
  bytes = bytes.subspan(start + length);
  return text;
}

std::string size_text(const Header& header) {
  std::string text;
  for (const std::size_t n : header.shape) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return (text.empty() ? "1" : text) + " values of " + std::to_string(header.type->bytes) + " bytes";
}

// How many values the shape has, which must be what the bytes hold. Divided rather than multiplied, since the product
// of what a header says may overflow.
std::size_t count_values(const Header& header, Bytes bytes, const std::string& name) {
  const bool empty = std::count(header.shape.begin(), header.shape.end(), 0) > 0;
  std::size_t left = empty ? 0 : bytes.size() / header.type->bytes;
  bool fits = empty ? bytes.empty() : bytes.size() % header.type->bytes == 0;
  for (const std::size_t n : header.shape) {
    fits = fits && (empty || left % n == 0);
    if (!empty) left /= n;
  }
  if (!fits || (!empty && left != 1)) {
    fail(name, "expected " + size_text(header) + ", found " + std::to_string(bytes.size()) + " bytes");
  }
  return empty ? 0 : bytes.size() / header.type->bytes;
}

float value_at(const std::byte* bytes, const Header& header) {
  if (!header.big_endian) return header.type->value(bytes);
  std::array<std::byte, 8> turned{};
  std::reverse_copy(bytes, bytes + header.type->bytes, turned.begin());
  return header.type->value(turned.data());
}

}  // namespace

bool looks_like_npy(Bytes bytes) {
  return bytes.size() >= npy_magic.size() && std::memcmp(bytes.data(), npy_magic.data(), npy_magic.size()) == 0;
}

NpyArray parse_npy(Bytes bytes, const std::string& name) {
  const Header header = parse_header(take_header(bytes, name), name);
  NpyArray array{header.shape, header.fortran_order, std::vector<float>(count_values(header, bytes, name))};
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = value_at(bytes.data() + i * header.type->bytes, header);
  }
  return array;
}

}  // namespace atrous::features
