// The native format, docs/format.md: a `.safetensors` file with the configuration in its metadata.
#include <atrous/model.hpp>

#include "model/config_json.hpp"
#include "model/formats/formats.hpp"
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

}  // namespace

bool sniff_native(Bytes bytes) {
  return looks_like_safetensors(bytes);
}

ModelData read_native(Bytes bytes, const std::string& name) {
  Safetensors content = parse_safetensors(bytes, name, TensorTypes::floats);
  const std::string found = metadata_string(content, version_key, name);
  if (found != version) {
    fail(ErrorCode::unsupported, name, "__metadata__.atrous.version",
         "expected " + in_quotes(version) + ", found " + in_quotes(found));
  }
  ModelData data;
  config_from_json(metadata_string(content, config_key, name), name, data);
  data.tensors = std::move(content.tensors);
  hand_down_tensors(data);
  return data;
}

}  // namespace atrous::model

namespace atrous {

void Model::save(const std::filesystem::path& path) const {
  model::save_safetensors(path,
                          {{{model::version_key, model::version}, {model::config_key, model::config_to_json(*data_)}},
                           model::all_tensors(*data_)});
}

}  // namespace atrous
