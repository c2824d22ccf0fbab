// atrous score: how well a model predicts a sound, sample by sample, when it hears the true past.
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>
#include <numbers>
#include <optional>
#include <string>

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
  if (!options.mel.empty() && network.info().feature_bins == 0) {
    throw Error(ErrorCode::argument, name + "hears no features, so --mel cannot be used");
  }
  check_speaker(options.speaker, options.model, network);
}

Heard hear(const Options& options, const Network& network) {
  std::optional<Conditioning> features;
  if (!options.mel.empty()) features = atrous::read_conditioning(network.model(), options.mel);
  const bool tensors = extension(options.in) == ".safetensors";
  Heard heard = tensors ? hear_tensors(options.in, network, features) : hear_sound(options.in, network, features);
  if (options.speaker) heard.input.speaker = *options.speaker;
  return heard;
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

void write_logits(const std::filesystem::path& path, atrous::Score& score, std::int64_t rows) {
  const std::int64_t length = std::int64_t(score.outputs.size()) / rows;
  const atrous::Tensors tensors = {{"y", {.shape = {1, rows, length}, .values = std::move(score.outputs)}}};
  write_or_fail([&] { atrous::write_tensors(path, tensors); });
}

int run_score(const Options& options) {
  check(options);
  const Network network = load_network(
      options.model, {.isa = options.isa, .precision = options.precision, .model_rate = options.model_rate});
  check_model(options, network);
  const Heard heard = hear(options, network);
  atrous::Score score = atrous::score(network, heard.input, !options.logits.empty());
  if (!options.logits.empty()) write_logits(options.logits, score, network.info().outputs);
  print(options, score);
  print_warnings(network.model().warnings());
  print_warnings(heard.warnings);
  return 0;
}

}  // namespace

Action add_score(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Generative model: .safetensors")->required();
  command
      .add_option(
          "WAV", options->in,
          "Sound, resampled and mixed to one channel; or .safetensors with x (1, C, T) or classes (T), and c and g "
          "where the model has them")
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
