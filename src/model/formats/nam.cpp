// Neural Amp Modeler's `.nam`: JSON with one flat list of weights. This file reads what all have in common;
// nam_wavenet.cpp, nam_chains.cpp and nam_container.cpp read the architectures.
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "model/formats/formats.hpp"
#include "model/formats/nam_architectures.hpp"
#include "model/json.hpp"
#include "model/metadata_json.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

constexpr double default_sample_rate = 48000;

struct Version {
  int major = 0, minor = 0, patch = 0;
};

// "major.minor.patch", digits only. A number is a version cut short: 0.5 or 1.
std::optional<Version> parse_version(const JsonView& json) {
  std::string text = json.is_number() ? json.describe() : std::string(json.string());
  if (json.is_number()) text += text.find('.') == text.npos ? ".0.0" : ".0";
  Version version;
  const char* next = text.data();
  const char* end = next + text.size();
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    if (part != &version.major && (next == end || *next++ != '.')) return std::nullopt;
    if (next == end || *next < '0' || *next > '9') return std::nullopt;
    const auto result = std::from_chars(next, end, *part);
    if (result.ec != std::errc()) return std::nullopt;
    next = result.ptr;
  }
  return next == end ? std::optional(version) : std::nullopt;
}

// An architecture's reader fills data.config and data.tensors.
struct Architecture {
  std::string_view name;
  void (*read)(const JsonView& config, const JsonView& weights, ModelData& data);
  // Of one that has knobs, and versions of a series of its own, from 1.0: the stock architecture that it extends.
  std::string_view stock{};
  bool parametric() const { return !stock.empty(); }
};

// Features are told by their keys, never by the version: it only says what is too old or too new to be read.
void check_version(const JsonView& root, const Architecture& architecture, ModelData& data) {
  const auto json = root.find("version");
  const bool states = json && (json->is_string() || json->is_number());
  const std::optional<Version> version = states ? parse_version(*json) : std::nullopt;
  if (!version) {
    data.warnings.push_back("version: expected one such as 0.7.0, found " + (json ? json->describe() : "none") +
                            "; read as 0.7.0");
    return;
  }
  const bool parametric = architecture.parametric();
  const bool readable =
      parametric ? version->major == 1 : version->major == 0 && version->minor >= 5 && version->minor <= 7;
  if (!readable) {
    json->fail(ErrorCode::unsupported,
               std::string("expected ") + (parametric ? "1.x" : "0.5.0 to 0.7.x") + ", found " + json->describe());
  }
  if (parametric ? version->minor > 0 : version->minor == 7 && version->patch > 0) {
    data.warnings.push_back("version: " + json->describe() + " is newer than " + (parametric ? "1.0" : "0.7.0") +
                            ", the newest known");
  }
}

constexpr std::array architectures_of_nam{
    Architecture{"WaveNet", read_nam_wavenet},
    Architecture{"ConvNet", read_nam_convnet},
    Architecture{"LSTM", read_nam_lstm},
    Architecture{"Linear", read_nam_linear},
    Architecture{"SlimmableContainer", read_nam_container},
    Architecture{"Sequential", read_nam_sequential},
    Architecture{"ConcatWaveNet", read_nam_concat_wavenet, "WaveNet"},
    Architecture{"ConcatLSTM", read_nam_concat_lstm, "LSTM"},
    Architecture{"HyperWaveNet", read_nam_hyper_wavenet, "WaveNet"},
};

const Architecture& find_architecture(const JsonView& json) {
  for (const Architecture& architecture : architectures_of_nam) {
    if (json.string() == architecture.name) return architecture;
  }
  std::string names;
  for (const Architecture& architecture : architectures_of_nam) {
    names += (names.empty() ? "" : ", ") + in_quotes(architecture.name);
  }
  json.fail(ErrorCode::unsupported, in_quotes(json.string()) + " is not supported, only " + names);
}

void read_metadata(const JsonView& root, ModelData& data) {
  const auto json = find_object(root, "metadata", data.warnings);
  if (!json) return;
  read_text(*json, "name", data.metadata.name, data.warnings);
  read_level(*json, "loudness", data.metadata.loudness_db, data.warnings);
  read_level(*json, "gain", data.metadata.gain, data.warnings);
  read_level(*json, "input_level_dbu", data.metadata.input_level_dbu, data.warnings);
  read_level(*json, "output_level_dbu", data.metadata.output_level_dbu, data.warnings);
}

}  // namespace

ModelData read_nam_model(const JsonView& root, double default_rate) {
  ModelData data;
  data.name = root.path().empty() ? root.file() : root.file() + ": " + root.path();
  data.format = "nam";
  const Architecture architecture = find_architecture(root.at("architecture"));
  check_version(root, architecture, data);
  data.architecture = architecture.parametric() ? architecture.stock : architecture.name;
  read_sample_rate({root}, {"sample_rate"}, default_rate, data);
  data.config.prewarm = true;
  read_metadata(root, data);
  architecture.read(root.at("config"), root.at("weights"), data);
  validate(data);
  return data;
}

bool sniff_nam(Bytes bytes) {
  return is_json_with(bytes, "architecture") || is_json_with(bytes, "config");
}

ModelData read_nam(Bytes bytes, const std::string& name) {
  const JsonDocument document(as_text(bytes), name);
  return read_nam_model(JsonView(document, name), default_sample_rate);
}

}  // namespace atrous::model
