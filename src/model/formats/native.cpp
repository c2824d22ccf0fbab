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

// The tensors of a model that is another's condition stand in the same file under this prefix.
const std::string inner_prefix = "condition.";

// Gives the inner model, and its own inner model, the tensors that are theirs.
void hand_down_tensors(ModelData& data) {
  Condition& condition = data.config.wavenet.condition;
  if (!condition.model) return;
  ModelData inner = *condition.model;
  for (auto it = data.tensors.begin(); it != data.tensors.end();) {
    if (it->first.starts_with(inner_prefix)) {
      inner.tensors[it->first.substr(inner_prefix.size())] = std::move(it->second);
      it = data.tensors.erase(it);
    } else {
      ++it;
    }
  }
  hand_down_tensors(inner);
  validate(inner);
  condition.model = std::make_shared<const ModelData>(std::move(inner));
}

Tensors all_tensors(const ModelData& data) {
  Tensors tensors = data.tensors;
  if (const auto& inner = data.config.wavenet.condition.model) {
    for (auto& [name, tensor] : all_tensors(*inner)) tensors[inner_prefix + name] = tensor;
  }
  return tensors;
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
