// Pictures that commands draw, where the program was built with them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <initializer_list>

#include <atrous/pictures.hpp>

namespace cli {

// What is seen and how large it is; options of a command, or of its option `picture`.
void add_picture_options(CLI::App& command, atrous::PictureOptions& options, CLI::Option* picture = nullptr);

// Throws Error: argument (an ending that no picture has, an output that is one of `inputs`), io (see check_output),
// unsupported (a program without pictures).
void check_picture(const std::filesystem::path& path, std::initializer_list<std::filesystem::path> inputs);

// Sounds that are rewindable, from their start; see atrous::write_spectrogram and atrous::write_comparison, and
// write_or_fail for the errors.
void draw(atrous::AudioReader& sound, const std::filesystem::path& path, const atrous::PictureOptions& options);
void draw(atrous::AudioReader& a, atrous::AudioReader& b, const std::filesystem::path& path,
          const atrous::PictureOptions& options);

}  // namespace cli
