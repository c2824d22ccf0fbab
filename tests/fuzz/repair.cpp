#include "repair.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/model.hpp>

#include "model/config_json.hpp"
#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"
#include "model/validate.hpp"
#include "model_files.hpp"

namespace atrous::fuzz {
namespace {

constexpr std::size_t most_values = 20000;
constexpr int most_repairs = 40;

// What loading complains about; empty where it does not.
std::string complaint(const Json& document) {
  const std::string text = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  try {
    Model::from_memory(std::as_bytes(std::span(text)), "input");
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

// The value at a path such as config.layers[0].weights; keys may hold dots. Null where there is none.
Json* find(Json& json, const std::string& path) {
  if (path.empty()) return &json;
  if (path[0] == '[') {
    const std::size_t end = path.find(']');
    const std::size_t index = std::strtoul(path.c_str() + 1, nullptr, 10);
    if (end == path.npos || !json.is_array() || index >= json.size()) return nullptr;
    return find(json[index], path.substr(end + 1));
  }
  const std::string rest = path[0] == '.' ? path.substr(1) : path;
  if (!json.is_object()) return nullptr;
  for (std::size_t end = rest.size(); end > 0; --end) {
    if (end != rest.size() && rest[end] != '.' && rest[end] != '[') continue;
    if (const auto found = json.find(rest.substr(0, end)); found != json.end()) return find(*found, rest.substr(end));
  }
  return nullptr;
}

void resize(Json& array, std::size_t size) {
  if (!array.is_array()) array = Json::array();
  const Json last = array.empty() ? Json(0.25) : array.back();
  while (array.size() > size) array.erase(array.size() - 1);
  while (array.size() < size) array.push_back(last);
}

}  // namespace

// "input: PATH: expected an array of N, found …"
void repair(Json& document) {
  const std::string start = "input: ", wanted = ": expected an array of ";
  for (int n = 0; n < most_repairs; ++n) {
    const std::string text = complaint(document);
    const std::size_t at = text.find(wanted);
    if (!text.starts_with(start) || at == text.npos) return;
    Json* array = find(document, text.substr(start.size(), at - start.size()));
    const std::size_t size = std::strtoul(text.c_str() + at + wanted.size(), nullptr, 10);
    if (!array || size > most_values) return;
    resize(*array, size);
  }
}

namespace {

void append_shapes(const model::ModelData& data, const std::string& prefix, std::vector<model::TensorShape>& list) {
  model::validate_config(data.config, "input");
  for (model::TensorShape& tensor : model::tensor_shapes(data.config)) {
    tensor.name = prefix + tensor.name;
    list.push_back(std::move(tensor));
  }
  if (const auto& front = data.config.front) append_shapes(*front, prefix + "front.", list);
  if (const auto& inner = data.config.wavenet.condition.model) append_shapes(*inner, prefix + "condition.", list);
  for (std::size_t i = 0; i < data.sizes.size(); ++i) {
    if (const auto& smaller = data.sizes[i].model)
      append_shapes(*smaller, prefix + "sizes." + std::to_string(i) + ".", list);
  }
}

// Values that all tensors of `data` lack still; false where there would be too many.
bool fill(model::ModelData& data, std::size_t& count) {
  model::validate_config(data.config, "input");
  for (const model::TensorShape& shape : model::tensor_shapes(data.config)) {
    const auto size = std::size_t(model::value_count(shape.shape));
    if (count + size > most_values) return false;
    model::Tensor& tensor = data.tensors[shape.name];
    tensor.shape = shape.shape;
    for (std::size_t i = 0; i < size; ++i) tensor.values.push_back(0.01f * float(count++ % 41) - 0.2f);
  }
  return true;
}

// As the library writes it, with weights of the precision that the configuration names; which is a generator's, and
// generators have no models inside.
std::string reduced_file(model::ModelData& data) {
  const Precision precision = std::exchange(data.precision, Precision::f32);
  std::size_t count = 0;
  data.name = "input";
  data.format = "native";
  if (!fill(data, count)) return {};
  return test::saved(test::as_model(model::reduced(data, precision)));
}

}  // namespace

std::string native_file(const Json& config) {
  const std::string text = config.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<model::TensorShape> shapes;
  try {
    model::ModelData data;
    model::config_from_json(text, "input", data);
    if (data.precision != Precision::f32) return reduced_file(data);
    append_shapes(data, "", shapes);
  } catch (const Error&) {
    return {};
  }
  Json header = {{"__metadata__", {{"atrous.version", "1"}, {"atrous.config", text}}}};
  std::vector<float> values;
  for (const model::TensorShape& tensor : shapes) {
    const auto count = std::size_t(model::value_count(tensor.shape));
    if (values.size() + count > most_values) return {};
    const std::size_t begin = values.size() * sizeof(float);
    for (std::size_t i = 0; i < count; ++i) values.push_back(0.01f * float(values.size() % 41) - 0.2f);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, values.size() * sizeof(float)}}};
  }
  const std::string head = header.dump();
  const std::uint64_t length = head.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  file += head;
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return file;
}

}  // namespace atrous::fuzz
