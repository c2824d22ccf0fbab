#include "model/precision.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <atrous/error.hpp>

#include "model/config_names.hpp"
#include "model/field.hpp"
#include "model/text.hpp"

namespace atrous::model {
namespace {

// The largest bf16 number; what would round to infinity becomes this.
constexpr float max_bf16 = 0x1.fep127f;

void round_to_bf16(std::vector<float>& values) {
  for (float& value : values) value = to_bf16(std::clamp(value, -max_bf16, max_bf16));
}

// Makes the values of each row whole multiples of a scale, and returns the scales. The largest of a row becomes ±127:
// on trained models a smaller scale that clips it, chosen for the least square error, gained nothing.
std::vector<float> round_to_int8(std::vector<float>& values, std::size_t rows) {
  std::vector<float> scales(rows, 1.0f);
  const std::size_t width = values.size() / rows;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = values.begin() + std::ptrdiff_t(r * width), end = row + std::ptrdiff_t(width);
    float largest = 0;
    for (auto value = row; value != end; ++value) largest = std::max(largest, std::fabs(*value));
    if (largest >= std::numeric_limits<float>::min() * max_quantised) scales[r] = largest / max_quantised;
    for (auto value = row; value != end; ++value) *value = std::nearbyint(*value / scales[r]) * scales[r];
  }
  return scales;
}

}  // namespace

Precision stored_as(TensorRole role, Precision precision) noexcept {
  if (role == TensorRole::other) return Precision::f32;
  return role == TensorRole::sensitive_weights ? std::min(precision, Precision::bf16) : precision;
}

ModelData reduced(const ModelData& data, Precision precision) {
  if (precision != Precision::f32 && data.config.wavenet.output.kind == OutputKind::waveform) {
    throw Error(ErrorCode::argument, data.name + ": precision: expected f32, found " +
                                         std::string(precision_name(precision)) +
                                         ": an effect is bound by arithmetic, so smaller weights gain it nothing");
  }
  ModelData result = data;
  result.precision = precision;
  result.scales.clear();
  for (const TensorShape& shape : tensor_shapes(data.config)) {
    Tensor& tensor = result.tensors.at(shape.name);
    const Precision stored = stored_as(shape.role, precision);
    if (stored == Precision::bf16) round_to_bf16(tensor.values);
    if (stored != Precision::int8) continue;
    const auto known = data.scales.find(shape.name);
    result.scales[shape.name] =
        known != data.scales.end() ? known->second : round_to_int8(tensor.values, std::size_t(shape.shape[0]));
  }
  return result;
}

void validate_precision(const ModelData& data) {
  const Field root{data.name, ""};
  const bool effect = data.config.wavenet.output.kind == OutputKind::waveform;
  if (effect && data.precision != Precision::f32) {
    (root / "precision").fail("expected f32, found " + std::string(precision_name(data.precision)) + ", of an effect");
  }
  std::size_t known = 0;
  for (const TensorShape& shape : tensor_shapes(data.config)) {
    const Field field = root / shape.name;
    const Precision stored = stored_as(shape.role, data.precision);
    known += data.scales.count(shape.name);
    if (data.scales.contains(shape.name) != (stored == Precision::int8)) {
      field.fail(stored == Precision::int8 ? "expected I8 in a model of this precision"
                                           : "found I8, which this tensor cannot be in a model of this precision");
    }
    if (stored != Precision::bf16) continue;
    const std::vector<float>& values = data.tensors.at(shape.name).values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (to_bf16(values[i]) != values[i]) field.fail("value " + std::to_string(i) + " is no bf16 number");
    }
  }
  if (known != data.scales.size()) (root / "precision").fail("found I8 in a model that another one holds");
}

}  // namespace atrous::model

namespace atrous {
namespace {

constexpr auto names = model::names_of(Precision{});

}  // namespace

std::string_view precision_name(Precision precision) noexcept {
  return names[std::size_t(precision)];
}

Precision precision_from_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Precision>(i);
  }
  throw Error(ErrorCode::argument,
              "unknown precision '" + std::string(name) + "': expected " + model::alternatives(names));
}

}  // namespace atrous
