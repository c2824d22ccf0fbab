// atrous spectrogram: a picture of a sound.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include <atrous/audio.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "pictures.hpp"
#include "sound.hpp"

namespace cli {
namespace {

struct Options {
  std::filesystem::path in, out;
  atrous::PictureOptions picture;
};

int spectrogram(const Options& options) {
  check_picture(options.out, {options.in});
  check_input(options.in);
  atrous::AudioReader sound(options.in, true);
  if (next_frames(sound, 1).empty()) refuse_empty(options.in);
  sound.rewind();
  draw(sound, options.out, options.picture);
  return 0;
}

}  // namespace

Action add_spectrogram(CLI::App& command) {
  auto options = std::make_shared<Options>();
  add_sound_input(command, "WAV", options->in, "Sound; its channels are mixed to one; - is the standard input")
      ->required();
  command.add_option("OUT", options->out, "Picture to write: .png or .svg")->required();
  add_picture_options(command, options->picture);
  return [options] { return spectrogram(*options); };
}

}  // namespace cli
