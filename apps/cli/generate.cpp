// atrous generate: sound out of a model that reads its own output, to a file or, as raw PCM, to a pipe.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "batch.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sink.hpp"
#include "sound.hpp"
#include "stopwatch.hpp"
#include "text.hpp"
#include "voices.hpp"

namespace cli {
namespace {

using atrous::Error;
using atrous::ErrorCode;
using atrous::Network;

constexpr std::size_t chunk_frames = 1024;  // short enough for a prompt pipe and a prompt Ctrl-C

struct Options {
  std::filesystem::path model, prime, mel, from;
  BatchOptions batch;  // OUT; or features and sounds to follow, and a folder
  std::optional<double> seconds, model_rate;
  std::optional<std::uint64_t> samples;
  std::optional<int> speaker;
  std::uint64_t seed = 0;
  double temperature = 1;
  bool greedy = false;
  int streams = 1, threads = 1;
  std::string precision, isa = "automatic", raw_format;
};

Error bad_argument(const std::string& message) {
  return Error(ErrorCode::argument, message);
}

// `conditioned`: whether there is something to follow.
void check_model(const Options& options, const Network& network, bool conditioned) {
  const atrous::NetworkInfo& info = network.info();
  const std::string name = options.model.string() + ": ";
  if (!info.generates) throw bad_argument(name + "is an effect, which needs a sound to work on; use 'atrous process'");
  if (info.features && !conditioned) throw bad_argument(name + "reads features; give --mel FILE or --from WAV");
  if (!info.features && conditioned) throw bad_argument(name + "reads no features, so --mel and --from cannot be used");
  if (!info.features && !options.seconds && !options.samples) {
    throw bad_argument("how long? Give --seconds or --samples");
  }
  check_speaker(options.speaker, options.model, network);
}

void check_files(const Options& options) {
  check_input(options.model);
  for (const auto& input : {options.prime, options.mel, options.from}) {
    if (!input.empty()) check_input(input);
  }
  check_output(options.batch.out, {options.model, options.prime, options.mel, options.from});
}

std::optional<Conditioning> conditioning(const Options& options, const Network& network) {
  if (!options.mel.empty()) return atrous::read_conditioning(network.model(), options.mel);
  if (options.from.empty()) return std::nullopt;
  const double rate = network.info().sample_rate;
  atrous::FeatureExtractor front_end(network.model(), rate);
  MonoReader sound(options.from, rate);
  Conditioning result;
  const auto join = [&](const atrous::FeatureMatrix& more) {
    atrous::FeatureMatrix& all = result.features;
    all.frames += more.frames, all.bins = more.bins;
    all.values.insert(all.values.end(), more.values.begin(), more.values.end());
  };
  for (std::vector<float> piece = sound.next(); !piece.empty(); piece = sound.next()) join(front_end.append(piece));
  join(front_end.finish());
  if (result.features.frames == 0) throw bad_argument(options.from.string() + ": is too short for a single frame");
  for (const std::string& warning : atrous::feature_warnings(network.model(), result.features)) {
    result.warnings.push_back(options.from.string() + ": " + warning);
  }
  return result;
}

Voices make_voices(const Options& options, const Network& network, std::vector<std::string>& warnings) {
  atrous::GeneratorOptions generator{.seed = options.seed,
                                     .temperature = options.temperature,
                                     .greedy = options.greedy,
                                     .speaker = options.speaker.value_or(0)};
  Voices voices(network, generator, options.streams, options.threads);
  if (std::optional<Conditioning> frames = conditioning(options, network)) {
    warnings.insert(warnings.end(), frames->warnings.begin(), frames->warnings.end());
    voices.condition(std::move(*frames));
  }
  if (!options.prime.empty()) {
    const std::vector<float> sound = read_mono(options.prime, network.info().sample_rate);
    if (sound.size() >= voices.available()) {
      throw bad_argument(options.prime.string() +
                         ": is as long as the conditioning or longer, so nothing would follow it");
    }
    voices.prime(sound);
  }
  if (voices.available() == 0) throw bad_argument("the conditioning is too short for a single sample");
  return voices;
}

// Samples to make: what was asked for, the whole conditioning by default and at most.
std::size_t length(const Options& options, const Network& network, const Voices& voices,
                   std::vector<std::string>& warnings) {
  std::size_t wanted = std::numeric_limits<std::size_t>::max();
  if (options.samples) wanted = std::size_t(*options.samples);
  if (options.seconds) wanted = std::size_t(std::llround(*options.seconds * network.info().sample_rate));
  if (wanted == 0) throw bad_argument("--seconds: shorter than one sample");
  const std::size_t available = voices.available();
  if ((options.samples || options.seconds) && wanted > available) {
    const double rate = network.info().sample_rate;
    warnings.push_back("the features last " + duration(double(available) / rate) + ", less than the " +
                       duration(double(wanted) / rate) + " asked for; the sound ends with them");
  }
  return std::min(wanted, available);
}

Sink make_sink(const Options& options, const std::filesystem::path& out, const Network& network) {
  atrous::AudioFormat format{.samples = atrous::SampleFormat::pcm16};
  if (options.raw_format == "f32le") format.samples = atrous::SampleFormat::float32;
  if (!options.raw_format.empty()) format.container = "raw";
  return {out, network.info().sample_rate, options.streams, format};
}

// Frames made: `total`, or fewer after an interruption.
std::size_t run(Voices& voices, Sink& sink, std::size_t total, double sample_rate, const Interrupt& interrupt,
                bool bar) {
  Progress progress(bar ? std::int64_t(total) : 0, sample_rate);
  std::size_t done = 0;
  while (done < total && !interrupt.requested()) {
    const std::span<const float> made = voices.fill(std::min(chunk_frames, total - done));
    if (made.empty()) break;
    sink.append(made);
    done += made.size() / voices.count();
    progress.update(std::int64_t(done));
  }
  return done;
}

Network load(const Options& options, bool conditioned) {
  const Network network = load_network(
      options.model, {.isa = options.isa, .precision = options.precision, .model_rate = options.model_rate});
  check_model(options, network, conditioned);
  return network;
}

// A sound that is ready to be made.
struct Making {
  Making(const Options& options, const std::filesystem::path& out, const Network& network,
         std::vector<std::string>& warnings)
      : sink(make_sink(options, out, network)),  // refuses an output that cannot be written before the work starts
        voices(make_voices(options, network, warnings)),
        total(length(options, network, voices, warnings)),
        sample_rate(network.info().sample_rate) {}

  Sink sink;
  Voices voices;
  std::size_t total;
  double sample_rate;
};

int generate_one(const Options& options) {
  check_files(options);
  const std::filesystem::path& out = options.batch.out;
  const Network network = load(options, !options.mel.empty() || !options.from.empty());
  std::vector<std::string> warnings = network.model().warnings();
  Making sound(options, out, network, warnings);

  const Interrupt interrupt;
  const Stopwatch stopwatch;
  const std::size_t made = run(sound.voices, sound.sink, sound.total, sound.sample_rate, interrupt, true);
  const double seconds = stopwatch.seconds();
  if (made > 0) sound.sink.finish();
  if (made > 0) print_made(out, double(made) / sound.sample_rate, seconds);
  print_warnings(warnings);
  print_warnings(clipped_warning(sound.sink.clipped()));
  return interrupt.requested() ? interrupt.exit_code() : 0;
}

bool holds_features(const std::filesystem::path& path) {
  const std::string ending = extension(path);
  return ending == ".npy" || ending == ".npz" || ending == ".safetensors";
}

// The options of a single item: its input is followed.
Options for_item(Options options, const std::filesystem::path& in) {
  (holds_features(in) ? options.mel : options.from) = in;
  return options;
}

BatchResult render(const Options& options, const Network& network, const BatchItem& item, const Interrupt& interrupt) {
  BatchResult result;
  Making sound(for_item(options, item.in), item.out, network, result.warnings);
  run(sound.voices, sound.sink, sound.total, sound.sample_rate, interrupt, false);
  if (interrupt.requested()) return result;  // half an item is none
  sound.sink.finish();
  result.seconds = double(sound.total) / sound.sample_rate;
  for (std::string& warning : clipped_warning(sound.sink.clipped())) result.warnings.push_back(std::move(warning));
  return result;
}

int generate_many(const Options& options) {
  if (!options.mel.empty() || !options.from.empty()) {
    throw bad_argument("--mel and --from name one input; give many as IN, or by --list");
  }
  check_input(options.model);
  const std::vector<BatchItem> items = batch_items(options.batch, {options.model});
  const Network network = load(options, true);
  print_warnings(network.model().warnings());
  return run_batch(options.batch, items, [&](const BatchItem& item, const Interrupt& interrupt) {
    return render(options, network, item, interrupt);
  });
}

// A single input is followed, as --mel or --from says it too.
int generate(Options options) {
  tell_apart(options.batch, false);
  if (is_batch(options.batch)) return generate_many(options);
  if (options.batch.in.empty()) return generate_one(options);
  if (!options.mel.empty() || !options.from.empty()) throw bad_argument("IN beside --mel or --from: give one of them");
  return generate_one(for_item(std::move(options), options.batch.in[0]));
}

void add_sources(CLI::App& command, Options& options) {
  add_sound_input(command, "--prime", options.prime,
                  "Sound that the model reads first, as if it had made it; OUT continues it; - is the standard input")
      ->type_name("WAV");
  CLI::Option* mel =
      command
          .add_option("--mel", options.mel,
                      "Features to follow: .npy, or .npz of one array, (frames, bins); or .safetensors with "
                      "c (1, bins, frames), padded already. Either way round")
          ->type_name("FILE");
  add_sound_input(command, "--from", options.from,
                  "Sound to follow, through the model's own front end; - is the standard input")
      ->type_name("WAV")
      ->excludes(mel);
  add_speaker(command, options.speaker);
}

void add_length(CLI::App& command, Options& options) {
  CLI::Option* seconds = command.add_option("--seconds", options.seconds, "Length; by default that of the features")
                             ->check(number_between(0, 100000));
  command.add_option("--samples", options.samples, "Length in samples")
      ->check(whole_between(1, 10'000'000'000))
      ->excludes(seconds);
}

}  // namespace

Action add_generate(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->model, "Generative model: .safetensors")->required();
  add_batch_files(
      command, options->batch,
      "Features or a sound to follow, as --mel or --from, where the model reads any; then the sound to write "
      "(16-bit), or - for WAV on the standard output. Several inputs, or folders of them, become files in a "
      "folder");
  options->batch.pattern = "{stem}.wav";
  add_batch_options(command, options->batch);
  add_length(command, *options);
  add_sources(command, *options);
  command.add_option("--seed", options->seed, "The same seed gives the same sound")
      ->check(whole_between(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command.add_option("--temperature", options->temperature, "Below 1 tamer, above 1 wilder, 0 greedy")
      ->check(number_between(0, 100))
      ->capture_default_str();
  command.add_flag("--greedy", options->greedy, "The most likely value at every step");
  command
      .add_option("--streams", options->streams,
                  "Voices made at once, one channel each; voice n has random numbers of its own")
      ->check(whole_between(1, atrous::GeneratorBank::most_voices))
      ->capture_default_str();
  command
      .add_option("--threads", options->threads,
                  "Threads that share the voices, or the layers of a single one where that turns out faster")
      ->check(whole_between(1, atrous::GeneratorBank::most_threads))
      ->capture_default_str();
  add_model_rate(command, options->model_rate);
  add_precision(command, options->precision);
  command
      .add_option("--raw-format", options->raw_format,
                  "Samples alone in a pipe, without the header of a WAV file; channels interleaved")
      ->check(CLI::IsMember({"s16le", "f32le"}));
  add_isa(command, options->isa);
  return [options] { return generate(*options); };
}

}  // namespace cli
