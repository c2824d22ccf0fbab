// atrous compare: how far one sound is from another.
#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include <atrous/audio.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "sound.hpp"
#include "text.hpp"

namespace cli {
namespace {

struct Options {
  std::filesystem::path reference, other;
  bool json = false;
};

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

int compare(const Options& options) {
  const atrous::Comparison result = atrous::compare(read_sound(options.reference), read_sound(options.other));
  if (options.json) {
    // JSON has no infinity: an infinite ratio is null.
    print_json({{"esr", result.esr},
                {"snr_db", result.snr_db},
                {"max_abs", result.max_abs},
                {"stft_distance", result.stft_distance},
                {"frames", result.frames},
                {"extra_frames", result.extra_frames}});
    return 0;
  }
  print_rows({{"ESR", scientific(result.esr)},
              {"SNR", std::isfinite(result.snr_db) ? fixed(result.snr_db, 1) + " dB" : scientific(result.snr_db)},
              {"max abs", scientific(result.max_abs)},
              {"STFT distance", scientific(result.stft_distance)},
              {"frames", with_commas(std::int64_t(result.frames))}});
  if (result.extra_frames != 0) {
    print_warnings({"B is " + with_commas(std::abs(result.extra_frames)) + " frames " +
                    (result.extra_frames > 0 ? "longer" : "shorter") + " than A; the rest is left out"});
  }
  return 0;
}

}  // namespace

Action add_compare(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("A", options->reference, "The reference")->required();
  command.add_option("B", options->other, "The other sound, of the same rate and channels")->required();
  add_json(command, options->json);
  return [options] { return compare(*options); };
}

}  // namespace cli
