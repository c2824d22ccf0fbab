// atrous spectrogram: a picture of a sound.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include <atrous/audio.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "sound.hpp"

namespace cli {
namespace {

struct Options {
  std::filesystem::path in, out;
  atrous::SpectrogramOptions picture;
};

int spectrogram(const Options& options) {
  check_input(options.in);
  check_picture(options.out, {options.in});
  atrous::AudioReader sound(options.in, true);
  if (next_frames(sound, 1).empty()) refuse_empty(options.in);
  sound.rewind();
  write_or_fail([&] { atrous::write_spectrogram(sound, options.out, options.picture); });
  return 0;
}

}  // namespace

Action add_spectrogram(CLI::App& command) {
  auto options = std::make_shared<Options>();
  atrous::SpectrogramOptions& picture = options->picture;
  add_sound_input(command, "WAV", options->in, "Sound; its channels are mixed to one; - is the standard input")
      ->required();
  command.add_option("OUT", options->out, "Picture to write: .png")->required();
  command.add_option("--width", picture.width, "Pixels")->check(whole_between(320, 8192))->capture_default_str();
  command.add_option("--height", picture.height, "Pixels")->check(whole_between(200, 8192))->capture_default_str();
  command.add_option("--max-frequency", picture.max_frequency, "Hz, top of the axis; by default half the sample rate")
      ->check(number_between(0, 1e5));
  command.add_option("--range", picture.range_db, "dB from black to the brightest colour")
      ->check(number_between(10, 200))
      ->capture_default_str();
  command.add_option("--title", picture.title, "Text above the picture (ASCII)");
  return [options] { return spectrogram(*options); };
}

}  // namespace cli
