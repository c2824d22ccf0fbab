// NumPy's .npy: a magic number, a version, the length of a header, the header (a Python dict in ASCII), then the
// values.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "model/file.hpp"

namespace atrous {

namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as the file has them");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 1 << 16;
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t(1) << 32;
constexpr std::size_t kAlignment = 64;  // NumPy pads headers so that the values start at a multiple of it

using Bytes = std::span<const std::byte>;

struct Header {
  std::size_t rows = 0, columns = 0;
  std::size_t item_bytes = 4;
  bool fortran_order = false;
};

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& problem) {
  throw Error(ErrorCode::format, path.string() + ": " + problem);
}

// What follows `key` and its colon in the dict, without leading spaces.
std::string_view value_of(std::string_view dict, std::string_view key, const std::filesystem::path& path) {
  const std::string quoted = "'" + std::string(key) + "':";
  std::size_t at = dict.find(quoted);
  if (at != std::string_view::npos) at = dict.find_first_not_of(' ', at + quoted.size());
  if (at == std::string_view::npos) fail(path, ".npy header: no " + quoted);
  return dict.substr(at);
}

// The numbers of a tuple such as "(12, 80)".
std::vector<std::size_t> parse_shape(std::string_view text, const std::filesystem::path& path) {
  const std::size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) fail(path, ".npy header: shape is no tuple");
  std::vector<std::size_t> shape;
  std::size_t number = 0;
  bool digits = false;
  for (const char c : text.substr(1, end)) {  // with the closing bracket
    if (c >= '0' && c <= '9') {
      digits = true;
      number = number * 10 + std::size_t(c - '0');
      if (number > kMaxFileBytes) fail(path, ".npy header: shape is too large");
    } else if (c == ',' || c == ')') {
      if (digits) shape.push_back(number);
      number = 0, digits = false;
    } else if (c != ' ') {
      fail(path, ".npy header: shape is no tuple of whole numbers");
    }
  }
  return shape;
}

Header parse_header(std::string_view dict, const std::filesystem::path& path) {
  Header header;
  const std::string_view type = value_of(dict, "descr", path);
  if (type.starts_with("'<f4'")) {
    header.item_bytes = 4;
  } else if (type.starts_with("'<f8'")) {
    header.item_bytes = 8;
  } else {
    fail(path, ".npy header: expected values of type <f4 or <f8, found " + std::string(type.substr(0, type.find(','))));
  }
  const std::string_view order = value_of(dict, "fortran_order", path);
  header.fortran_order = order.starts_with("True");
  if (!header.fortran_order && !order.starts_with("False")) fail(path, ".npy header: fortran_order is no boolean");
  const std::vector<std::size_t> shape = parse_shape(value_of(dict, "shape", path), path);
  if (shape.size() != 2) {
    fail(path, "expected an array of shape (frames, bins), found " + std::to_string(shape.size()) + " dimensions");
  }
  header.rows = shape[0], header.columns = shape[1];
  return header;
}

// The header's text; moves `bytes` on to the values.
std::string_view take_header(Bytes& bytes, const std::filesystem::path& path) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) fail(path, "not a .npy file");
  const std::size_t major = byte(6);
  if (major < 1 || major > 3) fail(path, ".npy version " + std::to_string(major) + ", expected 1 to 3");
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) fail(path, "truncated .npy header");
  std::size_t length = byte(8) + 256 * byte(9);
  if (major > 1) length += 65536 * byte(10) + 16777216 * byte(11);
  if (length > kMaxHeader || length > bytes.size() - start) {
    fail(path, ".npy header of " + std::to_string(length) + " bytes in a file of " + std::to_string(bytes.size()));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, length);
  bytes = bytes.subspan(start + length);
  return text;
}

float value_at(Bytes bytes, std::size_t index, std::size_t item_bytes) {
  if (item_bytes == 4) {
    float value;
    std::memcpy(&value, bytes.data() + 4 * index, 4);
    return value;
  }
  double value;
  std::memcpy(&value, bytes.data() + 8 * index, 8);
  return float(value);
}

}  // namespace

FeatureMatrix read_features(const std::filesystem::path& path) {
  const std::vector<std::byte> file = model::read_file(path, kMaxFileBytes);
  Bytes bytes = file;
  const Header header = parse_header(take_header(bytes, path), path);
  // Divided rather than multiplied, since the product of what the header says may overflow.
  const std::size_t count = bytes.size() / header.item_bytes;
  const bool fits = header.rows == 0 || header.columns == 0
                        ? bytes.empty()
                        : count % header.columns == 0 && count / header.columns == header.rows &&
                              bytes.size() % header.item_bytes == 0;
  if (!fits) {
    fail(path, "expected " + std::to_string(header.rows) + " x " + std::to_string(header.columns) + " values of " +
                   std::to_string(header.item_bytes) + " bytes, found " + std::to_string(bytes.size()) + " bytes");
  }
  FeatureMatrix features{.frames = header.rows, .bins = header.columns};
  features.values.reserve(bytes.empty() ? 0 : count);
  for (std::size_t frame = 0; frame < features.frames && !bytes.empty(); ++frame) {
    for (std::size_t bin = 0; bin < features.bins; ++bin) {
      const std::size_t index = header.fortran_order ? bin * header.rows + frame : frame * header.columns + bin;
      features.values.push_back(value_at(bytes, index, header.item_bytes));
      if (std::isfinite(features.values.back())) continue;
      fail(path, "frame " + std::to_string(frame) + ", bin " + std::to_string(bin) + ": the value is not finite");
    }
  }
  return features;
}

void write_features(const std::filesystem::path& path, const FeatureMatrix& features) {
  const std::size_t bins = std::max<std::size_t>(1, features.bins);
  if (features.values.size() / bins != features.frames || features.values.size() % bins != 0) {
    throw Error(ErrorCode::argument, path.string() + ": " + std::to_string(features.values.size()) +
                                         " values for features of " + std::to_string(features.frames) + " x " +
                                         std::to_string(features.bins));
  }
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(features.frames) + ", " +
                       std::to_string(features.bins) + "), }";
  header.append(kAlignment - (kMagic.size() + 4 + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string start(kMagic);
  for (const std::size_t n : {std::size_t(1), std::size_t(0), header.size() % 256, header.size() / 256}) {
    start += char(n);
  }
  start += header;
  const std::array<Bytes, 2> pieces{std::as_bytes(std::span(start)), std::as_bytes(std::span(features.values))};
  model::write_file(path, pieces);
}

}  // namespace atrous
