#include "model/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/file.hpp"
#include "model/half.hpp"
#include "model/json.hpp"
#include "model/json_writing.hpp"
#include "model/limits.hpp"
#include "model/tensor_shapes.hpp"

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian and copied as they are");

namespace atrous::model {

namespace {

constexpr std::size_t length_bytes = 8;
constexpr const char* metadata_key = "__metadata__";

struct Bfloat {
  std::uint16_t bits;
};

float widen(Bfloat value) {
  return std::bit_cast<float>(std::uint32_t{value.bits} << 16);
}

// Converts values of type T; false at the first that a float cannot hold.
template <class T>
bool to_floats(const std::byte* bytes, std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    if constexpr (std::is_integral_v<T>) {
      constexpr double largest = 1 << 24;
      if (std::abs(double(value)) > largest) return false;
      values[i] = float(value);
    } else if constexpr (std::is_same_v<T, double>) {
      if (std::isfinite(value) && std::abs(value) > double(std::numeric_limits<float>::max())) return false;
      values[i] = float(value);
    } else if constexpr (std::is_same_v<T, float>) {
      values[i] = value;
    } else {
      values[i] = widen(value);
    }
  }
  return true;
}

struct Type {
  std::string_view name;
  std::size_t bytes;
  bool is_float;
  bool (*convert)(const std::byte* bytes, std::vector<float>& values);
};

template <class T>
consteval Type type(std::string_view name) {
  return {name, sizeof(T), !std::is_integral_v<T>, to_floats<T>};
}

constexpr std::array types{
    type<float>("F32"),         type<double>("F64"),        type<Half>("F16"),          type<Bfloat>("BF16"),
    type<std::int64_t>("I64"),  type<std::int32_t>("I32"),  type<std::int16_t>("I16"),  type<std::int8_t>("I8"),
    type<std::uint64_t>("U64"), type<std::uint32_t>("U32"), type<std::uint16_t>("U16"), type<std::uint8_t>("U8"),
    type<std::uint8_t>("BOOL"),
};

const Type& read_type(const JsonView& json, TensorTypes allowed) {
  for (const Type& candidate : types) {
    if (json.string() != candidate.name) continue;
    if (allowed == TensorTypes::floats && !candidate.is_float) json.expected("F16, BF16, F32 or F64");
    if (allowed == TensorTypes::model && !candidate.is_float && candidate.name != "I8")
      json.expected("I8, F16, BF16, F32 or F64");
    return candidate;
  }
  json.fail(ErrorCode::unsupported, "unknown type " + in_quotes(json.string()));
}

std::int64_t read_size(const JsonView& json) {
  constexpr double most = std::int64_t{1} << 53;  // up to here every whole number is a double
  const double value = json.is_number() ? json.number() : -1;
  if (!(value >= 0 && value <= most && value == std::trunc(value))) json.expected("a size");
  return std::int64_t(value);
}

// One tensor as the header has it: where it lies in the data and what it is.
struct Entry {
  std::string name;
  JsonView json;
  const Type* type;
  std::vector<std::int64_t> shape{};
  std::int64_t begin = 0, end = 0;
};

Entry read_entry(const std::string& name, const JsonView& json, std::size_t data_size, TensorTypes allowed) {
  json.expect_keys({"dtype", "shape", "data_offsets"});
  Entry entry{.name = name, .json = json, .type = &read_type(json.at("dtype"), allowed)};
  const JsonView shape = json.at("shape");
  for (std::size_t i = 0; i < shape.size(max_tensor_rank); ++i) entry.shape.push_back(read_size(shape[i]));
  const JsonView offsets = json.at("data_offsets");
  if (offsets.size() != 2) offsets.expected("an array of 2");
  entry.begin = read_size(offsets[0]);
  entry.end = read_size(offsets[1]);
  if (entry.begin > entry.end || std::uint64_t(entry.end) > data_size) {
    offsets.fail(ErrorCode::format, "expected offsets within " + std::to_string(data_size) + " bytes of data, found " +
                                        std::to_string(entry.begin) + " to " + std::to_string(entry.end));
  }
  const std::int64_t bytes = entry.end - entry.begin;
  const auto width = std::int64_t(entry.type->bytes);
  if (bytes % width != 0 || value_count(entry.shape) != bytes / width) {
    shape.fail(ErrorCode::format, shape_text(entry.shape) + " of " + std::string(entry.type->name) +
                                      " does not fit its " + std::to_string(bytes) + " bytes");
  }
  return entry;
}

// The tensors lie one after the other and fill the data.
void check_tiling(std::vector<Entry>& entries, std::size_t data_size, const std::string& name) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::int64_t position = 0;
  std::int64_t count = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != position) {
      entry.json.at("data_offsets")
          .fail(ErrorCode::format, "expected to begin at " + std::to_string(position) +
                                       ", where the tensor before ends, found " + std::to_string(entry.begin));
    }
    position = entry.end;
    count += value_count(entry.shape);
  }
  if (std::uint64_t(position) != data_size) {
    fail(ErrorCode::format, name, "data",
         "expected " + std::to_string(position) + " bytes, found " + std::to_string(data_size));
  }
  if (count > max_weights) {
    fail(ErrorCode::format, name, "data",
         "expected at most " + std::to_string(max_weights) + " values, found " + std::to_string(count));
  }
}

std::map<std::string, std::string> read_metadata(const JsonView& json) {
  if (!json.is_object()) json.expected("an object of strings");
  std::map<std::string, std::string> metadata;
  for (std::size_t i = 0; i < json.members(); ++i) {
    const std::string key(json.key(i));
    metadata[key] = json.member(i).called(std::string(metadata_key) + "." + in_quotes(key)).string();
  }
  return metadata;
}

// The header's text; checks that it lies within the file.
std::string_view header_text(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < length_bytes) {
    fail(ErrorCode::format, name, "header", "expected 8 bytes of length, found " + std::to_string(bytes.size()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  const std::size_t most = std::min(max_tensor_header_bytes, bytes.size() - length_bytes);
  if (length > most) {
    fail(ErrorCode::format, name, "header",
         "expected a length of at most " + std::to_string(most) + " bytes, found " + std::to_string(length));
  }
  return {reinterpret_cast<const char*>(bytes.data()) + length_bytes, std::size_t(length)};
}

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> bytes) {
  // The highest byte of any possible length is 0; JSON text may well have a brace here, but no 0 before it.
  return bytes.size() > length_bytes && bytes[length_bytes] == std::byte{'{'} &&
         bytes[length_bytes - 1] == std::byte{0};
}

Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name, TensorTypes allowed) {
  const std::string_view text = header_text(bytes, name);
  const auto data = bytes.subspan(length_bytes + text.size());
  const JsonDocument document(text, name + ": header");
  const JsonView header(document, name);
  if (!header.is_object()) header.expected("an object");

  Safetensors content;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < header.members(); ++i) {
    const std::string key(header.key(i));
    if (key == metadata_key) {
      content.metadata = read_metadata(header.member(i));
    } else {
      entries.push_back(read_entry(key, header.member(i).called("tensor " + in_quotes(key)), data.size(), allowed));
    }
  }
  check_tiling(entries, data.size(), name);
  for (Entry& entry : entries) {
    Tensor& tensor = content.tensors[entry.name];
    tensor.values.resize(std::size_t(value_count(entry.shape)));
    tensor.shape = std::move(entry.shape);
    content.types[entry.name] = entry.type->name;
    if (!entry.type->convert(data.data() + entry.begin, tensor.values)) {
      entry.json.fail(ErrorCode::format, "holds a value that a float cannot hold exactly enough");
    }
  }
  return content;
}

namespace {

template <class T, class Narrow>
std::vector<std::byte> narrowed(const std::vector<float>& values, Narrow narrow) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = narrow(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

// The bytes of a tensor as they are stored.
std::vector<std::byte> stored_bytes(const std::vector<float>& values, const std::string& type) {
  if (type == "BF16") {
    return narrowed<std::uint16_t>(
        values, [](float value) { return std::uint16_t(std::bit_cast<std::uint32_t>(value) >> 16); });
  }
  if (type == "I8") return narrowed<std::int8_t>(values, [](float value) { return std::int8_t(value); });
  return narrowed<float>(values, [](float value) { return value; });
}

// The header's length, and the header, so long that the data starts aligned.
std::string file_start(const OrderedJson& header) {
  std::string text = json_text(header);
  text.resize((text.size() + length_bytes - 1) / length_bytes * length_bytes, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), length_bytes) + text;
}

// What is none would be replaced in the header, and then be another name.
bool is_utf8(const std::string& text) {
  return OrderedJson::parse(json_text(text)) == text;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const Safetensors& content) {
  auto header = OrderedJson::object();
  if (!content.metadata.empty()) header[metadata_key] = content.metadata;
  std::vector<std::vector<std::byte>> stored;
  std::vector<std::span<const std::byte>> pieces(1);  // length and header come first
  stored.reserve(content.tensors.size());
  std::size_t position = 0;
  for (const auto& [name, tensor] : content.tensors) {
    if (name == metadata_key || !is_utf8(name)) {
      fail(ErrorCode::argument, path.string(), in_quotes(name), "not a name for a tensor");
    }
    if (value_count(tensor.shape) != std::int64_t(tensor.values.size())) {
      fail(ErrorCode::argument, path.string(), "tensor " + in_quotes(name),
           "shape " + shape_text(tensor.shape) + " does not fit " + std::to_string(tensor.values.size()) + " values");
    }
    const auto found = content.types.find(name);
    const std::string type = found != content.types.end() ? found->second : "F32";
    const std::vector<std::byte>& bytes = stored.emplace_back(stored_bytes(tensor.values, type));
    header[name] = {{"dtype", type}, {"shape", tensor.shape}, {"data_offsets", {position, position + bytes.size()}}};
    pieces.emplace_back(bytes);
    position += bytes.size();
  }
  const std::string start = file_start(header);
  pieces[0] = std::as_bytes(std::span(start));
  write_file(path, pieces);
}

std::string safetensors_start(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto bytes = std::uint64_t(value_count(shape)) * sizeof(float);
  auto header = OrderedJson::object();
  header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {std::uint64_t(0), bytes}}};
  return file_start(header);
}

}  // namespace atrous::model

namespace atrous {

Tensors read_tensors(const std::filesystem::path& path) {
  const auto bytes = model::read_file(path, model::max_file_bytes);
  return model::parse_safetensors(bytes, path.string(), model::TensorTypes::any).tensors;
}

void write_tensors(const std::filesystem::path& path, const Tensors& tensors) {
  model::save_safetensors(path, {{}, tensors, {}});
}

}  // namespace atrous
