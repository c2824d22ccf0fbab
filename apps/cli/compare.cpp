// atrous compare: how far one sound is from another.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "pictures.hpp"
#include "sound.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::AudioReader;
using atrous::Error;
using atrous::ErrorCode;

struct Options {
  std::filesystem::path reference, other, picture;
  atrous::PictureOptions drawing;
  bool json = false;
};

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string channels_and_rate(const AudioReader& sound) {
  return std::to_string(sound.channels()) + " channels at " + std::to_string(std::llround(sound.sample_rate())) + " Hz";
}

atrous::Comparison compare_sounds(const Options& options, AudioReader& a, AudioReader& b) {
  if (a.channels() != b.channels() || a.sample_rate() != b.sample_rate()) {
    throw Error(ErrorCode::argument,
                options.other.string() + ": expected " + channels_and_rate(a) + ", found " + channels_and_rate(b));
  }
  atrous::SoundComparison comparison(a.channels());
  while (true) {
    const std::vector<float> x = next_frames(a), y = next_frames(b);
    const std::size_t common = std::min(x.size(), y.size());
    comparison.append(std::span(x).first(common), std::span(y).first(common));
    if (common < piece_frames * std::size_t(a.channels())) break;
  }
  // What is left of the longer one.
  while (!next_frames(a).empty()) continue;
  while (!next_frames(b).empty()) continue;
  if (a.frames() == 0) refuse_empty(options.reference);
  if (b.frames() == 0) refuse_empty(options.other);
  atrous::Comparison result = comparison.finish();
  result.extra_frames = std::int64_t(b.frames()) - std::int64_t(a.frames());
  return result;
}

// Both, as far as they were compared.
void draw_both(const Options& options, AudioReader& a, AudioReader& b, std::size_t frames) {
  a.rewind();
  b.rewind();
  atrous::PictureOptions drawing = options.drawing;
  drawing.view.frames = frames;
  drawing.name_a = options.reference.filename().string();
  drawing.name_b = options.other.filename().string();
  draw(a, b, options.picture, drawing);
}

int compare(const Options& options) {
  const bool pictured = !options.picture.empty();
  if (pictured) check_picture(options.picture, {options.reference, options.other});
  check_input(options.reference);
  check_input(options.other);
  AudioReader a(options.reference, pictured), b(options.other, pictured);
  const atrous::Comparison result = compare_sounds(options, a, b);
  if (pictured) draw_both(options, a, b, result.frames);
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
  add_sound_input(command, "A", options->reference, "The reference; - is the standard input")->required();
  add_sound_input(command, "B", options->other, "The other sound, of the same rate and channels")->required();
  add_json(command, options->json);
  CLI::Option* picture = command
                             .add_option("--picture", options->picture,
                                         "Picture to write, .png or .svg: A above B, and where B is louder or quieter")
                             ->type_name("FILE");
  add_picture_options(command, options->drawing, picture);
  return [options] { return compare(*options); };
}

}  // namespace cli
