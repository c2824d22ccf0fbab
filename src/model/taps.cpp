// A model made of an impulse response in memory.
#include <cmath>
#include <string>
#include <vector>

#include <atrous/error.hpp>

#include "model/access.hpp"
#include "model/formats/chain.hpp"
#include "model/limits.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace atrous {

namespace model {

ModelData filter_of(std::span<const float> taps, double sample_rate, const std::string& name) {
  ModelData data;
  data.name = name;
  data.format = "native";
  data.architecture = "Linear";
  data.config.sample_rate = sample_rate;
  Chain chain(data, 1);
  // weight [1][1][kernel], the oldest tap first
  chain.conv({.kernel = int(taps.size()), .bias = false}, std::vector<float>(taps.rbegin(), taps.rend()), {});
  chain.finish();
  return data;
}

}  // namespace model

Model Model::from_taps(std::span<const float> taps, double sample_rate) {
  const auto refuse = [](const char* field, const std::string& wanted, const std::string& found) {
    model::fail(ErrorCode::argument, "taps", field, "expected " + wanted + ", found " + found);
  };
  if (taps.empty() || taps.size() > model::max_fir_taps) {
    refuse("count", "1 to " + std::to_string(model::max_fir_taps), std::to_string(taps.size()));
  }
  if (!(sample_rate >= model::min_sample_rate && sample_rate <= model::max_sample_rate)) {
    refuse("sample_rate", "100 to 1000000 Hz", model::number_text(sample_rate));
  }
  model::ModelData data = model::filter_of(taps, sample_rate, "taps");
  model::validate(data);
  return Access::make(std::move(data));
}

}  // namespace atrous
