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
#include <string>
#include <utility>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect_renderer.hpp>
#include <atrous/error.hpp>
#include <atrous/levels.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "interrupt.hpp"
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
  std::filesystem::path model, in, out;
  std::string isa = "automatic";
  int block = 4096;
  double gain_in = 0, gain_out = 0;  // dB
  bool normalize = false;
  std::optional<double> calibrate;  // dBu of the host at full scale
  std::optional<double> size, model_rate;
};

double from_db(double db) {
  return std::pow(10.0, db / 20);
}

double input_gain(const Options& options, const Network& network) {
  const double gain = from_db(options.gain_in);
  return options.calibrate ? gain * atrous::calibrated_input_gain(network.model(), *options.calibrate) : gain;
}

// Calibration says what the model hears; what leaves it is normalised where both are asked for.
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

void check_channels(const Options& options, const Network& network, const AudioReader& sound) {
  const int inputs = network.info().inputs;
  if (inputs == 1 || sound.channels() == inputs) return;
  throw Error(ErrorCode::argument, options.in.string() + ": expected " + std::to_string(inputs) +
                                       " channels, the inputs of the model; found " + std::to_string(sound.channels()));
}

// The sound after the effect, of the same length and in time. False where the user interrupted.
bool run_effect(EffectRenderer& effect, AudioReader& sound, std::vector<float> piece, Sink& output,
                const Interrupt& interrupt) {
  Progress progress(std::int64_t(sound.stated_frames().value_or(0)), sound.sample_rate());
  const std::size_t full = piece.size();
  std::vector<float> made;
  while (true) {
    if (interrupt.requested()) return false;
    effect.process(piece, made);
    output.append(made);
    made.clear();
    progress.update(std::int64_t(sound.frames()));
    if (piece.size() < full) break;
    piece = next_frames(sound, full / std::size_t(sound.channels()));
  }
  effect.finish(made);
  output.append(made);
  output.finish();
  return true;
}

void warn_guarded(std::uint64_t guarded) {
  if (guarded == 0) return;
  std::cerr << "warning: " << with_commas(std::int64_t(guarded)) << (guarded == 1 ? " sample was" : " samples were")
            << " not finite, and silenced\n";
}

bool is_integer(atrous::SampleFormat format) {
  return format != atrous::SampleFormat::float32 && format != atrous::SampleFormat::float64;
}

int process(const Options& options) {
  check_input(options.model);
  check_input(options.in);
  check_output(options.out, {options.model, options.in});
  const Network network =
      load_network(options.model, {.isa = options.isa, .size = options.size, .model_rate = options.model_rate});
  check_model(options, network);
  AudioReader sound(options.in);
  check_channels(options, network, sound);
  EffectRenderer effect(network, {.sample_rate = sound.sample_rate(),
                                  .max_block = std::size_t(options.block),
                                  .channels = sound.channels(),
                                  .input_gain = input_gain(options, network),
                                  .output_gain = output_gain(options, network),
                                  .ceiling = std::numeric_limits<float>::max()});  // files hold what a model makes
  // A live pipe is heard block by block.
  std::vector<float> first = next_frames(sound, std::min(std::size_t(options.block), piece_frames));
  if (first.empty()) refuse_empty(options.in);

  const Interrupt interrupt;
  Sink output(options.out, sound.sample_rate(), sound.channels(), sound.format());
  const Stopwatch stopwatch;
  if (!run_effect(effect, sound, std::move(first), output, interrupt)) return interrupt.exit_code();
  print_made(options.out, double(sound.frames()) / sound.sample_rate(), stopwatch.seconds());
  print_warnings(network.model().warnings());
  warn_guarded(effect.guarded());
  if (is_integer(sound.format().samples)) warn_clipped(output.clipped());
  return 0;
}

}  // namespace

Action add_process(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Model: .safetensors, .nam, or a .json of GuitarML or RTNeural")
      ->required();
  add_sound_input(command, "IN", options->in,
                  "Sound to run through it, of any rate and any number of channels; - is the standard input")
      ->required();
  add_sound_output(command, "OUT", options->out,
                   "Sound to write: same rate, length, channels and sample format; - is WAV on the standard output")
      ->required();
  command.add_option("--block", options->block, "Frames per block")
      ->check(whole_between(1, 1 << 20))
      ->capture_default_str();
  command.add_option("--gain-in", options->gain_in, "Gain before the model, dB")->check(number_between(-120, 120));
  command.add_option("--gain-out", options->gain_out, "Gain after the model, dB")->check(number_between(-120, 120));
  command.add_flag("--normalize", options->normalize, "Bring the loudness that the model states to -18 dB");
  command
      .add_option("--calibrate", options->calibrate,
                  "Level of your interface at full scale, dBu: the model hears and gives out the levels of its gear; "
                  "with --normalize the input alone is calibrated")
      ->check(number_between(-200, 200));
  add_model_rate(command, options->model_rate);
  add_size(command, options->size, "Size of a model that has several, from 0 to 1; the full one unless given");
  add_isa(command, options->isa);
  return [options] { return process(*options); };
}

}  // namespace cli
