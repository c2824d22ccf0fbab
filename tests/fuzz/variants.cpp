#include "variants.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

namespace atrous::fuzz {
namespace {

using Json = nlohmann::json;
using Random = std::minstd_rand;

int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

// The number at a key of an object; 1 where there is none.
int number(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_number_integer() ? std::clamp(found->get<int>(), 1, 100) : 1;
}

// The first channels of every stack.
Json cut(const Json& config, Random& random) {
  Json channels = Json::array();
  for (const Json& stack : config.value("stacks", Json::array())) {
    const Json input = stack.is_object() ? stack.value("input", Json::object()) : Json::object();
    channels.push_back(between(random, 1, number(input, "out")));
  }
  return channels;
}

// A smaller size below those that are there: a part of the model, or a model of its own.
void add_size(Json& config, Random& random) {
  Json& sizes = config["sizes"];
  if (!sizes.is_array()) sizes = Json::array();
  const bool any = !sizes.empty() && sizes[0].is_object() && sizes[0].value("below", Json()).is_number();
  Json size = {{"below", any ? sizes[0]["below"].get<double>() / 2 : 0.5}};
  if (between(random, 0, 1) == 0) {
    size["channels"] = cut(config, random);
  } else {
    size["model"] = config;
    size["model"].erase("sizes");
  }
  sizes.insert(sizes.begin(), size);
}

}  // namespace

void vary_native(Json& config, Random& random) {
  static const char* const precisions[] = {"f32", "bf16", "int8"};
  if (!config.is_object()) return;
  const auto sizes = config.find("sizes");
  const bool has_sizes = sizes != config.end() && sizes->is_array() && !sizes->empty();
  switch (between(random, 0, has_sizes ? 2 : 1)) {
    case 0:
      config["precision"] = precisions[between(random, 0, 2)];
      break;
    case 1:
      add_size(config, random);
      break;
    default:
      sizes->erase(sizes->begin() + between(random, 0, int(sizes->size()) - 1));
  }
}

namespace {

// Of one layer array: the widths that it may have, by a list or all of them.
void vary_widths(Json& array, Random& random) {
  if (!array.is_object()) return;
  if (array.contains("slimmable") && between(random, 0, 2) == 0) {
    array["slimmable"] = nullptr;
    return;
  }
  Json kwargs = Json::object();
  if (between(random, 0, 3) > 0) {
    const int channels = number(array, "channels"), fewer = between(random, 1, channels);
    kwargs["allowed_channels"] = fewer < channels ? Json{fewer, channels} : Json{channels};
  }
  array["slimmable"] = {{"method", "slice_channels_uniform"}, {"kwargs", kwargs}};
}

Json* submodels(Json& document) {
  const Json::json_pointer place("/config/submodels");
  if (!document.is_object() || !document.value("config", Json()).is_object() || !document.contains(place)) return {};
  Json& found = document[place];
  return found.is_array() && !found.empty() ? &found : nullptr;
}

void put_into_container(Json& document, Random& random) {
  Json models = Json::array();
  for (int n = between(random, 1, 2); n >= 0; --n)
    models.push_back({{"max_value", 1.0 / (1 + n)}, {"model", document}});
  document = {{"version", "0.7.0"},
              {"architecture", "SlimmableContainer"},
              {"config", {{"submodels", models}}},
              {"weights", Json::array()}};
}

}  // namespace

void vary_nam(Json& document, Random& random) {
  if (!document.is_object()) return;
  if (Json* models = submodels(document)) {
    const auto chosen = std::size_t(between(random, 0, int(models->size()) - 1));
    Json& submodel = (*models)[chosen];
    if (!submodel.is_object() || !submodel.contains("model")) return;
    if (between(random, 0, 1) == 0) {
      document = Json(submodel["model"]);
    } else {
      vary_nam(submodel["model"], random);
    }
    return;
  }
  const Json::json_pointer layers("/config/layers");
  const bool arrays = document.value("config", Json()).is_object() && document.contains(layers) &&
                      document[layers].is_array() && !document[layers].empty();
  if (!arrays || between(random, 0, 3) == 0) return put_into_container(document, random);
  const int last = int(document[layers].size()) - 1;
  vary_widths(document[layers][std::size_t(between(random, 0, last))], random);
}

}  // namespace atrous::fuzz
