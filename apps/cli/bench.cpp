// atrous bench: how fast a model runs here, and how near that is to what the
// processor can do.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "bench_report.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "jitter_report.hpp"
#include "options.hpp"
#include "stopwatch.hpp"

namespace cli {
namespace {

using atrous::Isa;
using atrous::Model;
using atrous::Network;
using atrous::ProfileCase;

constexpr std::size_t longest_block = 2048;
constexpr int most_streams = 64;

struct Options {
  std::vector<std::filesystem::path> models;
  std::string isa = "automatic", precision;
  std::size_t block = 64;
  int streams = 1, threads = 1;
  atrous::ProfileOptions profile;
  std::optional<double> size, model_rate;
  atrous::JitterOptions blocks;
  bool all_isas = false, sweep = false, jitter = false, json = false;
};

Choice choice(const Options& options) {
  return {.size = options.size, .model_rate = options.model_rate};
}

atrous::NetworkOptions network_options(const Options& options, Isa isa) {
  return {.isa = isa,
          .precision = precision_of(options.precision),
          .size = options.size,
          .all_sizes = options.jitter && !options.size};
}

template <class Work>
auto timed(double& ms, const Work& work) {
  const Stopwatch watch;
  auto result = work();
  ms = 1000 * watch.seconds();
  return result;
}

// What passes from a file to the first sample that can be asked for: the median
// of a few times.
ReadyTime time_to_ready(const Options& options, const std::filesystem::path& path) {
  std::array<ReadyTime, 5> times;
  for (ReadyTime& time : times) {
    const Model model = timed(time.read_ms, [&] { return load_model(path, choice(options)); });
    const Network network = timed(
        time.pack_ms, [&] { return Network(model, network_options(options, atrous::isa_from_name(options.isa))); });
    const atrous::NetworkInfo& info = network.info();
    if (info.generates) {
      timed(time.start_ms, [&] { return atrous::Generator(network); });
    } else {
      const atrous::EffectOptions effect{.max_block = options.block, .channels = info.inputs};
      timed(time.start_ms, [&] { return atrous::Effect(network, effect); });
    }
  }
  const auto middle = times.begin() + times.size() / 2;
  std::nth_element(times.begin(), middle, times.end(),
                   [](const ReadyTime& a, const ReadyTime& b) { return a.total_ms() < b.total_ms(); });
  return *middle;
}

// Every way to run a model that was asked for, by instruction set.
std::vector<ProfileCase> cases(const Options& options, const Model& model) {
  std::vector<Isa> isas = {atrous::isa_from_name(options.isa)};
  if (options.all_isas) isas = atrous::available_isas();
  std::vector<ProfileCase> result;
  for (const Isa isa : isas) {
    const Network network(model, network_options(options, isa));
    if (!options.sweep) {
      result.push_back({network, options.block, options.streams, options.threads});
    } else if (network.info().generates) {
      for (int n = 1; n <= most_streams; n *= 2) result.push_back({network, options.block, n, options.threads});
    } else {
      for (std::size_t n = 1; n <= longest_block; n *= 2)
        result.push_back({network, n, options.streams, options.threads});
    }
  }
  return result;
}

// Rows that are still to be measured, by model.
std::vector<BenchRow> rows(const Options& options) {
  std::vector<BenchRow> result;
  for (const std::filesystem::path& path : options.models) {
    const ReadyTime ready = time_to_ready(options, path);
    for (const ProfileCase& each : cases(options, load_model(path, choice(options)))) {
      result.push_back({.model = path,
                        .ready = ready,
                        .precision = std::string(atrous::precision_name(each.network.precision())),
                        .how = each});
    }
  }
  return result;
}

void measure(std::vector<BenchRow>& rows, atrous::ProfileOptions options) {
  options.stages = rows.size() == 1;
  std::vector<ProfileCase> cases;
  for (const BenchRow& row : rows) cases.push_back(row.how);
  const std::vector<atrous::Profile> profiles = atrous::profile(cases, options);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].profile = profiles[i];
}

int bench_jitter(const Options& options) {
  std::vector<JitterRow> report;
  for (const std::filesystem::path& path : options.models) {
    for (const ProfileCase& each : cases(options, load_model(path, choice(options)))) {
      report.push_back(
          {path, each.network.isa(), each.block, atrous::jitter(each.network, each.block, options.blocks)});
    }
  }
  options.json ? print_as_json(report) : print_as_text(report);
  return 0;
}

int bench(const Options& options) {
  if (options.jitter) return bench_jitter(options);
  std::vector<BenchRow> report = rows(options);
  measure(report, options.profile);
  if (options.json) {
    print_as_json(report);
  } else {
    print_as_text(report);
  }
  return 0;
}

}  // namespace

Action add_bench(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("MODEL", options->models, "Models, measured side by side: " + model_files())->required();
  CLI::Option* block = command.add_option("--block", options->block, "Frames per call")
                           ->check(whole_between(1, atrous::ProfileCase::most_frames))
                           ->capture_default_str();
  CLI::Option* streams =
      command.add_option("--streams", options->streams, "Streams: effects run in turn, voices side by side")
          ->check(whole_between(1, atrous::GeneratorBank::most_voices))
          ->capture_default_str();
  command.add_option("--threads", options->threads, "Threads that share the voices")
      ->check(whole_between(1, atrous::GeneratorBank::most_threads))
      ->capture_default_str();
  command.add_option("--seconds", options->profile.seconds, "How long to measure each row of the table")
      ->check(number_between(0.01, 600))
      ->capture_default_str();
  add_size(command, options->size,
           "Size of a model that has several, from 0 to 1; the full one unless "
           "given");
  add_model_rate(command, options->model_rate);
  add_precision(command, options->precision);
  add_isa(command, options->isa);
  command.add_flag("--all-isas", options->all_isas, "Every instruction set of this machine, side by side");
  command
      .add_flag("--sweep", options->sweep,
                "Blocks of 1, 2, 4, ... 2048; of a "
                "generator, 1, 2, 4, ... 64 streams")
      ->excludes(block)
      ->excludes(streams);
  CLI::Option* jitter =
      command.add_flag("--jitter", options->jitter, "How much longer than the median the worst block takes");
  command.add_option("--blocks", options->blocks.blocks, "Blocks of each of the nine rounds of --jitter")
      ->check(whole_between(1, 10'000'000))
      ->capture_default_str()
      ->needs(jitter);
  add_json(command, options->json);
  return [options] { return bench(*options); };
}

}  // namespace cli
