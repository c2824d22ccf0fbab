#include "model/config_json.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/activation_json.hpp"
#include "model/config_names.hpp"
#include "model/json.hpp"
#include "model/json_writing.hpp"
#include "model/limits.hpp"
#include "model/metadata_json.hpp"

namespace atrous::model {

namespace {

// The keys of every struct, once for both directions: `io` reads or writes each.
template <class Io>
void fields(Io& io, Conv& conv) {
  io("in", conv.in);
  io("out", conv.out);
  io("kernel", conv.kernel);
  io("dilation", conv.dilation);
  io("groups", conv.groups);
  io("bias", conv.bias);
}

template <class Io>
void fields(Io& io, Pointwise& conv) {
  io("out", conv.out);
  io("groups", conv.groups);
  io("bias", conv.bias);
}

template <class Io>
void fields(Io& io, Film& film) {
  io("shift", film.shift);
  io("groups", film.groups);
}

using Films = std::array<std::optional<Film>, film_points>;

template <class Io>
void fields(Io& io, Films& films) {
  constexpr auto names = names_of(FilmPoint{});
  for (std::size_t i = 0; i < film_points; ++i) io(names[i].data(), films[i]);
}

template <class Io>
void fields(Io& io, Layer& layer) {
  io("conv", layer.conv);
  io("branches", layer.branches);
  io("merge", layer.merge);
  io("mixin_groups", layer.mixin_groups);
  io("mixin_bias", layer.mixin_bias);
  io("speaker_bias", layer.speaker_bias);
  io("bottleneck", layer.bottleneck);
  io("gating", layer.gating);
  io("activation", layer.activation);
  io("secondary_activation", layer.secondary);
  io("skip", layer.skip);
  io("residual", layer.residual);
  io("skip_scale", layer.skip_scale);
  io("residual_scale", layer.residual_scale);
  io("film", layer.film);
}

template <class Io>
void fields(Io& io, Stack& stack) {
  io("input", stack.input);
  io("input_activation", stack.input_activation);
  io("layers", stack.layers);
  io("head", stack.head);
}

template <class Io>
void fields(Io& io, PostLayer& layer) {
  io("activation", layer.activation);
  io("kind", layer.kind);
  io("conv", layer.conv);
  io("implementation", layer.implementation);
  io("softmax", layer.softmax);
}

template <class Io>
void fields(Io& io, Code& code) {
  io("kind", code.kind);
  io("classes", code.classes);
  io("first", code.first);
}

template <class Io>
void fields(Io& io, Input& input) {
  io("kind", input.kind);
  io("channels", input.channels);
}

template <class Io>
void fields(Io& io, Knob& knob) {
  io("name", knob.name);
  io("min", knob.min);
  io("max", knob.max);
  io("default", knob.default_value);
  io("positions", knob.positions);
  io("low", knob.low);
  io("high", knob.high);
}

template <class Io>
void fields(Io& io, UpsampleStage& stage) {
  io("kind", stage.kind);
  io("in", stage.in);
  io("out", stage.out);
  io("kernel", stage.kernel);
  io("stride", stage.stride);
  io("padding", stage.padding);
  io("output_padding", stage.output_padding);
  io("dilation", stage.dilation);
  io("groups", stage.groups);
  io("frequency_kernel", stage.frequency_kernel);
  io("bias", stage.bias);
  io("activation", stage.activation);
}

template <class Io>
void fields(Io& io, Condition& condition) {
  io("kind", condition.kind);
  io("channels", condition.channels);
  io("bins", condition.bins);
  io("pad", condition.pad);
  io("upsampler", condition.upsampler);
  io("model", condition.model);
}

template <class Io>
void fields(Io& io, ModelData& data);

template <class Io>
void fields(Io& io, Speakers& speakers) {
  io("count", speakers.count);
  io("channels", speakers.channels);
}

template <class Io>
void fields(Io& io, Output& output) {
  io("kind", output.kind);
  io("channels", output.channels);
  io("scale", output.scale);
  io("quantize_channels", output.quantize_channels);
  io("log_scale_min", output.log_scale_min);
  io("input_skip", output.input_skip);
}

template <class Io>
void fields(Io& io, Features& features) {
  io("sample_rate", features.sample_rate);
  io("fft", features.fft);
  io("window", features.window);
  io("hop", features.hop);
  io("bins", features.bins);
  io("centered", features.centered);
  io("fmin", features.fmin);
  io("fmax", features.fmax);
  io("mel_scale", features.mel_scale);
  io("slaney_norm", features.slaney_norm);
  io("power", features.power);
  io("log_base", features.log_base);
  io("floor", features.floor);
  io("log_scale", features.log_scale);
  io("log_offset", features.log_offset);
  io("clip_min", features.clip_min);
  io("clip_max", features.clip_max);
  io("normalized", features.normalized);
  io("of_shaped_audio", features.of_shaped_audio);
}

template <class Io>
void fields(Io& io, Waveform& waveform) {
  io("highpass_hz", waveform.highpass_hz);
  io("highpass_taps", waveform.highpass_taps);
  io("gain", waveform.gain);
  io("preemphasis", waveform.preemphasis);
  io("mulaw", waveform.mulaw);
}

template <class Io>
void fields(Io& io, Hypernet& hypernet) {
  io("hidden", hypernet.hidden);
  io("activation", hypernet.activation);
  io("rank", hypernet.rank);
  io("targets", hypernet.targets);
}

template <class Io>
void fields(Io& io, Size& size) {
  io("below", size.below);
  io("channels", size.channels);
  io("model", size.model);
}

template <class Io>
void fields(Io& io, Metadata& metadata) {
  io("name", metadata.name);
  io("loudness_db", metadata.loudness_db);
  io("gain", metadata.gain);
  io("input_level_dbu", metadata.input_level_dbu);
  io("output_level_dbu", metadata.output_level_dbu);
}

template <class Io>
void fields(Io& io, ModelData& data) {
  Config& config = data.config;
  WaveNet& net = config.wavenet;
  io("architecture", data.architecture);
  io("precision", data.precision);
  io.rate("sample_rate", data);
  io("prewarm", config.prewarm);
  io("prewarm_samples", config.prewarm_samples);
  io("front", config.front);
  io("input", net.input);
  io("knobs", config.knobs);
  io("hypernet", config.hypernet);
  io("code", config.code);
  io("condition", net.condition);
  io("speakers", net.speakers);
  io("stacks", net.stacks);
  io("post", net.post);
  io("output", net.output);
  io("features", config.features);
  io("waveform", config.waveform);
  io("sizes", data.sizes);
  io("metadata", data.metadata);
}

// `fields` serves both directions and so takes what it could change: what it writes is a copy.
ModelData without_tensors(const ModelData& data) {
  ModelData copy;
  copy.architecture = data.architecture;
  copy.config = data.config;
  copy.precision = data.precision;
  copy.sizes = data.sizes;
  copy.metadata = data.metadata;
  return copy;
}

// Reads the metadata, of which any key may be unknown.
class MetadataReader {
 public:
  MetadataReader(const JsonView& json, Warnings& warnings) : json_(json), warnings_(warnings) {}

  void operator()(const char* key, std::string& value) { read_text(json_, key, value, warnings_); }
  void operator()(const char* key, std::optional<double>& value) { read_level(json_, key, value, warnings_); }

 private:
  const JsonView& json_;
  Warnings& warnings_;
};

// Reads an object: the keys that are there, none that are unknown. What a file states about itself is read forgivingly,
// and the warnings of all objects are gathered in one list.
class Reader {
 public:
  Reader(const JsonView& json, double default_rate, Warnings& warnings)
      : json_(json), default_rate_(default_rate), warnings_(warnings) {}

  template <class T>
  void read_object(T& value) {
    if (!json_.is_object()) json_.expected("an object");
    fields(*this, value);
    json_.expect_keys(known_);
  }

  template <class T>
  void operator()(const char* key, T& value) {
    known_.emplace_back(key);
    if (json_.has(key)) read(json_.at(key), value);
  }

  void operator()(const char* key, Metadata& value) {
    known_.emplace_back(key);
    const auto json = find_object(json_, key, warnings_);
    if (!json) return;
    MetadataReader reader(*json, warnings_);
    fields(reader, value);
  }

  void rate(const char* key, ModelData& data) {
    known_.emplace_back(key);
    read_sample_rate({json_}, {key}, default_rate_, data);
    std::move(data.warnings.begin(), data.warnings.end(), std::back_inserter(warnings_));
    data.warnings.clear();
    default_rate_ = data.config.sample_rate;
  }

 private:
  void read(const JsonView& json, int& value) {
    value = json.integer(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  }
  void read(const JsonView& json, double& value) { value = json.number(); }
  void read(const JsonView& json, float& value) { value = json.real(); }
  void read(const JsonView& json, bool& value) { value = json.boolean(); }
  void read(const JsonView& json, std::string& value) { value = json.string(); }
  void read(const JsonView& json, Activation& value) { value = activation_from_json(json, UnknownKeys::refuse); }

  template <class T>
  requires std::is_enum_v<T>
  void read(const JsonView& json, T& value) {
    constexpr auto names = names_of(T{});
    const auto found = std::find(names.begin(), names.end(), json.string());
    if (found == names.end()) {
      std::string wanted = "one of";
      for (const std::string_view name : names) wanted += " " + std::string(name);
      json.expected(wanted);
    }
    value = static_cast<T>(found - names.begin());
  }

  void read(const JsonView& json, std::shared_ptr<const ModelData>& value) {
    if (json.is_null()) return;
    auto inner = std::make_shared<ModelData>();
    inner->name = json.file();
    inner->format = "native";
    read(json, *inner);
    value = std::move(inner);
  }

  template <class T>
  void read(const JsonView& json, std::optional<T>& value) {
    value.reset();
    if (!json.is_null()) read(json, value.emplace());
  }

  template <class T>
  void read(const JsonView& json, std::vector<T>& values) {
    values.resize(json.size(max_layers));  // the longest list of all
    for (std::size_t i = 0; i < values.size(); ++i) read(json[i], values[i]);
  }

  template <class T>
  void read(const JsonView& json, T& value) {
    Reader(json, default_rate_, warnings_).read_object(value);
  }

  JsonView json_;
  double default_rate_;  // of this model and the models inside it
  Warnings& warnings_;
  std::vector<std::string_view> known_;
};

class Writer {
 public:
  template <class T>
  static OrderedJson write_object(T& value) {
    Writer writer;
    fields(writer, value);
    return std::move(writer.json_);
  }

  template <class T>
  void operator()(const char* key, T& value) {
    json_[key] = write(value);
  }

  void rate(const char* key, ModelData& data) { (*this)(key, data.config.sample_rate); }

 private:
  static OrderedJson write(int value) { return value; }
  static OrderedJson write(double value) { return value; }
  static OrderedJson write(bool value) { return value; }
  static OrderedJson write(std::string& value) { return value; }
  static OrderedJson write(Activation& value) { return activation_to_json(value); }
  static OrderedJson write(float value) { return float_to_json(value); }

  template <class T>
  requires std::is_enum_v<T>
  static OrderedJson write(T value) { return names_of(T{})[std::size_t(value)]; }

  static OrderedJson write(std::shared_ptr<const ModelData>& value) {
    if (!value) return nullptr;
    ModelData copy = without_tensors(*value);
    return write_object(copy);
  }

  template <class T>
  static OrderedJson write(std::optional<T>& value) {
    return value ? write(*value) : OrderedJson(nullptr);
  }

  template <class T>
  static OrderedJson write(std::vector<T>& values) {
    auto json = OrderedJson::array();
    for (T& value : values) json.push_back(write(value));
    return json;
  }

  template <class T>
  requires std::is_class_v<T>
  static OrderedJson write(T& value) { return write_object(value); }

  OrderedJson json_ = OrderedJson::object();
};

}  // namespace

void config_from_json(std::string_view text, const std::string& file, ModelData& data) {
  const JsonDocument document(text, file + ": atrous.config");
  const JsonView root(document, file);
  const JsonView architecture = root.at("architecture");
  if (!is_architecture(architecture.string())) {
    architecture.fail(ErrorCode::unsupported,
                      in_quotes(architecture.string()) + " is not supported, only " + architectures);
  }
  Warnings warnings;
  Reader(root, data.config.sample_rate, warnings).read_object(data);
  data.warnings = std::move(warnings);
}

std::string config_to_json(const ModelData& data) {
  ModelData copy = without_tensors(data);
  return json_text(Writer::write_object(copy));
}

}  // namespace atrous::model
