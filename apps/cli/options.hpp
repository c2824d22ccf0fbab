// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/isa.hpp>
#include <atrous/model.hpp>

#include "text.hpp"

namespace cli {

// A whole number from `min` to `max`; digits alone, since CLI11 would read -1 as the largest number there is.
inline CLI::Validator whole_between(std::uint64_t min, std::uint64_t max) {
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  const auto check = [min, max, range](std::string& text) -> std::string {
    std::uint64_t value = 0;
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    if (digits && CLI::detail::lexical_cast(text, value) && value >= min && value <= max) return {};
    return "expected a whole number from " + range + ", found '" + text + "'";
  };
  return CLI::Validator(check, "[" + range + "]");
}

// The kinds of files that models come in, for help.
inline std::string model_files() {
  std::string text;
  for (const atrous::ModelFormat& format : atrous::model_formats()) {
    text += (text.empty() ? "" : ", ") + std::string(format.files);
  }
  return text;
}

// What "-" stands for where sound goes in or out.
constexpr const char* standard_input = "/dev/stdin";
constexpr const char* standard_output = "/dev/stdout";

inline CLI::Validator dash_as(const char* stream) {
  return CLI::Validator(
      [stream](std::string& text) {
        if (text == "-") text = stream;
        return std::string();
      },
      "");
}

inline CLI::Option* add_sound_input(CLI::App& command, const std::string& name, std::filesystem::path& path,
                                    const std::string& what) {
  return command.add_option(name, path, what)->transform(dash_as(standard_input));
}

inline CLI::Option* add_sound_output(CLI::App& command, const std::string& name, std::filesystem::path& path,
                                     const std::string& what) {
  return command.add_option(name, path, what)->transform(dash_as(standard_output));
}

// The names of an enumeration's values, the first of which is 0.
template <class Enumeration>
std::vector<std::string> names_up_to(Enumeration last, std::string_view (*name)(Enumeration) noexcept) {
  std::vector<std::string> names;
  for (int i = 0; i <= int(last); ++i) names.emplace_back(name(static_cast<Enumeration>(i)));
  return names;
}

inline CLI::Option* add_isa(CLI::App& command, std::string& isa) {
  return command
      .add_option("--isa", isa, "Instruction set: " + alternatives(names_up_to(atrous::Isa::neon, atrous::isa_name)))
      ->envname("ATROUS_ISA")
      ->type_name("NAME");
}

inline CLI::Option* add_json(CLI::App& command, bool& json) {
  return command.add_flag("--json", json, "Print JSON, for scripts");
}

inline CLI::Option* add_speaker(CLI::App& command, std::optional<int>& speaker) {
  return command.add_option("--speaker", speaker, "Row of the speaker embedding, from 0")
      ->check(whole_between(0, 1 << 30))
      ->type_name("ID");
}

// Empty: that of the file.
inline CLI::Option* add_precision(CLI::App& command, std::string& precision) {
  const std::vector<std::string> names = names_up_to(atrous::Precision::int8, atrous::precision_name);
  return command
      .add_option("--precision", precision,
                  "Number format of a generator's weights, " + alternatives(names) + "; by default the file's")
      ->check(CLI::IsMember(names))
      ->type_name("FORMAT");
}

// A number from `min` to `max`; unlike CLI::Range it refuses NaN.
inline CLI::Validator number_between(double min, double max, const std::string& unit = {}) {
  const std::string range = CLI::detail::to_string(min) + " to " + CLI::detail::to_string(max) + unit;
  const auto check = [min, max, range](std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= min && value <= max) return {};
    return "expected a number from " + range + ", found '" + text + "'";
  };
  return CLI::Validator(check, "[" + range + "]");
}

inline CLI::Option* add_model_rate(CLI::App& command, std::optional<double>& rate) {
  return command
      .add_option("--model-rate", rate,
                  "Sample rate that the model was trained at, where its file states none or a wrong one")
      ->check(number_between(100, 1e6, " Hz"))
      ->type_name("HZ");
}

inline CLI::Option* add_size(CLI::App& command, std::optional<double>& size, const std::string& what) {
  return command.add_option("--size", size, what)->check(number_between(0, 1));
}

}  // namespace cli
