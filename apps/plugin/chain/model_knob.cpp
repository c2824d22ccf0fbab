#include "chain/model_knob.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "chain/parameters.hpp"

namespace plugin {

namespace {

std::string text_of(const ModelKnob& knob, double value) {
  if (!knob.positions.empty()) return knob.positions[std::size_t(value)];
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

bool ModelKnob::operator==(const ModelKnob& other) const {
  const auto all = [](const ModelKnob& knob) {
    return std::tie(knob.name, knob.least, knob.most, knob.usual, knob.positions);
  };
  return all(*this) == all(other);
}

std::vector<ModelKnob> knobs_of(const atrous_network* network) {
  std::vector<ModelKnob> knobs;
  for (std::size_t i = 0; i < atrous_network_knobs(network); ++i) {
    atrous_knob says{};
    says.struct_size = sizeof says;
    atrous_network_get_knob(network, i, &says);
    ModelKnob& knob = knobs.emplace_back(ModelKnob{says.name, says.min, says.max, says.default_value, {}});
    for (std::size_t p = 0; p < says.positions; ++p) {
      knob.positions.emplace_back(atrous_network_knob_position(network, i, p));
    }
  }
  return knobs;
}

double knob_value(const ModelKnob& knob, float parameter) noexcept {
  if (knob_is_default(parameter)) return knob.usual;
  const double value = knob.least + std::clamp(double(parameter) / 100, 0.0, 1.0) * (knob.most - knob.least);
  return knob.positions.empty() ? value : std::round(value);
}

float knob_place(const ModelKnob& knob, float parameter) noexcept {
  if (!knob_is_default(parameter)) return std::clamp(parameter / 100, 0.0f, 1.0f);
  return float((knob.usual - knob.least) / (knob.most - knob.least));
}

std::string knob_text(const ModelKnob& knob, float parameter) {
  return text_of(knob, knob_value(knob, parameter));
}

std::string knob_says(const ModelKnob& knob) {
  std::string says = knob.name;
  if (knob.positions.empty()) {
    says += ", from " + text_of(knob, knob.least) + " to " + text_of(knob, knob.most);
  } else {
    for (const std::string& position : knob.positions) says += (says == knob.name ? ": " : ", ") + position;
  }
  return says + "; by default " + text_of(knob, knob.usual);
}

std::optional<float> knob_parameter(const ModelKnob& knob, const std::string& text) {
  const auto position = std::find(knob.positions.begin(), knob.positions.end(), text);
  double value = double(position - knob.positions.begin());
  if (position == knob.positions.end()) {
    char* end = nullptr;
    value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || std::isnan(value)) return std::nullopt;
  }
  return float(100 * std::clamp((value - knob.least) / (knob.most - knob.least), 0.0, 1.0));
}

}  // namespace plugin
