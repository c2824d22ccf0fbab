#include "model/knobs.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <atrous/error.hpp>

#include "model/decimal.hpp"
#include "model/limits.hpp"
#include "model/model_data.hpp"
#include "model/text.hpp"

namespace atrous::model {

int knob_rows(const Config& config) noexcept {
  int rows = 0;
  for (const Knob& knob : config.knobs) rows += knob_rows(knob);
  return rows;
}

int audio_channels(const Config& config) noexcept {
  return config.wavenet.input.channels - (config.hypernet ? 0 : knob_rows(config));
}

float knob_row(const Knob& knob, int row, double value) noexcept {
  const double part = knob.positions.empty() ? (value - knob.min) / (knob.max - knob.min) : value == row;
  return float(knob.low + (knob.high - knob.low) * part);
}

std::vector<float> knob_row_values(const std::vector<Knob>& knobs, std::span<const double> values) {
  std::vector<float> rows;
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    const double value = reachable(knobs[i], values.empty() ? knobs[i].default_value : values[i]);
    for (int row = 0; row < knob_rows(knobs[i]); ++row) rows.push_back(knob_row(knobs[i], row, value));
  }
  return rows;
}

std::vector<KnobInfo> knob_infos(const Config& config) {
  std::vector<KnobInfo> infos;
  if (config.front) infos = knob_infos(config.front->config);
  for (const Knob& knob : config.knobs) {
    infos.push_back({.name = knob.name,
                     .min = knob.min,
                     .max = knob.max,
                     .default_value = knob.default_value,
                     .positions = knob.positions});
  }
  return infos;
}

namespace {

void check_name(const Field& at, const std::vector<std::string>& before, const std::string& name) {
  at.require(!name.empty(), "expected a name");
  at.require(std::find(before.begin(), before.end(), name) == before.end(), "the name of one before");
}

void check_switch(const Field& at, const Knob& knob, const Field& positions) {
  std::vector<std::string> names;
  for (const std::string& name : knob.positions) {
    check_name(positions[names.size()], names, name);
    names.push_back(name);
  }
  positions.range(std::int64_t(knob.positions.size()), 2, max_audio_channels);
  const double last = double(knob.positions.size()) - 1;
  (at / "min").real_range(knob.min, 0, 0);
  (at / "max").real_range(knob.max, last, last);
  (at / "default").require(knob.default_value == std::round(knob.default_value), "expected a position's number");
}

void check_knob(const Field& at, const Knob& knob, const std::string& positions) {
  (at / "min").finite(knob.min);
  (at / "max").finite(knob.max);
  (at / "max").require(knob.min < knob.max && std::isfinite(knob.max - knob.min), "expected more than min");
  (at / "default").real_range(knob.default_value, knob.min, knob.max);
  (at / "low").real_range(knob.low, -max_knob_level, max_knob_level);
  (at / "high").real_range(knob.high, -max_knob_level, max_knob_level);
  if (!knob.positions.empty()) check_switch(at, knob, at / positions);
}

}  // namespace

void validate_knobs(const Field& at, const std::vector<Knob>& knobs, const std::string& positions) {
  std::vector<std::string> names;
  for (const Knob& knob : knobs) {
    const Field each = at[names.size()];
    check_knob(each, knob, positions);
    check_name(each / "name", names, knob.name);
    names.push_back(knob.name);
  }
}

void validate_knobs(const Field& at, const Config& config) {
  if (config.knobs.empty()) return;
  at.range(std::int64_t(config.knobs.size()), 0, max_audio_channels);
  validate_knobs(at, config.knobs, "positions");
  const WaveNet& net = config.wavenet;
  at.require(net.input.kind == InputKind::signal && !net.generates(), "only an effect has knobs");
  at.require(audio_channels(config) >= 1, "input.channels has no row left for sound");
}

}  // namespace atrous::model

namespace atrous {
namespace {

bool same_letters(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// The one element whose name that is, else the one that has the same letters.
template <class Names>
std::optional<std::size_t> find_name(const Names& names, std::size_t count, std::string_view name) noexcept {
  std::optional<std::size_t> found;
  std::size_t alike = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (names(i) == name) return i;
    if (!same_letters(names(i), name)) continue;
    found = i;
    ++alike;
  }
  return alike == 1 ? found : std::nullopt;
}

std::string expected(const KnobInfo& knob) {
  std::string text;
  for (const std::string& position : knob.positions) text += "'" + position + "', ";
  return text + (text.empty() ? "" : "or ") + model::number_text(knob.min) + " to " + model::number_text(knob.max);
}

}  // namespace

std::optional<std::size_t> find_knob(std::span<const KnobInfo> knobs, std::string_view name) noexcept {
  return find_name([knobs](std::size_t i) -> std::string_view { return knobs[i].name; }, knobs.size(), name);
}

double knob_value(const KnobInfo& knob, std::string_view text) {
  const auto position_name = [&](std::size_t i) -> std::string_view { return knob.positions[i]; };
  if (const auto position = find_name(position_name, knob.positions.size(), text)) {
    return double(*position);
  }
  const std::optional<double> value = model::decimal(text);
  const bool reached = value && *value >= knob.min && *value <= knob.max;
  if (reached && (knob.positions.empty() || *value == std::round(*value))) return *value;
  throw Error(ErrorCode::argument,
              "knob '" + knob.name + "': expected " + expected(knob) + ", found '" + std::string(text) + "'");
}

}  // namespace atrous
