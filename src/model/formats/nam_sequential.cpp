// The `.nam` architecture Sequential: whole models, of which each reads what the one before makes.
#include <memory>
#include <string>

#include "model/formats/nam_architectures.hpp"
#include "model/limits.hpp"

namespace atrous::model {

namespace {

// In front of all that is in front of `model` already.
void put_in_front(std::shared_ptr<const ModelData> first, ModelData& model) {
  if (!model.config.front) {
    model.config.front = std::move(first);
    return;
  }
  ModelData front = *model.config.front;
  put_in_front(std::move(first), front);
  model.config.front = std::make_shared<const ModelData>(std::move(front));
}

}  // namespace

void read_nam_sequential(const JsonView& config, const JsonView& weights, ModelData& data) {
  if (weights.size() > 0) weights.expected("an empty array, since the models have the weights");
  const JsonView models = config.at("models");
  if (models.size(max_nested_models + 1) == 0) models.expected("at least one model");
  std::shared_ptr<const ModelData> chain;
  for (std::size_t i = 0; i < models.size(); ++i) {
    ModelData model = read_nam_model(models[i], data.config.sample_rate);
    model.sizes.clear();  // each runs at its full size
    if (model.config.sample_rate != data.config.sample_rate && data.states_sample_rate) {
      models[i].at("sample_rate").fail(ErrorCode::invalid, "differs from the sample_rate of the whole");
    }
    for (const std::string& warning : model.warnings) data.warnings.push_back(warning);
    if (chain) put_in_front(std::move(chain), model);
    chain = std::make_shared<const ModelData>(std::move(model));
  }
  data.architecture = chain->architecture;
  data.config = chain->config;
  data.tensors = chain->tensors;
  data.states_sample_rate = data.states_sample_rate || chain->states_sample_rate;
}

}  // namespace atrous::model
