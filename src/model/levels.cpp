#include <atrous/error.hpp>
#include <atrous/levels.hpp>

#include <cmath>
#include <optional>
#include <string>

#include "model/access.hpp"
#include "model/limits.hpp"

namespace atrous {

namespace {

double stated(const Model& model, const std::optional<double>& level, const char* field) {
  if (!level) {
    throw Error(ErrorCode::argument,
                Model::Access::data(model).name + ": metadata." + field + ": not stated by this model");
  }
  return *level;
}

double factor(double db) {
  return std::pow(10.0, db / 20);
}

void check_host(double dbu) {
  if (!(std::abs(dbu) <= model::max_level_db)) {
    throw Error(ErrorCode::argument, "the host's level is " + std::to_string(dbu) + " dBu, expected -200 to 200");
  }
}

}  // namespace

double loudness_gain(const Model& model) {
  return factor(normal_loudness_db - stated(model, model.metadata().loudness_db, "loudness"));
}

double calibrated_input_gain(const Model& model, double host_dbu) {
  check_host(host_dbu);
  return factor(host_dbu - stated(model, model.metadata().input_level_dbu, "input_level_dbu"));
}

double calibrated_output_gain(const Model& model, double host_dbu) {
  check_host(host_dbu);
  return factor(stated(model, model.metadata().output_level_dbu, "output_level_dbu") - host_dbu);
}

}  // namespace atrous
