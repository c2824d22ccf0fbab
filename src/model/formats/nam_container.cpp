// The `.nam` architecture SlimmableContainer: several whole models, each for the sizes below its `max_value`. A size s
// runs the first with s < max_value, else the last; a submodel that has sizes itself runs at its full one.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "model/formats/nam_architectures.hpp"
#include "model/limits.hpp"
#include "model/sizes.hpp"

namespace atrous::model {

namespace {

// The path of a container that stands in another leads through the other's submodels.
void check_nesting(const JsonView& config) {
  const std::string key = "submodels[";
  int depth = 0;
  for (std::size_t at = config.path().find(key); at != std::string::npos; at = config.path().find(key, at + 1)) ++depth;
  if (depth >= max_nested_containers) {
    config.fail(ErrorCode::invalid, "containers nested deeper than " + std::to_string(max_nested_containers));
  }
}

// Each fact as the first states it, or else the second.
Metadata merged(const Metadata& first, const Metadata& second) {
  Metadata both = first;
  if (both.name.empty()) both.name = second.name;
  for (const auto level :
       {&Metadata::loudness_db, &Metadata::gain, &Metadata::input_level_dbu, &Metadata::output_level_dbu}) {
    if (!(both.*level)) both.*level = second.*level;
  }
  return both;
}

Size read_submodel(const JsonView& json, const ModelData& container) {
  Size size;
  size.below = json.at("max_value").number();
  ModelData model = read_nam_model(json.at("model"), container.config.sample_rate);
  model.sizes.clear();
  model.metadata = merged(model.metadata, container.metadata);
  size.model = std::make_shared<const ModelData>(std::move(model));
  return size;
}

void check_rate(const JsonView& model, const ModelData& full, const ModelData& container) {
  if (!container.states_sample_rate || full.config.sample_rate == container.config.sample_rate) return;
  model.at("sample_rate").fail(ErrorCode::invalid, "differs from the sample_rate of the container");
}

// The last submodel becomes the model, which the container describes first of all.
void become(const ModelData& full, ModelData& container) {
  container.architecture = full.architecture;
  container.config = full.config;
  container.tensors = full.tensors;
  container.states_sample_rate = container.states_sample_rate || full.states_sample_rate;
  container.metadata = merged(container.metadata, full.metadata);
  for (const std::string& warning : full.warnings) {
    const auto& known = container.warnings;
    if (std::find(known.begin(), known.end(), warning) == known.end()) container.warnings.push_back(warning);
  }
}

}  // namespace

void read_nam_container(const JsonView& config, const JsonView& weights, ModelData& data) {
  check_nesting(config);
  if (weights.size() > 0) weights.expected("an empty array, since the submodels have the weights");
  const JsonView submodels = config.at("submodels");
  if (submodels.size(max_sizes) == 0) submodels.expected("at least one submodel");
  for (std::size_t i = 0; i < submodels.size(); ++i) {
    const JsonView below = submodels[i].at("max_value");
    const double least = i > 0 ? submodels[i - 1].at("max_value").number() : below.number() - 1;
    if (!(below.number() > least)) below.expected("more than the max_value of the submodel before");
    data.sizes.push_back(read_submodel(submodels[i], data));
  }
  const JsonView last = submodels[submodels.size() - 1];
  if (data.sizes.back().below < 1) last.at("max_value").expected("1 or more for the last submodel");

  const std::shared_ptr<const ModelData> full = data.sizes.back().model;
  data.sizes.pop_back();
  check_rate(last.at("model"), *full, data);
  for (std::size_t i = 0; i < data.sizes.size(); ++i) {
    const std::string problem = disagreement(*full, *data.sizes[i].model);
    if (!problem.empty()) submodels[i].at("model").fail(ErrorCode::invalid, problem);
  }
  become(*full, data);
}

}  // namespace atrous::model
