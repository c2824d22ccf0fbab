#include "model/activation_json.hpp"

#include <iterator>
#include <vector>

#include "model/limits.hpp"

namespace atrous::model {

namespace {

consteval bool in_order() {
  for (std::size_t i = 0; i < std::size(activations); ++i) {
    if (activations[i].kind != static_cast<ActivationKind>(i)) return false;
  }
  return true;
}
static_assert(in_order());

const ActivationRow& row_of(ActivationKind kind) {
  return activations[std::size_t(kind)];
}

ActivationKind kind_from_json(const JsonView& json) {
  if (json.string() == "LeakyHardTanh") return ActivationKind::leaky_hardtanh;  // as `.nam` files write it too
  for (const ActivationRow& row : activations) {
    if (json.string() == row.name) return row.kind;
  }
  json.fail(ErrorCode::unsupported, "unknown activation " + in_quotes(json.string()));
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

Activation activation_from_json(const JsonView& json, UnknownKeys unknown_keys, const char* type) {
  Activation activation;
  if (json.is_string()) {
    activation.kind = kind_from_json(json);
    return activation;
  }
  if (!json.is_object()) json.expected("the name of an activation or an object");
  activation.kind = kind_from_json(json.at(type));
  if (unknown_keys == UnknownKeys::refuse) {
    json.expect_keys({type, "negative_slope", "negative_slopes", "min_val", "max_val", "min_slope", "max_slope"});
  }
  read_real(json, "negative_slope", activation.slope);
  if (row_of(activation.kind).parameters == ActivationParameters::slopes) {
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
  const ActivationRow& row = row_of(activation.kind);
  const std::string name(row.name);
  switch (row.parameters) {
    case ActivationParameters::none:
      return name;
    case ActivationParameters::slope:
      return {{"type", name}, {"negative_slope", float_to_json(activation.slope)}};
    case ActivationParameters::slopes:
      if (activation.slopes.empty()) return {{"type", name}, {"negative_slope", float_to_json(activation.slope)}};
      return {{"type", name}, {"negative_slopes", floats_to_json(activation.slopes)}};
    case ActivationParameters::limits:
      return {{"type", name},
              {"min_val", float_to_json(activation.min)},
              {"max_val", float_to_json(activation.max)},
              {"min_slope", float_to_json(activation.min_slope)},
              {"max_slope", float_to_json(activation.max_slope)}};
  }
  return name;
}

}  // namespace atrous::model
