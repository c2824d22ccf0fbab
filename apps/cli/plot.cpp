// atrous plot: a picture of measured numbers.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <atrous/error.hpp>
#include <atrous/plot.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "text.hpp"

namespace cli {
namespace {

struct Options {
  std::filesystem::path in, out;
};

atrous::PlotScale scale_of(const Json& json, const char* key) {
  const std::string name = json.value(key, "linear");
  if (name == "linear") return atrous::PlotScale::linear;
  if (name == "log2") return atrous::PlotScale::log2;
  if (name == "log10") return atrous::PlotScale::log10;
  throw atrous::Error(atrous::ErrorCode::invalid,
                      std::string(key) + ": expected linear, log2 or log10, found '" + name + "'");
}

atrous::PlotSeries series_of(const Json& json) {
  return {json.value("name", ""),
          json.at("x"),
          json.at("y"),
          json.value("line", true),
          json.value("dots", true),
          json.value("labels", std::vector<std::string>())};
}

void plot_json(const Json& json, const std::filesystem::path& out) {
  atrous::PlotOptions options;
  options.width = json.value("width", options.width);
  options.height = json.value("height", options.height);
  options.title = json.value("title", "");
  options.x_label = json.value("x_label", "");
  options.y_label = json.value("y_label", "");
  options.x_scale = scale_of(json, "x_scale");
  options.y_scale = scale_of(json, "y_scale");
  std::vector<atrous::PlotSeries> series;
  for (const Json& each : json.at("series")) series.push_back(series_of(each));
  write_or_fail([&] { atrous::write_plot(series, out, options); });
}

// "line 2, column 9: no JSON at 'NaN'", where `byte` is the last one that was read, counted from 1.
std::string misplaced(const std::string& text, std::size_t byte) {
  const auto in_word = [&](std::size_t i) { return std::isalnum(static_cast<unsigned char>(text[i])) != 0; };
  std::size_t at = std::min(byte, text.size() + 1) - 1;
  while (at > 0 && at < text.size() && in_word(at) && in_word(at - 1)) --at;
  const std::size_t line = text.rfind('\n', at == 0 ? 0 : at - 1);
  const std::size_t start = line == std::string::npos || line >= at ? 0 : line + 1;
  const auto lines = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(start), '\n');
  std::size_t end = at;
  while (end < text.size() && in_word(end)) ++end;
  const std::string word = text.substr(at, std::max<std::size_t>(1, end - at));
  return "line " + std::to_string(lines) + ", column " + std::to_string(at - start + 1) + ": no JSON " +
         (at < text.size() ? "at '" + word + "'" : "after the end");
}

int plot(const Options& options) {
  check_input(options.in);
  check_picture(options.out, {options.in});
  std::ifstream file(options.in);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  try {
    plot_json(Json::parse(text), options.out);
  } catch (const Json::parse_error& error) {
    throw atrous::Error(atrous::ErrorCode::format, options.in.string() + ": " + misplaced(text, error.byte));
  } catch (const Json::exception& error) {
    throw atrous::Error(atrous::ErrorCode::format, options.in.string() + ": " + error.what());
  } catch (const atrous::Error& error) {
    throw atrous::Error(error.code(), options.in.string() + ": " + error.what());
  }
  return 0;
}

}  // namespace

Action add_plot(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command
      .add_option("DATA", options->in,
                  "JSON: title, x_label, y_label, x_scale and y_scale (linear, log2, log10), and series, each with x "
                  "and y, and maybe name, line, dots and labels")
      ->required();
  command.add_option("OUT", options->out, "Picture to write: .png")->required();
  return [options] { return plot(*options); };
}

}  // namespace cli
