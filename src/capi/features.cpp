// Features for C.
#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/path.hpp"

using namespace atrous::capi;

namespace {

atrous_features* unpadded(atrous::FeatureMatrix features) {
  return new atrous_features{{.features = std::move(features)}};
}

void need_open(const atrous_extractor* extractor) {
  need(extractor, "extractor");
  if (extractor->finished) refuse("the extractor has finished");
}

}  // namespace

atrous_status atrous_features_compute(const atrous_model* model, const float* audio, size_t samples, double sample_rate,
                                      atrous_features** features) {
  return created(features, "features", [&] {
    need(model, "model");
    return unpadded(atrous::compute_features(model->value, span_of(audio, samples, "audio"), sample_rate));
  });
}

atrous_status atrous_features_load(const atrous_model* model, const char* path, atrous_features** features) {
  return created(features, "features", [&] {
    need(model, "model");
    return new atrous_features{atrous::read_conditioning(model->value, path_of(path))};
  });
}

void atrous_features_free(atrous_features* features) {
  delete features;
}

size_t atrous_features_frames(const atrous_features* features) {
  return features ? features->value.features.frames : 0;
}

size_t atrous_features_bins(const atrous_features* features) {
  return features ? features->value.features.bins : 0;
}

const float* atrous_features_values(const atrous_features* features) {
  return features ? features->value.features.values.data() : nullptr;
}

int atrous_features_padded(const atrous_features* features) {
  return features && features->value.padded ? 1 : 0;
}

const char* atrous_features_warning(const atrous_features* features, size_t index) {
  return features ? line(features->value.warnings, index) : nullptr;
}

atrous_status atrous_extractor_create(const atrous_model* model, double sample_rate, atrous_extractor** extractor) {
  return created(extractor, "extractor", [&] {
    need(model, "model");
    return new atrous_extractor{atrous::FeatureExtractor(model->value, sample_rate)};
  });
}

void atrous_extractor_free(atrous_extractor* extractor) {
  delete extractor;
}

atrous_status atrous_extractor_append(atrous_extractor* extractor, const float* audio, size_t samples,
                                      atrous_features** features) {
  return created(features, "features", [&] {
    need_open(extractor);
    return unpadded(extractor->value.append(span_of(audio, samples, "audio")));
  });
}

atrous_status atrous_extractor_finish(atrous_extractor* extractor, atrous_features** features) {
  return created(features, "features", [&] {
    need_open(extractor);
    extractor->finished = true;
    return unpadded(extractor->value.finish());
  });
}
