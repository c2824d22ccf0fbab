// atrous bench: how fast a model runs here, and how near that is to what the processor can do.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <atrous/profile.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::Network;
using atrous::Profile;

struct Options {
  std::filesystem::path model;
  std::string isa = "automatic", precision = "f32";
  atrous::ProfileOptions profile;
  std::optional<double> size;
  bool json = false;
};

void print_as_json(const Options& options, const Network& network, const Profile& profile) {
  Json stages = Json::array();
  for (const atrous::StageProfile& stage : profile.stages) {
    stages.push_back({{"name", stage.name}, {"us_per_sample", stage.us_per_sample}, {"share", stage.share}});
  }
  print_json({{"us_per_sample", profile.us_per_sample},
              {"samples_per_second", profile.samples_per_second},
              {"times_real_time", profile.times_real_time},
              {"gflops", profile.gflops},
              {"gbytes_per_second", profile.gbytes_per_second},
              {"fma_peak_gflops", profile.peaks.fma_gflops},
              {"l2_gbytes_per_second", profile.peaks.l2_gbytes_per_second},
              {"fma_share", profile.fma_share},
              {"isa", atrous::isa_name(network.isa())},
              {"precision", options.precision},
              {"block", options.profile.block},
              {"streams", options.profile.streams},
              {"threads", options.profile.threads},
              {"stages", stages}});
}

std::string percent(double share) {
  return fixed(100 * share, 1) + " %";
}

void print_as_text(const Options& options, const Network& network, const Profile& profile) {
  const double bytes_share = profile.gbytes_per_second / (profile.peaks.l2_gbytes_per_second * options.profile.threads);
  print_rows({
      {"model", options.model.string() + ", " + std::string(atrous::isa_name(network.isa())) + ", " +
                    options.precision + ", blocks of " + std::to_string(options.profile.block) + ", streams " +
                    std::to_string(options.profile.streams) + ", threads " + std::to_string(options.profile.threads)},
      {"speed", fixed(profile.us_per_sample, 3) + " us/sample, " +
                    with_commas(std::int64_t(profile.samples_per_second)) + " samples/s, " +
                    fixed(profile.times_real_time, 1) + " x real time"},
      {"arithmetic", fixed(profile.gflops, 2) + " GFLOP/s, " + percent(profile.fma_share) + " of the " +
                         fixed(profile.peaks.fma_gflops, 1) + " that a core reaches"},
      {"weights", fixed(profile.gbytes_per_second, 2) + " GB/s, " + percent(bytes_share) + " of the " +
                      fixed(profile.peaks.l2_gbytes_per_second, 1) + " that a core reads from its second cache level"},
  });
  std::vector<Row> rows;
  for (const atrous::StageProfile& stage : profile.stages) {
    rows.push_back({"  " + stage.name, fixed(stage.us_per_sample, 4) + " us/sample  " + percent(stage.share)});
  }
  print_rows(rows);
}

int bench(const Options& options) {
  check_precision(options.precision);
  const Network network = load_network(options.model, options.isa, options.size);
  const Profile profile = atrous::profile(network, options.profile);
  if (options.json) {
    print_as_json(options, network, profile);
  } else {
    print_as_text(options, network, profile);
  }
  return 0;
}

}  // namespace

Action add_bench(CLI::App& command) {
  auto options = std::make_shared<Options>();
  atrous::ProfileOptions& profile = options->profile;
  command.add_option("MODEL", options->model, "Model: .safetensors, .nam, or a .json of GuitarML or RTNeural")
      ->required();
  command.add_option("--block", profile.block, "Frames per call")
      ->check(whole_between(1, 65536))
      ->capture_default_str();
  command.add_option("--streams", profile.streams, "Voices run in turn")
      ->check(whole_between(1, 256))
      ->capture_default_str();
  command.add_option("--threads", profile.threads, "Threads that share the voices")
      ->check(whole_between(1, 256))
      ->capture_default_str();
  command.add_option("--seconds", profile.seconds, "How long to measure")
      ->check(number_between(0.01, 600))
      ->capture_default_str();
  add_size(command, options->size, "Size of a model that has several, from 0 to 1; the full one unless given");
  add_precision(command, options->precision);
  add_isa(command, options->isa);
  add_json(command, options->json);
  return [options] { return bench(*options); };
}

}  // namespace cli
