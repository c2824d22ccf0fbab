// atrous score: how well a model predicts a sound, sample by sample, when it reads the true past.
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/score.hpp>
#include <atrous/tensors.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "forcing.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::Error;
using atrous::ErrorCode;
using atrous::Network;

struct Options {
  std::filesystem::path model, in, mel, logits;
  std::optional<int> speaker;
  std::optional<double> model_rate;
  std::string precision, isa = "automatic";
  bool json = false;
};

void check(const Options& options) {
  check_input(options.model);
  check_input(options.in);
  if (!options.mel.empty()) check_input(options.mel);
  if (options.logits.empty()) return;
  check_output(options.logits, {options.model, options.in, options.mel});
  if (extension(options.logits) != ".safetensors") {
    throw Error(ErrorCode::argument, options.logits.string() + ": expected the extension .safetensors");
  }
}

void check_model(const Options& options, const Network& network) {
  const std::string name = options.model.string() + ": ";
  if (!network.info().generates) {
    throw Error(ErrorCode::argument, name + "is an effect; only models that generate sound have a likelihood");
  }
  if (!options.mel.empty() && !network.info().features) {
    throw Error(ErrorCode::argument, name + "reads no features, so --mel cannot be used");
  }
  check_speaker(options.speaker, options.model, network);
}

using Outputs = atrous::ScorerOptions::Outputs;
using Warnings = std::vector<std::string>;

// A sound, piece by piece; its features are those of --mel, or else of the model's own front end.
atrous::Score score_sound(const Options& options, const Network& network, Outputs outputs, Warnings& warnings) {
  atrous::Scorer scorer(
      network,
      {.speaker = options.speaker.value_or(0), .front_end = options.mel.empty(), .outputs = std::move(outputs)});
  Conditioning given;
  if (!options.mel.empty()) {
    given = atrous::read_conditioning(network.model(), options.mel);
    scorer.append_features(given.features.values, given.padded);
    std::vector<float>().swap(given.features.values);
  }
  MonoReader sound(options.in, network.info().sample_rate);
  std::size_t samples = 0;
  for (std::vector<float> piece = sound.next(); !piece.empty(); piece = sound.next()) {
    samples += piece.size();
    scorer.append(piece);
  }
  warnings = given.warnings;
  if (!options.mel.empty()) {
    const Warnings more = duration_warnings(network, given, samples);
    warnings.insert(warnings.end(), more.begin(), more.end());
  }
  return scorer.finish();
}

// (rows, columns) -> (columns, rows)
std::vector<float> transposed(const std::vector<float>& matrix, std::size_t rows) {
  const std::size_t columns = matrix.size() / rows;
  std::vector<float> result(matrix.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column)
      result[column * rows + row] = matrix[row * columns + column];
  }
  return result;
}

atrous::Score score_tensors(const Options& options, const Network& network, const Outputs& outputs,
                            Warnings& warnings) {
  std::optional<Conditioning> features;
  if (!options.mel.empty()) features = atrous::read_conditioning(network.model(), options.mel);
  Forcing forcing = forcing_from(options.in, network, features);
  if (options.speaker) forcing.input.speaker = *options.speaker;
  atrous::Score score = atrous::score(network, forcing.input, bool(outputs));
  if (outputs) outputs(transposed(score.outputs, std::size_t(network.info().outputs)));
  warnings = forcing.warnings;
  return score;
}

void print(const Options& options, const atrous::Score& score) {
  if (options.json) {
    // JSON has no NaN: without a step after the receptive field its mean is null.
    print_json({{"nll_nats", score.nll_nats},
                {"nll_nats_after_receptive_field", score.nll_nats_after_receptive_field},
                {"steps", score.steps}});
    return;
  }
  const auto nats = [](double value) {
    if (std::isnan(value)) return std::string("none: the sound is shorter than the receptive field");
    return fixed(value, 4) + " nats (" + fixed(value / std::numbers::ln2, 4) + " bits) a sample";
  };
  print_rows({{"NLL", nats(score.nll_nats)},
              {"after the receptive field", nats(score.nll_nats_after_receptive_field)},
              {"steps", with_commas(std::int64_t(score.steps))}});
}

int run_score(const Options& options) {
  check(options);
  const Network network = load_network(
      options.model, {.isa = options.isa, .precision = options.precision, .model_rate = options.model_rate});
  check_model(options, network);
  std::optional<atrous::ColumnTensorWriter> logits;
  Outputs outputs;
  if (!options.logits.empty()) {
    logits.emplace(options.logits, "y", std::size_t(network.info().outputs));
    outputs = [&](std::span<const float> columns) { write_or_fail([&] { logits->append(columns); }); };
  }
  const bool tensors = extension(options.in) == ".safetensors";
  Warnings warnings;
  const atrous::Score score =
      tensors ? score_tensors(options, network, outputs, warnings) : score_sound(options, network, outputs, warnings);
  if (logits) write_or_fail([&] { logits->commit(); });
  print(options, score);
  print_warnings(network.model().warnings());
  print_warnings(warnings);
  return 0;
}

}  // namespace

Action add_score(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Generative model: .safetensors")->required();
  add_sound_input(command, "WAV", options->in,
                  "Sound, resampled and mixed to one channel, - the standard input; or .safetensors with x (1, C, T) "
                  "or classes (T), and c and g where the model has them")
      ->required();
  command.add_option("--mel", options->mel, "Features to follow instead of the sound's own, as of generate")
      ->type_name("FILE");
  add_speaker(command, options->speaker);
  command.add_option("--logits", options->logits, "Write the network's raw outputs as y (1, C, T): .safetensors")
      ->type_name("FILE");
  add_model_rate(command, options->model_rate);
  add_precision(command, options->precision);
  add_isa(command, options->isa);
  add_json(command, options->json);
  return [options] { return run_score(*options); };
}

}  // namespace cli
