#include "pictures.hpp"

#include <atrous/error.hpp>

#include "files.hpp"
#include "options.hpp"

namespace cli {

void add_picture_options(CLI::App& command, atrous::PictureOptions& options, CLI::Option* picture) {
  atrous::SpectrogramView& view = options.view;
  const auto belongs = [picture](CLI::Option* option) {
    if (picture != nullptr) option->needs(picture);
    return option;
  };
  belongs(command.add_flag_callback(
      "--mel", [&view] { view.scale = atrous::FrequencyScale::mel; },
      "A frequency axis as the ear has it, instead of a linear one"));
  belongs(command.add_option("--max-frequency", view.max_frequency, "Top of the axis; by default half the sample rate"))
      ->check(number_between(0, 1e6, " Hz"))
      ->type_name("HZ");
  belongs(command.add_option("--from", view.from, "Where the picture starts in the sound"))
      ->check(number_between(0, 1e9, " s"))
      ->type_name("SECONDS");
  belongs(command.add_option("--to", view.to, "Where it ends; by default at the end of the sound"))
      ->check(number_between(0, 1e9, " s"))
      ->type_name("SECONDS");
  belongs(command.add_option("--range", options.range_db, "dB from black to the brightest colour"))
      ->check(number_between(10, 200))
      ->capture_default_str();
  belongs(command.add_option("--width", options.width, "Pixels"))
      ->check(whole_between(320, 8192))
      ->capture_default_str();
  belongs(command.add_option("--height", options.height, picture == nullptr ? "Pixels (480)" : "Pixels (1080)"))
      ->check(whole_between(picture == nullptr ? 200 : 400, 8192))
      ->type_name("INT");
  belongs(command.add_option("--title", options.title, "Text above the picture"))->type_name("TEXT");
}

#ifdef ATROUS_PICTURES

void check_picture(const std::filesystem::path& path, std::initializer_list<std::filesystem::path> inputs) {
  atrous::check_picture_ending(path);
  check_output(path, inputs);
}

void draw(atrous::AudioReader& sound, const std::filesystem::path& path, const atrous::PictureOptions& options) {
  write_or_fail([&] { atrous::write_spectrogram(sound, path, options); });
}

void draw(atrous::AudioReader& a, atrous::AudioReader& b, const std::filesystem::path& path,
          const atrous::PictureOptions& options) {
  write_or_fail([&] { atrous::write_comparison(a, b, path, options); });
}

#else

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path) {
  throw atrous::Error(
      atrous::ErrorCode::unsupported,
      path.string() + ": this atrous was built without cairo (ATROUS_PICTURES=OFF), which draws pictures");
}

}  // namespace

void check_picture(const std::filesystem::path& path, std::initializer_list<std::filesystem::path>) {
  refuse(path);
}

void draw(atrous::AudioReader&, const std::filesystem::path& path, const atrous::PictureOptions&) {
  refuse(path);
}

void draw(atrous::AudioReader&, atrous::AudioReader&, const std::filesystem::path& path,
          const atrous::PictureOptions&) {
  refuse(path);
}

#endif

}  // namespace cli
