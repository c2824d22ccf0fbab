// atrous info: what a model is and what it costs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <atrous/network.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::HybridDilation;
using atrous::KnobInfo;
using atrous::Metadata;
using atrous::Network;
using atrous::NetworkInfo;

struct Options {
  std::filesystem::path model;
  std::optional<double> size, model_rate;
  bool json = false;
};

double receptive_field_ms(const NetworkInfo& info) {
  return info.sample_rate > 0 ? 1000 * double(info.receptive_field) / info.sample_rate : 0;
}

// Null where the network reads without end.
Json samples_heard(const NetworkInfo& info) {
  return info.recurrent ? Json(nullptr) : Json(info.receptive_field);
}

Json ms_heard(const NetworkInfo& info) {
  return info.recurrent ? Json(nullptr) : Json(receptive_field_ms(info));
}

// The file's warnings, then the network's.
std::vector<std::string> all_warnings(const Network& network) {
  std::vector<std::string> all = network.model().warnings();
  for (const std::string& warning : network.info().warnings) {
    if (std::find(all.begin(), all.end(), warning) == all.end()) all.push_back(warning);
  }
  return all;
}

// One of several sizes of a model, and the sizes that choose it: from one number up to, but not including, another.
struct SizeInfo {
  double from = 0, to = 1;
  NetworkInfo info;
};

std::vector<SizeInfo> all_sizes(const Network& network) {
  std::vector<SizeInfo> sizes;
  double from = 0;
  for (const double to : network.model().size_bounds()) {
    if (from < std::min(to, 1.0)) sizes.push_back({from, to, Network(network.model(), {.size = from}).info()});
    from = std::max(to, 0.0);
  }
  if (from > 0) sizes.push_back({from, 1, network.info()});
  return sizes;
}

Json as_json(const std::vector<SizeInfo>& sizes) {
  Json list = Json::array();
  for (const SizeInfo& size : sizes) {
    list.push_back({{"from", size.from},
                    {"to", size.to},
                    {"architecture", size.info.architecture},
                    {"parameters", size.info.parameters},
                    {"macs_per_sample", size.info.macs_per_sample},
                    {"receptive_field_samples", samples_heard(size.info)}});
  }
  return list;
}

Json optional_number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json gridding_as_json(const NetworkInfo& info) {
  if (info.recurrent) return nullptr;
  return {{"covered_lags", info.gridding.covered_lags},
          {"total_lags", info.gridding.total_lags},
          {"common_divisor", info.gridding.common_divisor}};
}

Json as_json(const std::vector<HybridDilation>& stacks) {
  Json list = Json::array();
  for (const HybridDilation& stack : stacks) {
    list.push_back({{"rates", stack.rates},
                    {"kernel", stack.kernel},
                    {"hdc_distance", stack.distance ? Json(*stack.distance) : Json(nullptr)},
                    {"hdc_holds", stack.distance ? Json(stack.holds) : Json(nullptr)}});
  }
  return list;
}

Json as_json(const std::vector<KnobInfo>& knobs) {
  Json list = Json::array();
  for (const KnobInfo& knob : knobs) {
    list.push_back({{"name", knob.name},
                    {"min", knob.min},
                    {"max", knob.max},
                    {"default", knob.default_value},
                    {"positions", knob.positions}});
  }
  return list;
}

Json as_json(const Network& network) {
  const NetworkInfo& info = network.info();
  const Metadata& metadata = network.model().metadata();
  return {
      {"architecture", info.architecture},
      {"format", network.model().format()},
      {"name", metadata.name},
      {"precision", atrous::precision_name(network.precision())},
      {"sample_rate", info.sample_rate},
      {"generates", info.generates},
      {"inputs", info.inputs},
      {"outputs", info.outputs},
      {"feature_bins", info.features ? info.features->bins : 0},
      {"feature_hop", info.features ? info.features->hop : 0},
      {"speakers", info.speakers},
      {"knobs", as_json(info.knobs)},
      {"layers", info.layers},
      {"dilations", info.dilations},
      {"branches", info.branches},
      {"receptive_field_samples", samples_heard(info)},
      {"receptive_field_ms", ms_heard(info)},
      {"parameters", info.parameters},
      {"macs_per_sample", info.macs_per_sample},
      {"weight_bytes", info.weight_bytes},
      {"sizes", as_json(all_sizes(network))},
      {"gridding", gridding_as_json(info)},
      {"stacks", as_json(info.stacks)},
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
  if (info.features) {
    text += ", reads " + count(info.features->bins, "feature") + " every " + count(info.features->hop, "sample");
  }
  if (info.speakers > 0) text += ", " + count(info.speakers, "speaker");
  return text;
}

std::string receptive_field(const NetworkInfo& info) {
  if (info.recurrent) return "unbounded: cells read without end";
  return count(info.receptive_field, "sample") + ", " + fixed(receptive_field_ms(info), 1) + " ms";
}

std::string gridding(const NetworkInfo& info) {
  if (info.recurrent) return "none: cells read every lag";
  const atrous::Gridding& gridding = info.gridding;
  std::string text = with_commas(gridding.covered_lags) + " of " + with_commas(gridding.total_lags) +
                     " lags reach the output; the dilations ";
  return text + (gridding.common_divisor > 1 ? "share the divisor " + std::to_string(gridding.common_divisor)
                                             : "share no divisor");
}

// "1 2|6|12 4": those of branches side by side with bars between them.
std::string dilations(const NetworkInfo& info) {
  std::string text;
  for (std::size_t layer = 0; layer < info.dilations.size(); ++layer) {
    text += (text.empty() ? "" : " ") + std::to_string(info.dilations[layer]);
    for (const int branch : info.branches[layer]) text += "|" + std::to_string(branch);
  }
  return text;
}

// By the criterion of hybrid dilated convolution.
std::string hybrid_dilation(const HybridDilation& stack) {
  if (!stack.distance) return "fewer than two layers dilate: nothing to hold";
  return "M2 = " + with_commas(*stack.distance) + (stack.holds ? ", at most " : ", more than ") + "the kernel's " +
         count(stack.kernel, "tap") + ": " + (stack.holds ? "holds" : "does not hold");
}

Row describe(const SizeInfo& size) {
  return {"size " + fixed(size.from, 3) + " to " + fixed(size.to, 3),
          size.info.architecture + ", " + count(size.info.parameters, "parameter") + ", " +
              count(size.info.macs_per_sample, "MAC") + " per sample"};
}

std::string short_number(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Row describe(const KnobInfo& knob) {
  std::string text;
  for (const std::string& position : knob.positions) text += (text.empty() ? "one of '" : ", '") + position + "'";
  if (!text.empty())
    return {"switch '" + knob.name + "'",
            text + "; '" + knob.positions[std::size_t(knob.default_value)] + "' unless set"};
  return {"knob '" + knob.name + "'", short_number(knob.min) + " to " + short_number(knob.max) + ", " +
                                          short_number(knob.default_value) + " unless set"};
}

void print_text(const Network& network, const std::filesystem::path& path) {
  const NetworkInfo& info = network.info();
  const Metadata& metadata = network.model().metadata();
  std::vector<Row> rows = {{"model", path.string()}};
  if (!metadata.name.empty()) rows.push_back({"name", metadata.name});
  rows.insert(rows.end(), {
                              {"architecture", info.architecture + ", from the format " + network.model().format()},
                              {"purpose", purpose(info)},
                              {"precision", std::string(atrous::precision_name(network.precision()))},
                              {"sample rate", fixed(info.sample_rate, 0) + " Hz"},
                              {"layers", with_commas(info.layers)},
                              {"dilations", dilations(info)},
                              {"receptive field", receptive_field(info)},
                              {"gridding", gridding(info)},
                              {"parameters", with_commas(info.parameters)},
                              {"per sample", count(info.macs_per_sample, "MAC") + ", " +
                                                 count(info.weight_bytes, "byte") + " of weights"},
                          });
  for (std::size_t i = 0; i < info.stacks.size(); ++i) {
    rows.push_back(
        {info.stacks.size() > 1 ? "HDC, stack " + std::to_string(i) : "HDC", hybrid_dilation(info.stacks[i])});
  }
  for (const SizeInfo& size : all_sizes(network)) rows.push_back(describe(size));
  for (const KnobInfo& knob : info.knobs) rows.push_back(describe(knob));
  if (metadata.loudness_db) rows.push_back({"loudness", fixed(*metadata.loudness_db, 1) + " dB"});
  if (metadata.input_level_dbu) rows.push_back({"input level", fixed(*metadata.input_level_dbu, 1) + " dBu"});
  if (metadata.output_level_dbu) rows.push_back({"output level", fixed(*metadata.output_level_dbu, 1) + " dBu"});
  for (const std::string& warning : all_warnings(network)) rows.push_back({"warning", warning});
  print_rows(rows);
}

int run_info(const Options& options) {
  const Network network = load_network(options.model, {.size = options.size, .model_rate = options.model_rate});
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
  command.add_option("MODEL", options->model, "Model: " + model_files())->required();
  add_model_rate(command, options->model_rate);
  add_size(command, options->size, "Describe this size of a model that has several, from 0 to 1");
  add_json(command, options->json);
  return [options] { return run_info(*options); };
}

}  // namespace cli
