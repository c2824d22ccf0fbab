#include <cmath>
#include <sstream>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "features/mel.hpp"
#include "features/waveform.hpp"
#include "model/model_data.hpp"

namespace atrous {

namespace {

constexpr std::size_t kMaxFeatureValues = std::size_t(1) << 31;

void check_rate(const model::ModelData& data, double sample_rate) {
  const double expected = data.config.features->sample_rate;
  if (sample_rate == expected) return;
  std::ostringstream message;
  message << data.name << ": features of audio at " << sample_rate << " Hz, expected " << expected
          << " Hz: resample it first";
  throw Error(ErrorCode::argument, message.str());
}

}  // namespace

FeatureMatrix compute_features(const Model& model, std::span<const float> audio, double sample_rate) {
  const model::ModelData& data = model.data();
  if (!data.config.features) {
    throw Error(ErrorCode::invalid, data.name + ": features: the model has no front end; give it features of your own");
  }
  check_rate(data, sample_rate);
  features::MelFrontEnd front_end(data);
  FeatureMatrix result{.frames = front_end.frames(audio.size()), .bins = std::size_t(front_end.bins())};
  if (result.frames > kMaxFeatureValues / result.bins) {
    throw Error(ErrorCode::argument, data.name + ": features of " + std::to_string(audio.size()) +
                                         " samples exceed 2^31 values: cut the audio");
  }
  const model::Waveform& waveform = data.config.waveform;
  const std::vector<float> heard = data.config.features->of_shaped_audio
                                       ? features::shape(waveform, sample_rate, audio)
                                       : features::highpass(waveform, sample_rate, audio);
  result.values.resize(result.frames * result.bins);
  for (std::size_t frame = 0; frame < result.frames; ++frame) {
    front_end.frame(heard, frame, std::span(result.values).subspan(frame * result.bins, result.bins));
  }
  return result;
}

std::vector<float> shape_waveform(const Model& model, std::span<const float> audio) {
  return features::shape(model.data().config.waveform, model.sample_rate(), audio);
}

}  // namespace atrous
