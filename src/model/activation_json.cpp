#include "model/activation_json.hpp"

#include <array>
#include <utility>
#include <vector>

#include "model/limits.hpp"

namespace atrous::model {

namespace {

// The first name of a kind is the one written.
constexpr std::array<std::pair<std::string_view, ActivationKind>, 13> names{{
    {"Identity", ActivationKind::identity},
    {"Tanh", ActivationKind::tanh},
    {"Hardtanh", ActivationKind::hardtanh},
    {"Fasttanh", ActivationKind::fasttanh},
    {"ReLU", ActivationKind::relu},
    {"LeakyReLU", ActivationKind::leaky_relu},
    {"PReLU", ActivationKind::prelu},
    {"Sigmoid", ActivationKind::sigmoid},
    {"SiLU", ActivationKind::silu},
    {"Hardswish", ActivationKind::hardswish},
    {"LeakyHardtanh", ActivationKind::leaky_hardtanh},
    {"LeakyHardTanh", ActivationKind::leaky_hardtanh},
    {"Softsign", ActivationKind::softsign},
}};

ActivationKind kind_from_json(const JsonView& json) {
  for (const auto& [name, kind] : names) {
    if (json.string() == name) return kind;
  }
  json.fail(ErrorCode::unsupported, "unknown activation " + in_quotes(json.string()));
}

std::string_view name_of(ActivationKind kind) {
  for (const auto& [name, candidate] : names) {
    if (candidate == kind) return name;
  }
  return "";
}

OrderedJson floats_to_json(const std::vector<float>& values) {
  auto json = OrderedJson::array();
  for (const float value : values) json.push_back(float_to_json(value));
  return json;
}

void read_real(const JsonView& json, const std::string& key, float& value) {
  if (const auto member = json.find(key)) value = member->real();
}

}  // namespace

Activation activation_from_json(const JsonView& json, UnknownKeys unknown_keys) {
  Activation activation;
  if (json.is_string()) {
    activation.kind = kind_from_json(json);
    return activation;
  }
  if (!json.is_object()) json.expected("the name of an activation or an object");
  activation.kind = kind_from_json(json.at("type"));
  if (unknown_keys == UnknownKeys::refuse) {
    json.expect_keys({"type", "negative_slope", "negative_slopes", "min_val", "max_val", "min_slope", "max_slope"});
  }
  read_real(json, "negative_slope", activation.slope);
  if (activation.kind == ActivationKind::prelu) {
    if (const auto slopes = json.find("negative_slopes")) {
      slopes->size(max_channels);
      activation.slopes = slopes->reals();
    }
  }
  read_real(json, "min_val", activation.min);
  read_real(json, "max_val", activation.max);
  read_real(json, "min_slope", activation.min_slope);
  read_real(json, "max_slope", activation.max_slope);
  return activation;
}

OrderedJson activation_to_json(const Activation& activation) {
  const std::string name(name_of(activation.kind));
  switch (activation.kind) {
    case ActivationKind::leaky_relu:
      return {{"type", name}, {"negative_slope", float_to_json(activation.slope)}};
    case ActivationKind::prelu:
      if (activation.slopes.empty()) return {{"type", name}, {"negative_slope", float_to_json(activation.slope)}};
      return {{"type", name}, {"negative_slopes", floats_to_json(activation.slopes)}};
    case ActivationKind::leaky_hardtanh:
      return {{"type", name},
              {"min_val", float_to_json(activation.min)},
              {"max_val", float_to_json(activation.max)},
              {"min_slope", float_to_json(activation.min_slope)},
              {"max_slope", float_to_json(activation.max_slope)}};
    default:
      return name;
  }
}

}  // namespace atrous::model
