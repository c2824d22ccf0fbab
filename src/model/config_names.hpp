// What the enumerations of a configuration are called in files (docs/format.md).
#pragma once

#include <array>
#include <iterator>
#include <string_view>

#include <atrous/model.hpp>

#include "model/config.hpp"

namespace atrous::model {

// The names of every enumeration, in the order of its values.
constexpr std::array<std::string_view, 3> names_of(Precision) {
  return {"f32", "bf16", "int8"};
}
constexpr std::array<std::string_view, 3> names_of(Gating) {
  return {"none", "gated", "blended"};
}
constexpr std::array<std::string_view, 2> names_of(Merge) {
  return {"sum", "concatenate"};
}
constexpr std::array<std::string_view, film_points> names_of(FilmPoint) {
  return {"conv_pre",       "conv_post",       "mixin_pre",     "mixin_post",
          "activation_pre", "activation_post", "residual_post", "skip_post"};
}
constexpr std::array<std::string_view, 3> names_of(PostKind) {
  return {"conv", "lstm", "gru"};
}
constexpr std::array<std::string_view, 3> names_of(Implementation) {
  return {"auto", "direct", "fft"};
}
constexpr std::array<std::string_view, 3> names_of(InputKind) {
  return {"signal", "one_hot", "class_value"};
}
constexpr std::array<std::string_view, 6> names_of(CodeKind) {
  return {"r9y9", "ibab", "kan_bayashi", "vincentherrmann", "nsynth", "vincentherrmann_linear"};
}
constexpr std::array<std::string_view, 5> names_of(UpsampleKind) {
  return {"conv", "repeat", "stretch", "transposed", "transposed2d"};
}
constexpr std::array<std::string_view, 4> names_of(ConditionKind) {
  return {"none", "signal", "features", "model"};
}
constexpr auto names_of(OutputKind) {
  std::array<std::string_view, std::size(output_kinds)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = output_kinds[i].name;
  return names;
}
constexpr std::array<std::string_view, 2> names_of(MelScale) {
  return {"slaney", "htk"};
}
constexpr std::array<std::string_view, 3> names_of(LogBase) {
  return {"none", "e", "ten"};
}

}  // namespace atrous::model
