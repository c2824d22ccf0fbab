// Changes to inputs that keep them JSON: a value replaced, a key taken away, an element doubled, another size or
// precision (variants.hpp). What follows from the change is put right most of the time (repair.hpp), or hardly any
// input would get as far as a network.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "repair.hpp"
#include "variants.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using atrous::fuzz::Json;
using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

const std::vector<Json>& values() {
  static const std::vector<Json> list{nullptr,
                                      true,
                                      false,
                                      0,
                                      1,
                                      2,
                                      3,
                                      4,
                                      5,
                                      7,
                                      8,
                                      16,
                                      17,
                                      33,
                                      64,
                                      100,
                                      1000,
                                      65535,
                                      65536,
                                      1 << 20,
                                      1000000000,
                                      -1,
                                      0.5,
                                      1.5,
                                      1e-30,
                                      1e30,
                                      1e300,
                                      "",
                                      "x",
                                      "Tanh",
                                      "PReLU",
                                      "Sigmoid",
                                      "LeakyHardtanh",
                                      "gated",
                                      "blended",
                                      "sum",
                                      "concatenate",
                                      "none",
                                      "lstm",
                                      "gru",
                                      "elu",
                                      "softmax",
                                      "conv",
                                      "signal",
                                      "features",
                                      "model",
                                      "one_hot",
                                      "waveform",
                                      "gaussian",
                                      "transposed",
                                      "repeat",
                                      "stretch",
                                      "tanh",
                                      "relu",
                                      "conv1d",
                                      "dense",
                                      "batchnorm",
                                      "prelu",
                                      "LSTM",
                                      "GRU",
                                      "HyperWaveNet",
                                      "low_rank",
                                      "full",
                                      "ConvNet",
                                      "Linear",
                                      "WaveNet",
                                      "SlimmableContainer",
                                      "f32",
                                      "bf16",
                                      "int8",
                                      Json::array(),
                                      Json::object(),
                                      {1},
                                      {1, 2},
                                      {0.25, -0.5, 1}};
  return list;
}

// Every value but the numbers of long arrays, which are weights.
void collect(Json& json, std::vector<Json*>& found) {
  found.push_back(&json);
  if (json.is_object()) {
    for (auto& item : json.items()) collect(item.value(), found);
  } else if (json.is_array()) {
    const std::size_t end = json.size() > 16 ? 1 : json.size();
    for (std::size_t i = 0; i < end; ++i) collect(json[i], found);
  }
}

void nudge(Json& number, Random& random) {
  const double value = number.get<double>();
  constexpr double factors[] = {0.5, 2, 3, -1};
  if (below(random, 2) == 0)
    number = value + (below(random, 2) == 0 ? 1 : -1);
  else
    number = value * factors[below(random, 4)];
  const double changed = number.get<double>();
  if (changed == double(std::int64_t(changed))) number = std::int64_t(changed);
}

// One change at a place that holds other values.
void change_inside(Json& json, const Json& elsewhere, Random& random) {
  if (json.empty()) {
    if (json.is_array()) json.push_back(elsewhere);
    return;
  }
  const auto at = std::next(json.begin(), std::ptrdiff_t(below(random, json.size())));
  if (json.is_object() || below(random, 2) == 0) {
    json.erase(at);
  } else {
    const Json copy = *at;
    json.insert(at, copy);
  }
}

void change(Json& document, Random& random) {
  std::vector<Json*> places;
  collect(document, places);
  Json& place = *places[below(random, places.size())];
  const Json elsewhere = *places[below(random, places.size())];
  const std::size_t kind = below(random, 8);
  if (kind < 3 && place.is_number() && std::abs(place.get<double>()) < 1e15)
    nudge(place, random);
  else if (kind < 5 && place.is_structured())
    change_inside(place, elsewhere, random);
  else if (kind == 5 && elsewhere.dump(-1, ' ', false, Json::error_handler_t::replace).size() < 20000)
    place = elsewhere;
  else
    place = values()[below(random, values().size())];
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The changed JSON file; empty where the input is none.
std::string changed_json(const std::string& input, Random& random) {
  Json document = Json::parse(input, nullptr, false);
  if (document.is_discarded() || !document.is_structured()) return {};
  if (below(random, 4) == 0 && ATROUS_FUZZ_FORMAT == std::string("nam"))
    atrous::fuzz::vary_nam(document, random);
  else
    for (std::size_t n = 1 + below(random, 3); n > 0; --n) change(document, random);
  if (below(random, 8) != 0) atrous::fuzz::repair(document);
  return dumped(document);
}

// The same for the configuration, or the header, in a native file.
std::string changed_native(const std::string& input, Random& random) {
  std::uint64_t length = 0;
  if (input.size() < sizeof(length)) return {};
  std::memcpy(&length, input.data(), sizeof(length));
  if (length > input.size() - sizeof(length)) return {};
  Json header = Json::parse(input.substr(sizeof(length), length), nullptr, false);
  if (!header.is_object()) return {};
  const Json::json_pointer place("/__metadata__/atrous.config");
  if (below(random, 4) != 0 && header.contains(place) && header[place].is_string()) {
    Json config = Json::parse(header[place].get<std::string>(), nullptr, false);
    if (!config.is_structured()) return {};
    if (below(random, 4) == 0)
      atrous::fuzz::vary_native(config, random);
    else
      for (std::size_t n = 1 + below(random, 3); n > 0; --n) change(config, random);
    if (std::string file = atrous::fuzz::native_file(config); !file.empty()) return file;
    header[place] = dumped(config);
  } else {
    change(header, random);
  }
  const std::string text = dumped(header);
  length = text.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof(length));
  return file + text + input.substr(std::min(input.size(), sizeof(length) + std::size_t(length)));
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  Random random(seed);
  if (below(random, 8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string input(reinterpret_cast<const char*>(data), size);
  const bool native = ATROUS_FUZZ_FORMAT == std::string("native");
  const std::string changed = native ? changed_native(input, random) : changed_json(input, random);
  if (changed.empty() || changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}
