#include "model/rate.hpp"

#include <memory>
#include <utility>

#include <atrous/error.hpp>

#include "model/access.hpp"
#include "model/limits.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace atrous {

namespace model {

namespace {

// The rate of a model and of all models inside it, which is one.
void set_rate(ModelData& data, double hz) {
  const auto set_inner = [hz](std::shared_ptr<const ModelData>& model) {
    if (!model) return;
    auto copy = std::make_shared<ModelData>(*model);
    set_rate(*copy, hz);
    model = std::move(copy);
  };
  data.config.sample_rate = hz;
  data.states_sample_rate = true;
  set_inner(data.config.front);
  set_inner(data.config.wavenet.condition.model);
  for (Size& size : data.sizes) set_inner(size.model);
}

void check_rate(const ModelData& data, double hz) {
  const auto refuse = [&](const std::string& wanted) {
    fail(ErrorCode::argument, data.name, "sample_rate", "expected " + wanted + ", found " + number_text(hz));
  };
  if (!(hz >= min_sample_rate && hz <= max_sample_rate)) refuse("100 to 1000000 Hz");
  const auto& features = data.config.features;
  if (features && features->sample_rate != hz) {
    refuse(number_text(features->sample_rate) + " Hz, the rate of the model's front end");
  }
}

}  // namespace

std::string no_rate_warning(const ModelData& data) {
  return "the file states no sample rate; it is taken to be " + number_text(data.config.sample_rate) + " Hz";
}

}  // namespace model

Model Model::at_sample_rate(double hz) const {
  model::check_rate(*state_, hz);
  model::ModelData data = *state_;
  if (!data.states_sample_rate) std::erase(data.warnings, model::no_rate_warning(data));
  model::set_rate(data, hz);
  model::validate_config(data.config, data.name);
  return Access::make(std::move(data));
}

}  // namespace atrous
