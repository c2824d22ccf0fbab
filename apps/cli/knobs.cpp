#include "knobs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <atrous/error.hpp>

#include "options.hpp"

namespace cli {
namespace {

using atrous::KnobInfo;
using atrous::Network;

[[noreturn]] void refuse(const std::string& setting, const std::string& problem) {
  throw atrous::Error(atrous::ErrorCode::argument, "--knob " + setting + ": " + problem);
}

std::string names_of(const std::vector<KnobInfo>& knobs) {
  std::string names;
  for (const KnobInfo& knob : knobs) names += (names.empty() ? "'" : ", '") + knob.name + "'";
  return names;
}

std::size_t knob_of(const std::string& setting, const std::string& name, const std::vector<KnobInfo>& knobs) {
  if (const auto knob = atrous::find_knob(knobs, name)) return *knob;
  refuse(setting, "the model has no knob '" + name + "', expected " + names_of(knobs));
}

// What stands behind the last @, where that is a number.
std::optional<double> seconds_of(const std::string& text) {
  const std::size_t at = text.rfind('@');
  double seconds = 0;
  if (at == text.npos || !CLI::detail::lexical_cast(text.substr(at + 1), seconds)) return std::nullopt;
  return seconds;
}

double value_of(const std::string& setting, const KnobInfo& knob, const std::string& text) {
  try {
    return atrous::knob_value(knob, text);
  } catch (const atrous::Error& error) {
    refuse(setting, error.what());
  }
}

KnobStep step_of(const std::string& setting, const std::vector<KnobInfo>& knobs) {
  KnobStep step;
  const std::size_t equals = setting.find('=');
  if (equals != setting.npos) {
    step.knob = knob_of(setting, setting.substr(0, equals), knobs);
  } else if (knobs.size() > 1) {
    refuse(setting, "the model has " + std::to_string(knobs.size()) + " knobs, expected NAME=VALUE for one of " +
                        names_of(knobs));
  }
  std::string text = equals == setting.npos ? setting : setting.substr(equals + 1);
  if (const auto seconds = seconds_of(text)) {
    if (!(*seconds >= 0 && std::isfinite(*seconds))) refuse(setting, "expected a second from 0 on behind @");
    step.seconds = *seconds;
    text.erase(text.rfind('@'));
  }
  step.value = value_of(setting, knobs[step.knob], text);
  return step;
}

}  // namespace

void add_knobs(CLI::App& command, KnobOptions& options) {
  command
      .add_option(
          "--knob", options.settings,
          "Turns a knob of the model (atrous info lists them): VALUE where it has one, else NAME=VALUE; a switch "
          "by the name or number of a position. With @SECOND behind it, from there on. Once for each")
      ->allow_extra_args(false)
      ->type_name("[NAME=]VALUE[@SECOND]");
  command
      .add_option("--knob-ramp", options.ramp_ms,
                  "Milliseconds in which a knob that is turned gets there; 0 is at once")
      ->check(number_between(0, 10000))
      ->type_name("MS");
}

KnobPlan plan_knobs(const KnobOptions& options, const Network& network) {
  const std::vector<KnobInfo>& knobs = network.info().knobs;
  KnobPlan plan;
  for (const KnobInfo& knob : knobs) plan.first.push_back(knob.default_value);
  for (const std::string& setting : options.settings) {
    if (knobs.empty()) refuse(setting, "the model has no knobs");
    const KnobStep step = step_of(setting, knobs);
    if (step.seconds > 0) {
      plan.later.push_back(step);
    } else {
      plan.first[step.knob] = step.value;
    }
  }
  std::stable_sort(plan.later.begin(), plan.later.end(),
                   [](const KnobStep& a, const KnobStep& b) { return a.seconds < b.seconds; });
  return plan;
}

}  // namespace cli
