// atrous info: what a model is and what it costs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <atrous/network.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::Metadata;
using atrous::Network;
using atrous::NetworkInfo;

struct Options {
  std::filesystem::path model;
  bool json = false;
};

double receptive_field_ms(const NetworkInfo& info) {
  return info.sample_rate > 0 ? 1000 * double(info.receptive_field) / info.sample_rate : 0;
}

// The file's warnings, then the network's.
std::vector<std::string> all_warnings(const Network& network) {
  std::vector<std::string> all = network.model().warnings();
  for (const std::string& warning : network.info().warnings) {
    if (std::find(all.begin(), all.end(), warning) == all.end()) all.push_back(warning);
  }
  return all;
}

Json optional_number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json as_json(const Network& network) {
  const NetworkInfo& info = network.info();
  const Metadata& metadata = network.model().metadata();
  return {
      {"architecture", info.architecture},
      {"format", network.model().format()},
      {"name", metadata.name},
      {"sample_rate", info.sample_rate},
      {"generates", info.generates},
      {"inputs", info.inputs},
      {"outputs", info.outputs},
      {"feature_bins", info.feature_bins},
      {"feature_hop", info.feature_hop},
      {"speakers", info.speakers},
      {"layers", info.layers},
      {"dilations", info.dilations},
      {"receptive_field_samples", info.receptive_field},
      {"receptive_field_ms", receptive_field_ms(info)},
      {"parameters", info.parameters},
      {"macs_per_sample", info.macs_per_sample},
      {"weight_bytes", info.weight_bytes},
      {"gridding",
       {{"covered_lags", info.gridding.covered_lags},
        {"total_lags", info.gridding.total_lags},
        {"common_divisor", info.gridding.common_divisor}}},
      {"metadata",
       {{"loudness_db", optional_number(metadata.loudness_db)},
        {"gain", optional_number(metadata.gain)},
        {"input_level_dbu", optional_number(metadata.input_level_dbu)},
        {"output_level_dbu", optional_number(metadata.output_level_dbu)}}},
      {"warnings", all_warnings(network)},
  };
}

std::string count(std::int64_t number, const std::string& noun) {
  return with_commas(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string purpose(const NetworkInfo& info) {
  if (!info.generates) return "effect, " + count(info.inputs, "input") + ", " + count(info.outputs, "output");
  std::string text = "generator";
  if (info.feature_bins > 0) {
    text += ", hears " + count(info.feature_bins, "feature") + " every " + count(info.feature_hop, "sample");
  }
  if (info.speakers > 0) text += ", " + count(info.speakers, "speaker");
  return text;
}

std::string gridding(const atrous::Gridding& gridding) {
  std::string text = with_commas(gridding.covered_lags) + " of " + with_commas(gridding.total_lags) +
                     " lags reach the output; the dilations ";
  return text + (gridding.common_divisor > 1 ? "share the divisor " + std::to_string(gridding.common_divisor)
                                             : "share no divisor");
}

std::string dilations(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "" : " ") + std::to_string(value);
  return text;
}

void print_text(const Network& network, const std::filesystem::path& path) {
  const NetworkInfo& info = network.info();
  const Metadata& metadata = network.model().metadata();
  std::vector<Row> rows = {{"model", path.string()}};
  if (!metadata.name.empty()) rows.push_back({"name", metadata.name});
  rows.insert(
      rows.end(),
      {
          {"architecture", info.architecture + ", from the format " + network.model().format()},
          {"purpose", purpose(info)},
          {"sample rate", fixed(info.sample_rate, 0) + " Hz"},
          {"layers", with_commas(info.layers)},
          {"dilations", dilations(info.dilations)},
          {"receptive field",
           count(info.receptive_field, "sample") + ", " + fixed(receptive_field_ms(info), 1) + " ms"},
          {"gridding", gridding(info.gridding)},
          {"parameters", with_commas(info.parameters)},
          {"per sample", count(info.macs_per_sample, "MAC") + ", " + count(info.weight_bytes, "byte") + " of weights"},
      });
  if (metadata.loudness_db) rows.push_back({"loudness", fixed(*metadata.loudness_db, 1) + " dB"});
  if (metadata.input_level_dbu) rows.push_back({"input level", fixed(*metadata.input_level_dbu, 1) + " dBu"});
  if (metadata.output_level_dbu) rows.push_back({"output level", fixed(*metadata.output_level_dbu, 1) + " dBu"});
  for (const std::string& warning : all_warnings(network)) rows.push_back({"warning", warning});
  print_rows(rows);
}

int run_info(const Options& options) {
  const Network network = load_network(options.model);
  if (options.json) {
    print_json(as_json(network));
  } else {
    print_text(network, options.model);
  }
  return 0;
}

}  // namespace

Action add_info(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Model: .safetensors, .nam, or a .json of GuitarML or RTNeural")
      ->required();
  add_json(command, options->json);
  return [options] { return run_info(*options); };
}

}  // namespace cli
