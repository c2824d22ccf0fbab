// atrous process: an effect over a file, block by block, as a host would run it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/levels.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sound.hpp"
#include "stopwatch.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::AudioBuffer;
using atrous::Effect;
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
  std::optional<double> size;
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

void check_channels(const Options& options, const Network& network, const AudioBuffer& sound) {
  const int inputs = network.info().inputs;
  if (inputs == 1 || sound.channels == inputs) return;
  throw Error(ErrorCode::argument, options.in.string() + ": expected " + std::to_string(inputs) +
                                       " channels, the inputs of the model; found " + std::to_string(sound.channels));
}

// Planar blocks of an interleaved sound.
class Blocks {
 public:
  Blocks(int channels, int frames) : channels_(std::size_t(channels)), samples_(channels_ * std::size_t(frames)) {
    for (std::size_t c = 0; c < channels_; ++c) pointers_.push_back(samples_.data() + c * std::size_t(frames));
  }

  // Frames [start, start + count) of `sound`, zeros beyond its end.
  void read(const AudioBuffer& sound, std::size_t start, std::size_t count) {
    for (std::size_t t = 0; t < count; ++t) {
      const bool inside = start + t < sound.frames();
      for (std::size_t c = 0; c < channels_; ++c) {
        pointers_[c][t] = inside ? sound.samples[(start + t) * channels_ + c] : 0;
      }
    }
  }

  // The block's frames become frames [start - delay, …) of `sound`, where they lie inside it.
  void write(AudioBuffer& sound, std::size_t start, std::size_t count, std::size_t delay) const {
    for (std::size_t t = start < delay ? delay - start : 0; t < count; ++t) {
      for (std::size_t c = 0; c < channels_; ++c) sound.samples[(start + t - delay) * channels_ + c] = pointers_[c][t];
    }
  }

  float* const* data() const { return pointers_.data(); }

 private:
  std::size_t channels_;
  std::vector<float> samples_;
  std::vector<float*> pointers_;
};

// The sound after the effect, of the same length: its latency is fed with silence at the end and cut at the start.
// Nothing where the user interrupted.
std::optional<AudioBuffer> run_effect(Effect& effect, const AudioBuffer& sound, int block, const Interrupt& interrupt) {
  Progress progress(std::int64_t(sound.frames()), sound.sample_rate);
  AudioBuffer result = sound;
  Blocks blocks(sound.channels, block);
  const auto delay = std::size_t(effect.latency());
  const std::size_t total = sound.frames() + delay;
  for (std::size_t start = 0; start < total; start += std::size_t(block)) {
    if (interrupt.requested()) return std::nullopt;
    const std::size_t count = std::min(std::size_t(block), total - start);
    blocks.read(sound, start, count);
    effect.process(blocks.data(), blocks.data(), int(count));
    blocks.write(result, start, count, delay);
    progress.update(std::int64_t(start + count));
  }
  return result;
}

bool is_integer(atrous::SampleFormat format) {
  return format != atrous::SampleFormat::float32 && format != atrous::SampleFormat::float64;
}

int process(const Options& options) {
  check_input(options.model);
  check_input(options.in);
  check_output(options.out, {options.model, options.in});
  const Network network = load_network(options.model, {.isa = options.isa, .size = options.size});
  check_model(options, network);
  const AudioBuffer sound = read_sound(options.in);
  check_channels(options, network, sound);
  Effect effect(network, {.sample_rate = sound.sample_rate,
                          .max_block = options.block,
                          .channels = sound.channels,
                          .input_gain = input_gain(options, network),
                          .output_gain = output_gain(options, network)});

  const Interrupt interrupt;
  atrous::AudioWriter writer(options.out, sound.sample_rate, sound.channels, sound.format);
  const Stopwatch stopwatch;
  const std::optional<AudioBuffer> result = run_effect(effect, sound, options.block, interrupt);
  const double seconds = stopwatch.seconds();
  if (!result) return interrupt.exit_code();
  write_or_fail([&] {
    writer.append(result->samples);
    writer.commit();
  });
  print_made(options.out, double(sound.frames()) / sound.sample_rate, seconds);
  print_warnings(network.model().warnings());
  if (is_integer(sound.format.samples)) warn_clipped(count_clipped(result->samples));
  return 0;
}

}  // namespace

Action add_process(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Model: .safetensors, .nam, or a .json of GuitarML or RTNeural")
      ->required();
  command.add_option("IN", options->in, "Sound to run through it, of any rate and any number of channels")->required();
  command.add_option("OUT", options->out, "Sound to write: same rate, length, channels and sample format")->required();
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
  add_size(command, options->size, "Size of a model that has several, from 0 to 1; the full one unless given");
  add_isa(command, options->isa);
  return [options] { return process(*options); };
}

}  // namespace cli
