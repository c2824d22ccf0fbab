// Features that a model was not trained on: what is told of them, and that nothing is told of those that it was.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <atrous/features.hpp>

#include "catch.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"

namespace {

using atrous::FeatureMatrix;
using atrous::Model;
using atrous::model::Features;
using atrous::model::ModelData;

constexpr int bins = 20;
constexpr std::size_t frames = 200;

// Mean and deviation of the decimal logarithms of the bands, louder at the low end.
float mean_of(std::size_t bin) {
  return -1.5f - 0.08f * float(bin);
}
constexpr float deviation = 0.7f;

// Decimal logarithms of mel bands as speech has them, never below that of the floor; `gain` in decades.
std::vector<double> logarithms(double gain = 0) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t bin = 0; bin < bins; ++bin) {
      values.push_back(std::max(-5.0, double(mean_of(bin)) + gain + double(deviation) * normal(random)));
    }
  }
  return values;
}

FeatureMatrix matrix(const std::vector<double>& values, const std::function<double(double, std::size_t)>& value) {
  FeatureMatrix result{.frames = frames, .bins = bins};
  for (std::size_t i = 0; i < values.size(); ++i) result.values.push_back(float(value(values[i], i % bins)));
  return result;
}

double normalised(double value, std::size_t bin) {
  return (value - double(mean_of(bin))) / double(deviation);
}

Model model_with(const Features& features) {
  ModelData data;
  data.name = "voice";
  data.config.features = features;
  atrous::Tensor mean{{bins}, {}}, scale{{bins}, {}};
  for (std::size_t bin = 0; bin < bins; ++bin) {
    mean.values.push_back(mean_of(bin));
    scale.values.push_back(deviation);
  }
  if (features.normalized) data.tensors = {{"features.mean", mean}, {"features.scale", scale}};
  return Model::Access::make(std::move(data));
}

std::string told(const Model& model, const FeatureMatrix& features) {
  const std::vector<std::string> warnings = atrous::feature_warnings(model, features);
  REQUIRE(warnings.size() <= 1);
  return warnings.empty() ? "" : warnings[0];
}

double as_it_is(double value, std::size_t) {
  return value;
}
double natural(double value, std::size_t) {
  return value * std::log(10.0);
}

}  // namespace

TEST_CASE("features of a normalising model are told from others by their mean and deviation") {
  const Model model = model_with({.bins = bins, .normalized = true});
  for (const double gain : {-0.8, 0.0, 0.5}) CHECK(told(model, matrix(logarithms(gain), normalised)).empty());

  const std::string raw = told(model, matrix(logarithms(), as_it_is));
  CHECK_THAT(raw, ContainsSubstring("mean -2.2") && ContainsSubstring("deviation") && ContainsSubstring("0 and 1"));
  CHECK_FALSE(told(model, matrix(logarithms(), natural)).empty());
  CHECK_FALSE(told(model, matrix(logarithms(),
                                 [](double value, std::size_t bin) { return normalised(natural(value, bin), bin); }))
                  .empty());
  CHECK_FALSE(told(model, matrix(logarithms(), [](double value, std::size_t) { return 20 * value; })).empty());
  CHECK_FALSE(told(model, matrix(logarithms(), [](double value, std::size_t) { return std::pow(10, value); })).empty());
  CHECK_FALSE(told(model, matrix(logarithms(), [](double value, std::size_t) { return value / 5 + 1; })).empty());
  const std::string silence = told(model, matrix(logarithms(-10), normalised));
  CHECK_THAT(silence, ContainsSubstring("silence"));
}

TEST_CASE("features of a model that does not normalise are told from others by what its front end can give") {
  const Model model = model_with({.bins = bins});
  CHECK(told(model, matrix(logarithms(), as_it_is)).empty());
  CHECK(told(model, matrix(logarithms(-1), as_it_is)).empty());
  CHECK_THAT(told(model, matrix(logarithms(-1), natural)), ContainsSubstring("-11.5") && ContainsSubstring("-5"));
  CHECK_THAT(told(model, matrix(logarithms(-10), as_it_is)), ContainsSubstring("silence"));

  const Model clipped =
      model_with({.bins = bins, .log_scale = 0.2, .log_offset = 1, .clip_min = 0.0f, .clip_max = 1.0f});
  CHECK(told(clipped, matrix(logarithms(), [](double value, std::size_t) { return value / 5 + 1; })).empty());
  CHECK_THAT(told(clipped, matrix(logarithms(2), [](double value, std::size_t) { return value / 5 + 1; })),
             ContainsSubstring("at most 1"));
  CHECK_THAT(told(clipped, matrix(logarithms(), as_it_is)), ContainsSubstring("those of silence are 0"));
}

TEST_CASE("of a model without a front end nothing is known") {
  ModelData data;
  const Model model = Model::Access::make(std::move(data));
  CHECK(atrous::feature_warnings(model, matrix(logarithms(), natural)).empty());
}
