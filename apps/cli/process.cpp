// atrous process: an effect over a file, block by block, as a host would run it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>
#include <atrous/levels.hpp>

#include "batch.hpp"
#include "cabinet.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "knobs.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sink.hpp"
#include "sound.hpp"
#include "stopwatch.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::AudioReader;
using atrous::EffectRenderer;
using atrous::Error;
using atrous::ErrorCode;
using atrous::Network;

struct Options {
  std::filesystem::path model;
  BatchOptions batch;  // IN OUT, or many
  std::string isa = "automatic";
  int block = 4096;
  double gain_in = 0, gain_out = 0;  // dB
  bool normalize = false;
  std::optional<double> calibrate;  // dBu of the host at full scale
  std::optional<double> size, model_rate;
  KnobOptions knobs;
  int oversample = 1;
  std::string oversample_phase = "linear";
  std::filesystem::path ir;
  bool normalize_ir = false;
  std::optional<atrous::AudioBuffer> response;  // what `ir` holds, where it is given
};

double from_db(double db) {
  return std::pow(10.0, db / 20);
}

double input_gain(const Options& options, const Network& network) {
  const double gain = from_db(options.gain_in);
  return options.calibrate ? gain * atrous::calibrated_input_gain(network.model(), *options.calibrate) : gain;
}

// Calibration says what the model reads; what leaves it is normalised where both are asked for.
double output_gain(const Options& options, const Network& network) {
  const double gain = from_db(options.gain_out);
  if (options.normalize) return gain * atrous::loudness_gain(network.model());
  return options.calibrate ? gain * atrous::calibrated_output_gain(network.model(), *options.calibrate) : gain;
}

void check_model(const Options& options, const Network& network) {
  if (network.info().generates) {
    throw Error(ErrorCode::argument, options.model.string() + ": makes sound by itself; use 'atrous generate'");
  }
}

void check_channels(const std::filesystem::path& in, const Network& network, const AudioReader& sound) {
  const int inputs = network.info().inputs;
  if (inputs == 1 || sound.channels() == inputs) return;
  throw Error(ErrorCode::argument, in.string() + ": expected " + std::to_string(inputs) +
                                       " channels, the inputs of the model; found " + std::to_string(sound.channels()));
}

// Runs a piece of the sound that begins at a frame, cut where a knob is turned.
void run_piece(EffectRenderer& effect, std::span<const float> piece, const AudioReader& sound, std::uint64_t begin,
               std::span<const KnobStep>& steps, std::vector<float>& made) {
  const auto channels = std::uint64_t(sound.channels());
  for (std::uint64_t frame = begin;; steps = steps.subspan(1)) {
    const std::uint64_t end = begin + piece.size() / channels;
    const bool due = !steps.empty() && steps.front().seconds * sound.sample_rate() < double(end);
    const double at = due ? std::round(steps.front().seconds * sound.sample_rate()) : double(end);
    const std::uint64_t stop = std::clamp(std::uint64_t(at), frame, end);
    effect.process(piece.subspan((frame - begin) * channels, (stop - frame) * channels), made);
    if (!due) return;
    effect.set_knob(steps.front().knob, steps.front().value);
    frame = stop;
  }
}

// Appends to the output what the effect made, through the cabinet where there is one.
void give(std::vector<float>& made, std::optional<Cabinet>& cabinet, Sink& output) {
  if (cabinet) cabinet->process(made);
  output.append(made);
  made.clear();
}

// The sound after the effect, of the same length and in time. False where the user interrupted.
bool run_effect(EffectRenderer& effect, std::optional<Cabinet>& cabinet, AudioReader& sound, std::vector<float> piece,
                std::span<const KnobStep> steps, Sink& output, const Interrupt& interrupt, bool bar) {
  Progress progress(bar ? std::int64_t(sound.stated_frames().value_or(0)) : 0, sound.sample_rate());
  const std::size_t full = piece.size();
  std::vector<float> made;
  while (true) {
    if (interrupt.requested()) return false;
    run_piece(effect, piece, sound, sound.frames() - piece.size() / std::size_t(sound.channels()), steps, made);
    give(made, cabinet, output);
    progress.update(std::int64_t(sound.frames()));
    if (piece.size() < full) break;
    piece = next_frames(sound, full / std::size_t(sound.channels()));
  }
  effect.finish(made);
  give(made, cabinet, output);
  output.finish();
  return true;
}

std::string guarded_warning(std::uint64_t guarded) {
  return with_commas(std::int64_t(guarded)) + (guarded == 1 ? " sample was" : " samples were") +
         " not finite, and silenced";
}

bool is_integer(atrous::SampleFormat format) {
  return format != atrous::SampleFormat::float32 && format != atrous::SampleFormat::float64;
}

BatchResult render(const Options& options, const Network& network, const BatchItem& item, const Interrupt& interrupt,
                   bool bar) {
  AudioReader sound(item.in);
  check_channels(item.in, network, sound);
  const KnobPlan knobs = plan_knobs(options.knobs, network);
  EffectRenderer effect(network, {.sample_rate = sound.sample_rate(),
                                  .max_block = std::size_t(options.block),
                                  .channels = sound.channels(),
                                  .input_gain = input_gain(options, network),
                                  .output_gain = output_gain(options, network),
                                  .knobs = knobs.first,
                                  .knob_ramp = options.knobs.ramp_ms / 1000,
                                  .oversample = options.oversample,
                                  .oversample_phase = atrous::filter_phase_from_name(options.oversample_phase),
                                  .ceiling = std::numeric_limits<float>::max()});  // files hold what a model makes
  // A live pipe is read block by block.
  std::vector<float> first = next_frames(sound, std::min(std::size_t(options.block), piece_frames));
  if (first.empty()) refuse_empty(item.in);

  Sink output(item.out, sound.sample_rate(), sound.channels(), sound.format());
  BatchResult result;
  std::optional<Cabinet> cabinet;
  if (options.response) {
    cabinet.emplace(*options.response, sound.sample_rate(), sound.channels(), options.normalize_ir);
  }
  if (!run_effect(effect, cabinet, sound, std::move(first), knobs.later, output, interrupt, bar)) return result;
  result.seconds = double(sound.frames()) / sound.sample_rate();
  if (effect.guarded() > 0) result.warnings.push_back(guarded_warning(effect.guarded()));
  if (is_integer(sound.format().samples)) {
    for (std::string& warning : clipped_warning(output.clipped())) result.warnings.push_back(std::move(warning));
  }
  return result;
}

Network load(const Options& options) {
  const Network network =
      load_network(options.model, {.isa = options.isa, .size = options.size, .model_rate = options.model_rate});
  check_model(options, network);
  plan_knobs(options.knobs, network);  // before any file is touched
  return network;
}

int process_one(const Options& options) {
  const BatchItem item{options.batch.in[0], options.batch.out};
  check_input(item.in);
  check_output(item.out, {options.model, item.in, options.ir});
  const Network network = load(options);
  const Interrupt interrupt;
  const Stopwatch stopwatch;
  const BatchResult result = render(options, network, item, interrupt, true);
  if (interrupt.requested()) return interrupt.exit_code();
  print_made(item.out, result.seconds, stopwatch.seconds());
  print_warnings(network.model().warnings());
  print_warnings(result.warnings);
  return 0;
}

int process(Options options) {
  tell_apart(options.batch, true);
  check_input(options.model);
  if (!options.ir.empty()) {
    check_input(options.ir);
    options.response = read_response(options.ir);
  }
  if (!is_batch(options.batch)) return process_one(options);
  const std::vector<BatchItem> items = batch_items(options.batch, {options.model, options.ir});
  const Network network = load(options);
  print_warnings(network.model().warnings());
  return run_batch(options.batch, items, [&](const BatchItem& item, const Interrupt& interrupt) {
    return render(options, network, item, interrupt, false);
  });
}

}  // namespace

Action add_process(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Model: " + model_files())->required();
  add_batch_files(
      command, options->batch,
      "Sound to run through it, of any rate and any number of channels, or - for the standard input; then the "
      "sound to write, of the same rate, length, channels and sample format, or - for WAV on the standard "
      "output. Several sounds, or folders of them, become files in a folder");
  add_batch_options(command, options->batch);
  command.add_option("--block", options->block, "Frames per block")
      ->check(whole_between(1, 1 << 20))
      ->capture_default_str();
  command.add_option("--gain-in", options->gain_in, "Gain before the model, dB")->check(number_between(-120, 120));
  command.add_option("--gain-out", options->gain_out, "Gain after the model, dB")->check(number_between(-120, 120));
  command.add_flag("--normalize", options->normalize, "Bring the loudness that the model states to -18 dB");
  command
      .add_option("--calibrate", options->calibrate,
                  "Level of your interface at full scale, dBu: the model gets and gives out the levels of its gear; "
                  "with --normalize the input alone is calibrated")
      ->check(number_between(-200, 200));
  add_model_rate(command, options->model_rate);
  add_size(command, options->size, "Size of a model that has several, from 0 to 1; the full one unless given");
  command
      .add_option("--oversample", options->oversample,
                  "Run the model at so many times its rate, against aliases: 2, 4 or 8")
      ->check(CLI::IsMember({1, 2, 4, 8}))
      ->type_name("TIMES");
  command
      .add_option("--oversample-phase", options->oversample_phase,
                  "Of its filters: linear, or minimum, which let nothing ring before it sounds")
      ->check(CLI::IsMember({"linear", "minimum"}))
      ->type_name("PHASE");
  add_knobs(command, options->knobs);
  auto* ir =
      command
          .add_option("--ir", options->ir,
                      "Impulse response of a cabinet behind the effect, a sound file of any rate; of a stereo one "
                      "each side is one channel's")
          ->type_name("SOUND");
  command
      .add_flag("--ir-normalize,--ir-normalise", options->normalize_ir,
                "Make noise as loud behind the cabinet as before it")
      ->needs(ir);
  add_isa(command, options->isa);
  return [options] { return process(*options); };
}

}  // namespace cli
