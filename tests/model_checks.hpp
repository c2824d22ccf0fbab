// What tests check of whole models.
#pragma once

#include "catch.hpp"
#include "model/config_json.hpp"
#include "model/model_data.hpp"

namespace atrous::test {

inline void check_equal(const model::ModelData& a, const model::ModelData& b) {
  CHECK(model::config_to_json(a) == model::config_to_json(b));
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    INFO(name);
    REQUIRE(b.tensors.contains(name));
    CHECK(b.tensors.at(name).shape == tensor.shape);
    CHECK(b.tensors.at(name).values == tensor.values);
  }
}

}  // namespace atrous::test
