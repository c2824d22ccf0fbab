// Native files of reduced precision, broken in one place.
#include <cstring>
#include <limits>

#include <atrous/network.hpp>

#include "broken_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

const std::string name = "small.safetensors", weight = "stacks.0.layers.1.conv.weight",
                  scale = "stacks.0.layers.1.conv.scale", last = "post.1.weight";

std::string reduced_bytes(Precision precision) {
  Random random(9);
  return saved(Network(as_model(random_generator(random)), {.precision = precision}).model());
}

// Where the bytes of a tensor start in the data.
std::size_t start_of(const NativeFile& file, const std::string& tensor) {
  return file.header[tensor]["data_offsets"][0].get<std::size_t>();
}

// Gives a tensor other bytes, type and shape; those after it move.
void replace(NativeFile& file, const std::string& tensor, const std::string& bytes, const char* type,
             const Json& shape) {
  const std::size_t begin = start_of(file, tensor), end = file.header[tensor]["data_offsets"][1].get<std::size_t>();
  file.data.replace(begin, end - begin, bytes);
  for (auto& item : file.header.items()) {
    if (item.key() == "__metadata__") continue;
    Json& offsets = item.value()["data_offsets"];
    if (offsets[0].get<std::size_t>() < end || item.key() == tensor) continue;
    offsets[0] = offsets[0].get<std::size_t>() + bytes.size() - (end - begin);
    offsets[1] = offsets[1].get<std::size_t>() + bytes.size() - (end - begin);
  }
  file.header[tensor] = {{"dtype", type}, {"shape", shape}, {"data_offsets", {begin, begin + bytes.size()}}};
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::string with_value(const std::string& good, const std::string& tensor, T value) {
  NativeFile file(good);
  std::memcpy(file.data.data() + start_of(file, tensor), &value, sizeof(value));
  return file.bytes();
}

}  // namespace

TEST_CASE("scales that are no scales are named") {
  const std::string good = reduced_bytes(Precision::int8);
  REQUIRE(refusal(good, name).empty());
  for (const float value : {0.0f, -0.0f, -1.0f, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    INFO("a scale of " << value);
    check_refused(with_value(good, scale, value), name, scale);
  }
  check_refused(with_value(good, scale, std::numeric_limits<float>::max()), name, weight);  // products overflow
  const std::vector<float> ones(10, 1.0f);
  NativeFile file(good);
  replace(file, scale, bytes_of(ones), "F32", {10, 1});
  check_refused(file.bytes(), name, scale);
  file = NativeFile(good);
  replace(file, scale, bytes_of(std::vector<float>(9, 1.0f)), "F32", {9});
  check_refused(file.bytes(), name, scale);
  file = NativeFile(good);
  replace(file, scale, bytes_of(std::vector<std::int8_t>(10, 1)), "I8", {10});
  check_refused(file.bytes(), name, scale);
  file = NativeFile(good);  // the weight lacks it, and a tensor is left over
  file.header["other.scale"] = file.header[scale];
  file.header.erase(scale);
  check_refused(file.bytes(), name, scale);
}

TEST_CASE("tensors of another type than the precision calls for are named") {
  const std::string bytes = reduced_bytes(Precision::int8), halves = reduced_bytes(Precision::bf16);
  check_refused(with_value(bytes, weight, std::int8_t{-128}), name, weight);

  NativeFile file(bytes);
  const std::size_t values = 10 * 2 * 3;
  replace(file, weight, bytes_of(std::vector<float>(values, 0.5f)), "F32", {10, 2, 3});
  check_refused(file.bytes(), name, scale);  // which is left over
  const std::string bias = "stacks.0.layers.1.conv.bias";
  file = NativeFile(bytes);
  replace(file, bias, std::string(10, '\1'), "I8", {10});
  check_refused(file.bytes(), name, bias);
  file = NativeFile(bytes);
  replace(file, weight, bytes_of(std::vector<std::int16_t>(values, 1)), "I16", {10, 2, 3});
  check_refused(file.bytes(), name, weight);
  file = NativeFile(bytes);
  replace(file, last, bytes_of(std::vector<float>(32 * 12 * 2, 0.1f)), "F32", {32, 12, 2});
  check_refused(file.bytes(), name, last);  // no bf16 number
  file = NativeFile(bytes);
  replace(file, last, bytes_of(std::vector<float>(32 * 12 * 2, 0.5f)), "F32", {32, 12, 2});
  CHECK(refusal(file.bytes(), name).empty());

  file = NativeFile(halves);
  replace(file, weight, bytes_of(std::vector<float>(values, 0.1f)), "F32", {10, 2, 3});
  check_refused(file.bytes(), name, weight);
  for (const char* precision : {"f32", "bf16"}) {
    file = NativeFile(bytes);
    file.config["precision"] = precision;
    check_refused(file.bytes(), name, "I8");
  }
  file = NativeFile(halves);
  file.config["precision"] = "int8";
  check_refused(file.bytes(), name, "expected I8");
  for (const Json& wrong : {Json("f64"), Json(""), Json(8), Json(nullptr), Json::array()}) {
    file = NativeFile(halves);
    file.config["precision"] = wrong;
    check_refused(file.bytes(), name, "precision");
  }
}

TEST_CASE("an effect of reduced precision is refused") {
  Random random(10);
  for (const char* precision : {"bf16", "int8"}) {
    NativeFile file(saved(parse(random_nam(random).dump())));
    file.config["precision"] = precision;
    check_refused(file.bytes(), name, "precision");
  }
}

TEST_CASE("a cut or noisy file of reduced precision is refused by name") {
  Random random(11);
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    const std::string good = reduced_bytes(precision);
    check_truncations(good, name);
    check_noise(good, name, random);
  }
}
