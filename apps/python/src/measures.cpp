// score and mel: what a model makes of a sound it is given.
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include <atrous/features.hpp>
#include <atrous/score.hpp>

#include "arrays.hpp"
#include "module.hpp"
#include "work.hpp"

namespace python {
namespace {

using atrous::Network;

constexpr std::size_t piece = 1024;  // samples between two looks at the signals

struct Score {
  atrous::Score facts;
  std::optional<Array> outputs;  // (steps + 1, rows)
};

// Calls `take` with pieces of a sound.
template <typename Take>
void take_in_pieces(std::span<const float> sound, Released& released, Take take) {
  for (std::size_t at = 0; at < sound.size(); at += piece) {
    released.pause();
    take(sound.subspan(at, std::min(piece, sound.size() - at)));
  }
}

std::optional<Array> given_features(py::handle mel, const Network& network) {
  if (mel.is_none()) return std::nullopt;
  if (!network.info().features) throw py::value_error("mel: expected None, as this model reads no features");
  return as_features(mel, "mel", network.info().features->bins);
}

Score score(const py::object& model, const py::object& audio, const py::object& mel, bool padded, int speaker,
            bool keep_outputs) {
  const Network network = as_network(model);
  const Array sound = as_samples(audio, "audio");
  const std::optional<Array> features = given_features(mel, network);
  std::vector<float> columns;
  atrous::ScorerOptions options{.speaker = speaker, .front_end = !features};
  if (keep_outputs) {
    options.outputs = [&](std::span<const float> more) { columns.insert(columns.end(), more.begin(), more.end()); };
  }
  Score result;
  {
    const std::span<const float> samples = values_of(sound);
    const auto frames = features ? values_of(*features) : std::span<const float>{};
    Released released;
    atrous::Scorer scorer(network, std::move(options));
    if (features) scorer.append_features(frames, padded);
    take_in_pieces(samples, released, [&](std::span<const float> more) { scorer.append(more); });
    result.facts = scorer.finish();
  }
  const auto rows = std::size_t(network.info().outputs);
  if (keep_outputs) result.outputs = matrix(columns, columns.size() / rows, rows);
  return result;
}

Array mel(const py::object& like, const py::object& audio, bool padded) {
  const atrous::Model model = as_model(like);
  const Array sound = as_samples(audio, "audio");
  atrous::FeatureMatrix all;
  {
    const std::span<const float> samples = values_of(sound);
    Released released;
    atrous::FeatureExtractor front_end(model, model.sample_rate());
    const auto join = [&](const atrous::FeatureMatrix& more) {
      all.frames += more.frames, all.bins = more.bins;
      all.values.insert(all.values.end(), more.values.begin(), more.values.end());
    };
    take_in_pieces(samples, released, [&](std::span<const float> more) { join(front_end.append(more)); });
    join(front_end.finish());
    if (padded) all = atrous::pad_features(model, all);
  }
  return matrix(all.values, all.frames, all.bins);
}

std::string describe(const Score& score) {
  std::ostringstream out;
  out << "<atrous.Score nll_nats " << score.facts.nll_nats << ", nll_nats_after_receptive_field "
      << score.facts.nll_nats_after_receptive_field << ", steps " << score.facts.steps << ">";
  return out.str();
}

}  // namespace

void define_measures(py::module_& module) {
  py::class_<Score>(module, "Score", "How well a model predicts a sound; read-only.")
      .def_property_readonly(
          "nll_nats", [](const Score& score) { return score.facts.nll_nats; },
          "Negative log-likelihood, nats: the mean over all steps.")
      .def_property_readonly(
          "nll_nats_after_receptive_field",
          [](const Score& score) { return score.facts.nll_nats_after_receptive_field; },
          "The mean over the steps that read a full receptive field; NaN if there are none.")
      .def_property_readonly(
          "steps", [](const Score& score) { return score.facts.steps; }, "One less than the samples.")
      .def_property_readonly(
          "outputs", [](const Score& score) { return score.outputs; },
          "float32 (samples, rows): the raw outputs after each sample; None unless asked for.")
      .def("__repr__", &describe);
  module.def(
      "score", &score, py::arg("model"), py::arg("audio"), py::kw_only(), py::arg("mel") = py::none(),
      py::arg("padded") = false, py::arg("speaker") = 0, py::arg("outputs") = false,
      "How well `model` (a path, a Model or a Network) predicts `audio`, (samples,) at the model's rate, sample by\n"
      "sample, when it reads the true past. A model that reads features takes `mel`, (frames, bins), unpadded\n"
      "unless padded=True, or else what its own front end makes of the sound. outputs=True keeps the raw outputs.");
  module.def("mel", &mel, py::arg("model"), py::arg("audio"), py::kw_only(), py::arg("padded") = false,
             "The features of `audio`, (samples,) at the model's rate, that `model` (a path, a Model or a Network)\n"
             "expects: float32 (frames, bins); padded=True: with the model's own padding at both ends.");
}

}  // namespace python
