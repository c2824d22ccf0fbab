// Models for C.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include <atrous/levels.hpp>

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/path.hpp"

using namespace atrous::capi;

namespace {

double number(const std::optional<double>& value) {
  return value.value_or(std::nan(""));
}

// One of the gains of levels.hpp.
template <class Gain>
atrous_status give_gain(const atrous_model* model, double* gain, const Gain& gain_of) {
  return guarded([&] {
    need(model, "model");
    need(gain, "gain");
    *gain = gain_of(model->value);
  });
}

}  // namespace

atrous_status atrous_model_load(const char* path, atrous_model** model) {
  return created(model, "model", [&] { return new atrous_model{atrous::Model::load(path_of(path))}; });
}

atrous_status atrous_model_from_memory(const void* bytes, size_t size, const char* name, atrous_model** model) {
  return created(model, "model", [&] {
    const auto span = span_of(static_cast<const std::byte*>(bytes), size, "bytes");
    return new atrous_model{atrous::Model::from_memory(span, name ? name : "memory")};
  });
}

atrous_status atrous_model_from_taps(const float* taps, size_t count, double sample_rate, atrous_model** model) {
  return created(model, "model",
                 [&] { return new atrous_model{atrous::Model::from_taps(span_of(taps, count, "taps"), sample_rate)}; });
}

atrous_status atrous_model_at_sample_rate(const atrous_model* model, double hz, atrous_model** result) {
  return created(result, "result", [&] {
    need(model, "model");
    return new atrous_model{model->value.at_sample_rate(hz)};
  });
}

atrous_status atrous_model_at_size(const atrous_model* model, double size, atrous_model** result) {
  return created(result, "result", [&] {
    need(model, "model");
    return new atrous_model{model->value.at_size(size)};
  });
}

atrous_status atrous_model_save(const atrous_model* model, const char* path) {
  return guarded([&] {
    need(model, "model");
    model->value.save(path_of(path));
  });
}

void atrous_model_free(atrous_model* model) {
  delete model;
}

atrous_status atrous_model_get_info(const atrous_model* model, atrous_model_info* info) {
  return guarded([&] {
    need(model, "model");
    const atrous::Model& value = model->value;
    const atrous::Metadata& metadata = value.metadata();
    give(info,
         {.struct_size = sizeof(atrous_model_info),
          .format = value.format().c_str(),
          .architecture = value.architecture().c_str(),
          .precision = atrous::precision_name(value.precision()).data(),
          .name = metadata.name.c_str(),
          .sample_rate = value.sample_rate(),
          .loudness_db = number(metadata.loudness_db),
          .gain = number(metadata.gain),
          .input_level_dbu = number(metadata.input_level_dbu),
          .output_level_dbu = number(metadata.output_level_dbu)},
         "atrous_model_info");
  });
}

const char* atrous_model_warning(const atrous_model* model, size_t index) {
  return model ? line(model->value.warnings(), index) : nullptr;
}

size_t atrous_model_size_bounds(const atrous_model* model, double* bounds, size_t capacity) {
  size_t count = 0;
  guarded([&] {
    need(model, "model");
    const std::vector<double> all = model->value.size_bounds();
    if (bounds) std::copy_n(all.begin(), std::min(capacity, all.size()), bounds);
    count = all.size();
  });
  return count;
}

atrous_status atrous_model_loudness_gain(const atrous_model* model, double* gain) {
  return give_gain(model, gain, [](const atrous::Model& value) { return atrous::loudness_gain(value); });
}

atrous_status atrous_model_input_gain(const atrous_model* model, double host_dbu, double* gain) {
  return give_gain(model, gain,
                   [&](const atrous::Model& value) { return atrous::calibrated_input_gain(value, host_dbu); });
}

atrous_status atrous_model_output_gain(const atrous_model* model, double host_dbu, double* gain) {
  return give_gain(model, gain,
                   [&](const atrous::Model& value) { return atrous::calibrated_output_gain(value, host_dbu); });
}
