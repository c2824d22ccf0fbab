// The readers of model files. A new format is one file in this folder, a pair of functions here and a row in load.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "model/model_data.hpp"

namespace atrous::model {

using Bytes = std::span<const std::byte>;

// `sniff` tells whether a file looks like the format, from its bytes alone. `read` parses it and throws Error; `name`
// is the file, for messages. What every model must satisfy is checked afterwards, in validate.hpp.
bool sniff_native(Bytes bytes);
ModelData read_native(Bytes bytes, const std::string& name);

bool sniff_nam(Bytes bytes);
ModelData read_nam(Bytes bytes, const std::string& name);

bool sniff_guitarml(Bytes bytes);
ModelData read_guitarml(Bytes bytes, const std::string& name);

bool sniff_guitarml_recurrent(Bytes bytes);
ModelData read_guitarml_recurrent(Bytes bytes, const std::string& name);

bool sniff_torch_recurrent(Bytes bytes);
ModelData read_torch_recurrent(Bytes bytes, const std::string& name);

bool sniff_keras(Bytes bytes);
ModelData read_keras(Bytes bytes, const std::string& name);

bool sniff_wav(Bytes bytes);
ModelData read_wav(Bytes bytes, const std::string& name);

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Whether the bytes are a JSON object.
inline bool is_json(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t begin = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return begin != text.npos && text[begin] == '{';
}

// In which the key appears, at whatever depth.
inline bool is_json_with(Bytes bytes, std::string_view key) {
  return is_json(bytes) && as_text(bytes).find("\"" + std::string(key) + "\"") != std::string_view::npos;
}

}  // namespace atrous::model
