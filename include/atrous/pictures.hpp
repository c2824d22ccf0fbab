// Pictures of sounds, by cairo: a library of its own (atrous_pictures, CMake's atrous::pictures). Not real-time safe;
// any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <atrous/export.h>
#include <atrous/audio.hpp>

namespace atrous {

/// How a sound is pictured. Texts are UTF-8; what is none shows as U+FFFD, and characters that the system's sans-serif
/// font lacks as boxes. They are cut where they are too long.
struct PictureOptions {
  int width = 1200;             ///< pixels, or points of an SVG, 320 to 8192
  std::optional<int> height{};  ///< the same, 200 to 8192; absent: 480. Of a comparison 400 to 8192; absent: 1080
  double range_db = 90;         ///< from black to the brightest colour, 10 to 200
  SpectrogramView view{};       ///< what of the sound is seen
  std::string title{};          ///< above the picture; in an SVG also its title
  std::string name_a = "A";     ///< of a comparison's first sound
  std::string name_b = "B";     ///< of its second one
};

/// Throws Error (argument) unless the path ends in .png or .svg, in capitals or not: what a picture can be.
ATROUS_API void check_picture_ending(const std::filesystem::path& path);

/// Draws the spectrogram (see spectrogram()) over seconds and Hz, with a scale of colours in dB, as a PNG or an SVG by
/// the path's ending; the file appears whole or not at all (see files.hpp). The loudest level, rounded up to 5 dB, is
/// the brightest. Throws Error: argument (options out of range, no samples, another ending), io.
ATROUS_API void write_spectrogram(const AudioBuffer& sound, const std::filesystem::path& path,
                                  const PictureOptions& options = {});
/// The same of a sound that is read piece by piece; it must be rewindable and stand at its start.
ATROUS_API void write_spectrogram(AudioReader& sound, const std::filesystem::path& path,
                                  const PictureOptions& options = {});

/// Draws two sounds of one rate, a above b in the same colours, and below them the level of b less that of a: red where
/// b is louder, blue where it is quieter, up to 30 dB, and white where they are equal. What is beneath the range counts
/// as its lower end. What the longer sound has more is left out. Throws Error as write_spectrogram().
ATROUS_API void write_comparison(const AudioBuffer& a, const AudioBuffer& b, const std::filesystem::path& path,
                                 const PictureOptions& options = {});
/// The same of sounds that are read piece by piece; they must be rewindable and stand at their starts.
ATROUS_API void write_comparison(AudioReader& a, AudioReader& b, const std::filesystem::path& path,
                                 const PictureOptions& options = {});

}  // namespace atrous
