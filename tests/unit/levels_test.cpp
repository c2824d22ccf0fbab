// Loudness normalisation and calibration from what a model states.
#include <atrous/error.hpp>
#include <atrous/levels.hpp>
#include <cmath>
#include <functional>
#include <string>

#include "catch.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

Model with_metadata(const Json& metadata) {
  Random random(1);
  Json nam = random_nam(random);
  nam["metadata"] = metadata;
  return parse(nam.dump(), "amp.nam");
}

std::string refusal(const std::function<double()>& gain) {
  try {
    gain();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::argument);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("levels become gains") {
  const Model model = with_metadata({{"loudness", -24.5}, {"input_level_dbu", 18.3}, {"output_level_dbu", 12.3}});
  CHECK(20 * std::log10(loudness_gain(model)) == Approx(6.5));
  CHECK(20 * std::log10(calibrated_input_gain(model, 12.5)) == Approx(-5.8));
  CHECK(20 * std::log10(calibrated_output_gain(model, 12.5)) == Approx(-0.2));
}

TEST_CASE("a model that does not state a level is named, with the field") {
  for (const Json& metadata : {Json(nullptr), Json::object(), Json{{"loudness", nullptr}, {"input_level_dbu", nullptr}},
                               Json{{"loudness", "loud"}, {"output_level_dbu", 1e300}}}) {
    INFO(metadata);
    const Model model = with_metadata(metadata);
    CHECK_THAT(refusal([&] { return loudness_gain(model); }), ContainsSubstring("amp.nam: metadata.loudness"));
    CHECK_THAT(refusal([&] { return calibrated_input_gain(model, 12); }), ContainsSubstring("input_level_dbu"));
    CHECK_THAT(refusal([&] { return calibrated_output_gain(model, 12); }), ContainsSubstring("output_level_dbu"));
  }
}

TEST_CASE("a host's level is a level") {
  const Model model = with_metadata({{"input_level_dbu", 18.3}, {"output_level_dbu", 12.3}});
  for (const double level : {std::nan(""), 1e9, -201.0}) {
    CHECK_THAT(refusal([&] { return calibrated_input_gain(model, level); }), ContainsSubstring("expected -200 to 200"));
    CHECK_THAT(refusal([&] { return calibrated_output_gain(model, level); }),
               ContainsSubstring("expected -200 to 200"));
  }
}

TEST_CASE("a file without a sample rate says what it is taken for") {
  Random random(2);
  Json nam = random_nam(random);
  CHECK(parse(nam.dump()).warnings().empty());
  nam.erase("sample_rate");
  REQUIRE(parse(nam.dump()).warnings().size() == 1);
  CHECK_THAT(parse(nam.dump()).warnings()[0], ContainsSubstring("48000 Hz"));
}
