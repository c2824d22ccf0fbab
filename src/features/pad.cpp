// The padding that a model wants around its conditioning frames.
#include <string>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "model/access.hpp"
#include "model/model_data.hpp"

namespace atrous {

FeatureMatrix pad_features(const Model& model, const FeatureMatrix& features) {
  const model::Condition& condition = Model::Access::data(model).config.wavenet.condition;
  const std::size_t bins = features.bins, frames = features.frames;
  if (condition.kind != model::ConditionKind::features || bins != std::size_t(condition.bins)) {
    throw Error(ErrorCode::argument, Model::Access::data(model).name + ": features of " + std::to_string(bins) +
                                         " bins, expected " + std::to_string(condition.bins));
  }
  if (frames == 0 || features.values.size() != frames * bins) {
    throw Error(ErrorCode::argument,
                Model::Access::data(model).name + ": features without frames, or of another size than they say");
  }
  const auto pad = std::size_t(condition.pad);
  const auto first = features.values.begin(), last = features.values.end() - std::ptrdiff_t(bins);
  FeatureMatrix padded{.frames = frames + 2 * pad, .bins = bins};
  padded.values.reserve(padded.frames * bins);
  for (std::size_t i = 0; i < pad; ++i) padded.values.insert(padded.values.end(), first, first + std::ptrdiff_t(bins));
  padded.values.insert(padded.values.end(), features.values.begin(), features.values.end());
  for (std::size_t i = 0; i < pad; ++i) padded.values.insert(padded.values.end(), last, features.values.end());
  return padded;
}

}  // namespace atrous
