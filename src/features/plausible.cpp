// Whether features look like those that a model was trained on: the commonest mistakes are another logarithm, another
// normalisation and silence, and all of them are far from what the front end's description allows.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include <atrous/features.hpp>

#include "features/mel.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"

namespace atrous {

namespace {

// Of the features that a model normalised to mean 0 and deviation 1. Speech and music of any level that is meant to be
// read lie well within: means of -1.2 to 1.5 and deviations of 0.7 to 1.3 for levels from -20 to +10 dB.
constexpr double most_mean = 2, most_deviation = 3, least_deviation = 1.0 / 3;
// How far beyond what a front end can give a value may lie: rounding and other ways of computing a spectrum.
constexpr double slack = 0.25;
constexpr double flat = 1e-3;  // no sound is as even as this

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

struct Statistics {
  double mean = 0, deviation = 0, least = 0, most = 0;
};

Statistics statistics(const std::vector<float>& values) {
  Statistics result;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  result.least = double(*least), result.most = double(*most);
  const double count = double(values.size());
  for (const float value : values) result.mean += double(value) / count;
  for (const float value : values) result.deviation += std::pow(double(value) - result.mean, 2) / count;
  result.deviation = std::sqrt(result.deviation);
  return result;
}

}  // namespace

std::vector<std::string> feature_warnings(const Model& model, const FeatureMatrix& features) {
  const auto& settings = Model::Access::data(model).config.features;
  if (!settings || features.values.empty() || features.bins != std::size_t(settings->bins)) return {};
  const Statistics found = statistics(features.values);
  const bool far =
      std::abs(found.mean) > most_mean || found.deviation > most_deviation || found.deviation < least_deviation;
  if (settings->normalized && far) {
    return {"features of mean " + number(found.mean) + " and deviation " + number(found.deviation) +
            ", where the model was trained on about 0 and 1: another logarithm or normalisation, or silence?"};
  }
  const double least = features::least_feature(Model::Access::data(model));
  const double most = settings->clip_max ? double(*settings->clip_max) : std::numeric_limits<double>::infinity();
  if (found.least < least - slack) {
    return {"features down to " + number(found.least) + ", where those of silence are " + number(least) +
            " for the model: another logarithm or normalisation?"};
  }
  if (found.most > most + slack) {
    return {"features up to " + number(found.most) + ", where the model was trained on at most " + number(most) +
            ": another logarithm or normalisation?"};
  }
  if (found.most - found.least < flat) {
    return {"features from " + number(found.least) + " to " + number(found.most) + ", and those of silence are " +
            number(least) + ": silence?"};
  }
  return {};
}

}  // namespace atrous
