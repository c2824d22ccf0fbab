// The native format, docs/format.md: a `.safetensors` file with the configuration in its metadata.
#include <cmath>

#include <atrous/model.hpp>

#include "model/access.hpp"
#include "model/config_json.hpp"
#include "model/formats/formats.hpp"
#include "model/precision.hpp"
#include "model/safetensors.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

constexpr const char* version_key = "atrous.version";
constexpr const char* config_key = "atrous.config";
constexpr const char* version = "1";

const std::string& metadata_string(const Safetensors& content, const std::string& key, const std::string& name) {
  const auto found = content.metadata.find(key);
  if (found == content.metadata.end()) {
    fail(ErrorCode::format, name, "__metadata__." + key, "missing; not a model of this project's native format");
  }
  return found->second;
}

// The models inside a model, and what the names of their tensors begin with in the one file.
struct Inner {
  std::string prefix;
  std::shared_ptr<const ModelData>* model;
};

std::vector<Inner> inner_models(ModelData& data) {
  std::vector<Inner> inner;
  if (data.config.front) inner.push_back({"front.", &data.config.front});
  if (data.config.wavenet.condition.model) inner.push_back({"condition.", &data.config.wavenet.condition.model});
  for (std::size_t i = 0; i < data.sizes.size(); ++i) {
    if (data.sizes[i].model) inner.push_back({"sizes." + std::to_string(i) + ".", &data.sizes[i].model});
  }
  return inner;
}

// Gives the inner models, and their own inner models, the tensors that are theirs.
void hand_down_tensors(ModelData& data) {
  for (const Inner& inner : inner_models(data)) {
    ModelData model = **inner.model;
    auto it = data.tensors.lower_bound(inner.prefix);
    while (it != data.tensors.end() && it->first.starts_with(inner.prefix)) {
      model.tensors[it->first.substr(inner.prefix.size())] = std::move(it->second);
      it = data.tensors.erase(it);
    }
    hand_down_tensors(model);
    validate(model);
    *inner.model = std::make_shared<const ModelData>(std::move(model));
  }
}

Tensors all_tensors(ModelData data) {
  for (const Inner& inner : inner_models(data)) {
    for (auto& [name, tensor] : all_tensors(**inner.model)) data.tensors[inner.prefix + name] = std::move(tensor);
  }
  return std::move(data.tensors);
}

// The scales of an int8 tensor stand beside it: NAME.weight, NAME.scale.
const std::string weight_suffix = ".weight", scale_suffix = ".scale";

std::string scale_name(const std::string& tensor) {
  return tensor.substr(0, tensor.size() - weight_suffix.size()) + scale_suffix;
}

// Takes the scales of an int8 tensor out of the tensors, and multiplies its rows by them.
void apply_scales(ModelData& data, const std::string& name, const std::string& file) {
  if (!name.ends_with(weight_suffix)) fail(ErrorCode::invalid, file, name, "found I8, which no such tensor can be");
  const std::string of_scale = scale_name(name);
  const auto found = data.tensors.find(of_scale);
  if (found == data.tensors.end()) fail(ErrorCode::invalid, file, of_scale, "missing, the scales of " + name);
  Tensor& tensor = data.tensors.at(name);
  const std::vector<float> scales = std::move(found->second.values);
  const std::vector<std::int64_t> wanted(tensor.shape.begin(), tensor.shape.begin() + (tensor.shape.empty() ? 0 : 1));
  if (wanted.empty() || found->second.shape != wanted) {
    fail(ErrorCode::invalid, file, of_scale,
         "expected shape " + shape_text(wanted) + ", found " + shape_text(found->second.shape));
  }
  data.tensors.erase(found);
  for (std::size_t r = 0; r < scales.size(); ++r) {
    if (!(std::isfinite(scales[r]) && scales[r] > 0)) {
      fail(ErrorCode::invalid, file, of_scale, "value " + std::to_string(r) + ": expected a finite number above 0");
    }
  }
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    float& value = tensor.values[i];
    if (value < -max_quantised) {
      fail(ErrorCode::invalid, file, name, "value " + std::to_string(i) + ": expected -127 to 127, found -128");
    }
    value *= scales[i / (tensor.values.size() / scales.size())];
  }
  data.scales[name] = scales;
}

// The tensors as the file stores them.
Safetensors stored(const ModelData& data) {
  Safetensors content{{}, all_tensors(data), {}};
  for (const TensorShape& shape : tensor_shapes(data.config)) {
    const Precision precision = stored_as(shape.role, data.precision);
    if (precision == Precision::bf16) content.types[shape.name] = "BF16";
    if (precision != Precision::int8) continue;
    content.types[shape.name] = "I8";
    const std::vector<float>& scales = data.scales.at(shape.name);
    std::vector<float>& values = content.tensors.at(shape.name).values;
    const std::size_t width = values.size() / scales.size();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::nearbyint(values[i] / scales[i / width]);
    content.tensors[scale_name(shape.name)] = {{std::int64_t(scales.size())}, scales};
  }
  return content;
}

}  // namespace

bool sniff_native(Bytes bytes) {
  return looks_like_safetensors(bytes);
}

ModelData read_native(Bytes bytes, const std::string& name) {
  Safetensors content = parse_safetensors(bytes, name, TensorTypes::model);
  const std::string found = metadata_string(content, version_key, name);
  if (found != version) {
    fail(ErrorCode::unsupported, name, "__metadata__.atrous.version",
         "expected " + in_quotes(version) + ", found " + in_quotes(found));
  }
  ModelData data;
  config_from_json(metadata_string(content, config_key, name), name, data);
  data.tensors = std::move(content.tensors);
  for (const auto& [tensor, type] : content.types) {
    if (type == "I8") apply_scales(data, tensor, name);
  }
  hand_down_tensors(data);
  return data;
}

}  // namespace atrous::model

namespace atrous {

void Model::save(const std::filesystem::path& path) const {
  model::Safetensors content = model::stored(*state_);
  content.metadata = {{model::version_key, model::version}, {model::config_key, model::config_to_json(*state_)}};
  model::save_safetensors(path, content);
}

}  // namespace atrous
