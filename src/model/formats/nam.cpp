// Neural Amp Modeler's `.nam`: JSON with one flat list of weights. This file reads what all have in common;
// nam_wavenet.cpp, nam_chains.cpp and nam_container.cpp read the architectures.
#include <array>
#include <charconv>
#include <cmath>

#include "model/formats/formats.hpp"
#include "model/formats/nam_architectures.hpp"
#include "model/json.hpp"
#include "model/limits.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

constexpr double default_sample_rate = 48000;

struct Version {
  int major = 0, minor = 0, patch = 0;
};

// "major.minor.patch", digits only.
Version parse_version(const JsonView& json) {
  const std::string& text = json.string();
  Version version;
  const char* next = text.data();
  const char* end = next + text.size();
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    if (part != &version.major && (next == end || *next++ != '.')) json.expected("a version such as 0.7.0");
    if (next == end || *next < '0' || *next > '9') json.expected("a version such as 0.7.0");
    const auto result = std::from_chars(next, end, *part);
    if (result.ec != std::errc()) json.expected("a version such as 0.7.0");
    next = result.ptr;
  }
  if (next != end) json.expected("a version such as 0.7.0");
  return version;
}

void check_version(const JsonView& json, ModelData& data) {
  const Version version = parse_version(json);
  if (version.major != 0 || version.minor < 5 || version.minor > 7) {
    json.fail(ErrorCode::unsupported, "expected 0.5.0 to 0.7.x, found " + in_quotes(json.string()));
  }
  if (version.minor == 7 && version.patch > 0) {
    data.warnings.push_back("version " + json.string() + " is newer than 0.7.0, the newest known");
  }
}

// An architecture's reader fills data.config and data.tensors.
struct Architecture {
  std::string_view name;
  void (*read)(const JsonView& config, const JsonView& weights, ModelData& data);
};

constexpr std::array architectures_of_nam{
    Architecture{"WaveNet", read_nam_wavenet},
    Architecture{"ConvNet", read_nam_convnet},
    Architecture{"LSTM", read_nam_lstm},
    Architecture{"Linear", read_nam_linear},
    Architecture{"SlimmableContainer", read_nam_container},
};

const Architecture& find_architecture(const JsonView& json) {
  for (const Architecture& architecture : architectures_of_nam) {
    if (json.string() == architecture.name) return architecture;
  }
  json.fail(ErrorCode::unsupported,
            in_quotes(json.string()) + " is not supported, only " + architectures + " and \"SlimmableContainer\"");
}

// Metadata never stops a model from running: what has a wrong type is left out, with a warning.
void read_level(const JsonView& json, const std::string& key, std::optional<double>& level, ModelData& data) {
  const auto value = json.find(key);
  if (!value) return;
  if (value->value().is_number() && std::abs(value->number()) <= max_level_db) {
    level = value->number();
  } else {
    data.warnings.push_back(value->path() + " is not a number from -200 to 200 and was ignored");
  }
}

void read_metadata(const JsonView& json, ModelData& data) {
  if (!json.is_object()) {
    data.warnings.push_back(json.path() + " is not an object and was ignored");
    return;
  }
  if (const auto name = json.find("name"); name && name->is_string()) data.metadata.name = name->string();
  read_level(json, "loudness", data.metadata.loudness_db, data);
  read_level(json, "gain", data.metadata.gain, data);
  read_level(json, "input_level_dbu", data.metadata.input_level_dbu, data);
  read_level(json, "output_level_dbu", data.metadata.output_level_dbu, data);
}

double read_sample_rate(const JsonView& root, double default_rate) {
  const auto json = root.find("sample_rate");
  if (!json) return default_rate;
  const double rate = json->number();
  if (!(rate >= min_sample_rate && rate <= max_sample_rate)) {
    json->expected(std::to_string(static_cast<int>(min_sample_rate)) + " to " +
                   std::to_string(static_cast<int>(max_sample_rate)));
  }
  return rate;
}

}  // namespace

ModelData read_nam_model(const JsonView& root, double default_rate) {
  ModelData data;
  data.name = root.path().empty() ? root.file() : root.file() + ": " + root.path();
  data.format = "nam";
  check_version(root.at("version"), data);
  const Architecture architecture = find_architecture(root.at("architecture"));
  data.architecture = architecture.name;
  data.config.sample_rate = read_sample_rate(root, default_rate);
  data.states_sample_rate = root.find("sample_rate").has_value();
  data.config.prewarm = true;
  if (const auto metadata = root.find("metadata")) read_metadata(*metadata, data);
  architecture.read(root.at("config"), root.at("weights"), data);
  validate(data);
  return data;
}

bool sniff_nam(Bytes bytes) {
  return is_json_with(bytes, "architecture") || is_json_with(bytes, "config");
}

ModelData read_nam(Bytes bytes, const std::string& name) {
  const Json document = parse_json(as_text(bytes), name);
  return read_nam_model(JsonView(document, name), default_sample_rate);
}

}  // namespace atrous::model
