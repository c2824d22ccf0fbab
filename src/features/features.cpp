#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <sstream>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "features/mel.hpp"
#include "features/waveform.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"

namespace atrous {

namespace {

constexpr std::size_t piece_frames = 1 << 14;  // samples
constexpr std::size_t max_feature_values = std::size_t(1) << 31;

void check_rate(const model::ModelData& data, double sample_rate) {
  const double expected = data.config.features->sample_rate;
  if (sample_rate == expected) return;
  std::ostringstream message;
  message << data.name << ": features of audio at " << sample_rate << " Hz, expected " << expected
          << " Hz: resample it first";
  throw Error(ErrorCode::argument, message.str());
}

void join(FeatureMatrix& features, const FeatureMatrix& more) {
  if (more.values.size() > max_feature_values - features.values.size()) {
    throw Error(ErrorCode::argument, "features of more than 2^31 values: cut the audio");
  }
  features.values.insert(features.values.end(), more.values.begin(), more.values.end());
  features.frames += more.frames;
}

}  // namespace

struct FeatureExtractor::State {
  features::MelFrontEnd front_end;
  dsp::Frames frames;
  features::Highpass highpass;
  std::optional<features::WaveformShaper> shaper;  // where the features are those of the shaped sound

  State(const model::ModelData& data, double sample_rate)
      : front_end(data), frames(front_end.frames()), highpass(data.config.waveform, sample_rate) {
    if (data.config.features->of_shaped_audio) shaper.emplace(features::uncompressed(data.config.waveform));
  }

  void take(std::vector<float> sound) {
    if (shaper) shaper->process(sound);
    frames.append(sound);
  }

  FeatureMatrix take() {
    const auto bins = std::size_t(front_end.bins());
    FeatureMatrix made{.frames = 0, .bins = bins};
    frames.take([&](const dsp::SignalWindow& audio, std::ptrdiff_t start) {
      made.values.resize(++made.frames * bins);
      front_end.frame(audio, start, std::span(made.values).last(bins));
    });
    return made;
  }
};

FeatureExtractor::FeatureExtractor(const Model& model, double sample_rate) {
  const model::ModelData& data = Model::Access::data(model);
  if (!data.config.features) {
    throw Error(ErrorCode::invalid, data.name + ": features: the model has no front end; give it features of your own");
  }
  check_rate(data, sample_rate);
  state_ = std::make_unique<State>(data, sample_rate);
}

FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;

FeatureMatrix FeatureExtractor::append(std::span<const float> audio) {
  // In pieces, so that the frames that a long stretch holds are made and forgotten as it goes.
  FeatureMatrix made{.frames = 0, .bins = std::size_t(state_->front_end.bins())};
  for (std::size_t at = 0; at < audio.size(); at += piece_frames) {
    state_->take(state_->highpass.append(audio.subspan(at, std::min(piece_frames, audio.size() - at))));
    join(made, state_->take());
  }
  return made;
}

FeatureMatrix FeatureExtractor::finish() {
  state_->take(state_->highpass.finish());
  state_->frames.finish();
  return state_->take();
}

FeatureMatrix compute_features(const Model& model, std::span<const float> audio, double sample_rate) {
  FeatureExtractor extractor(model, sample_rate);
  FeatureMatrix features = extractor.append(audio);
  join(features, extractor.finish());
  return features;
}

std::vector<float> shape_waveform(const Model& model, std::span<const float> audio) {
  return features::shape(Model::Access::data(model).config.waveform, model.sample_rate(), audio);
}

}  // namespace atrous
