// What a Model holds, and the library's own way to it.
#pragma once

#include <memory>
#include <utility>

#include <atrous/model.hpp>

#include "model/model_data.hpp"

namespace atrous {

struct Model::State : model::ModelData {};

struct Model::Access {
  static const model::ModelData& data(const Model& model) noexcept { return *model.state_; }
  static Model make(model::ModelData data) { return Model(std::make_shared<const State>(State{std::move(data)})); }
};

}  // namespace atrous
