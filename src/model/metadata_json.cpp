#include "model/metadata_json.hpp"

#include <cmath>
#include <cstdint>

#include "model/decimal.hpp"
#include "model/limits.hpp"

namespace atrous::model {

namespace {

void ignore(const JsonView& json, const std::string& expected, Warnings& warnings) {
  warnings.push_back(json.path() + ": expected " + expected + ", found " + json.describe() + "; ignored");
}

std::optional<double> within(const JsonView& json, double low, double high) {
  const std::optional<double> value = number_or_text(json);
  return value && *value >= low && *value <= high ? value : std::nullopt;
}

// The bytes that follow the first of a character, or -1 for a byte that begins none. Overlong forms and surrogates are
// taken for characters: what matters is that a reader of the text finds its way.
int bytes_to_follow(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int left = bytes_to_follow(static_cast<unsigned char>(text[i])); left != 0; --left) {
      if (left < 0 || ++i == text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<double> number_or_text(const JsonView& json) {
  if (json.is_number() && std::isfinite(json.raw_number())) return json.raw_number();
  if (!json.is_string()) return std::nullopt;
  std::string_view text = json.string();
  constexpr const char* spaces = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == text.npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::optional<double> value = decimal(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<JsonView> find_object(const JsonView& parent, std::string_view key, Warnings& warnings) {
  auto json = parent.find(key);
  if (!json || json->is_object()) return json;
  ignore(*json, "an object", warnings);
  return std::nullopt;
}

void read_text(const JsonView& metadata, std::string_view key, std::string& value, Warnings& warnings) {
  const auto json = metadata.find(key);
  if (!json) return;
  if (json->is_string() && is_utf8(json->string())) {
    value = json->string();
  } else {
    ignore(*json, "text in UTF-8", warnings);
  }
}

void read_level(const JsonView& metadata, std::string_view key, std::optional<double>& level, Warnings& warnings) {
  const auto json = metadata.find(key);
  if (!json) return;
  level = within(*json, -max_level_db, max_level_db);
  if (!level) ignore(*json, "a number from -200 to 200", warnings);
}

void read_sample_rate(std::initializer_list<std::optional<JsonView>> objects, std::initializer_list<const char*> keys,
                      double default_rate, ModelData& data) {
  data.states_sample_rate = false;
  data.config.sample_rate = default_rate;
  for (const auto& object : objects) {
    for (const char* key : keys) {
      const auto json = object ? object->find(key) : std::nullopt;
      if (!json || data.states_sample_rate) continue;
      if (const auto rate = within(*json, min_sample_rate, max_sample_rate)) {
        data.states_sample_rate = true;
        data.config.sample_rate = *rate;
      } else {
        ignore(*json, "a rate from 100 to 1000000 Hz", data.warnings);
      }
    }
  }
}

void read_facts(const JsonView& root, double default_rate, ModelData& data) {
  const auto metadata = find_object(root, "metadata", data.warnings);
  if (metadata) read_text(*metadata, "name", data.metadata.name, data.warnings);
  read_sample_rate({metadata, root}, {"samplerate", "sample_rate"}, default_rate, data);
}

}  // namespace atrous::model
