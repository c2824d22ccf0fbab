// Drawing, axes and spectrograms, looked at through the pixels of the PNG that was written.
#include <png.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numbers>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/canvas.hpp"
#include "audio/font.hpp"
#include "catch.hpp"
#include "dsp/fft.hpp"

namespace {

using atrous::audio::Canvas;
using atrous::audio::Color;
using atrous::audio::Point;

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  std::array<int, 3> at(int x, int y) const {
    const std::uint8_t* p = rgb.data() + 3 * (std::size_t(y) * std::size_t(width) + std::size_t(x));
    return {p[0], p[1], p[2]};
  }
  int light(int x, int y) const { return at(x, y)[0] + at(x, y)[1] + at(x, y)[2]; }
};

class File {
 public:
  File() : path_(std::filesystem::temp_directory_path() / ("atrous-picture-" + std::to_string(getpid()) + ".png")) {}
  ~File() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

  Image read() const {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&png, path_.c_str()) == 0) throw std::runtime_error(png.message);
    png.format = PNG_FORMAT_RGB;
    Image image{int(png.width), int(png.height), std::vector<std::uint8_t>(PNG_IMAGE_SIZE(png))};
    if (png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr) == 0) throw std::runtime_error(png.message);
    return image;
  }

 private:
  std::filesystem::path path_;
};

Image drawn(const Canvas& canvas) {
  const File file;
  canvas.write_png(file.path());
  return file.read();
}

const Color kWhite{255, 255, 255}, kBlack{0, 0, 0};

}  // namespace

TEST_CASE("rectangles and lines cover their pixels and nothing outside the picture") {
  Canvas canvas(20, 10, kWhite);
  canvas.fill(-5, -5, 8, 8, {200, 0, 0});
  canvas.fill(18, 8, 100, 100, {0, 200, 0});
  canvas.line({5, 5}, {14, 5}, kBlack);
  canvas.line({-1e9, 7}, {1e9, 7}, {0, 0, 200});
  canvas.line({NAN, 1}, {3, 1}, kBlack);
  canvas.pixel(-1, 3, kBlack);
  canvas.pixel(3, 10, kBlack);
  const Image image = drawn(canvas);
  CHECK(image.width == 20);
  CHECK(image.height == 10);
  CHECK(image.at(2, 2) == std::array<int, 3>{200, 0, 0});
  CHECK(image.at(3, 3) == std::array<int, 3>{255, 255, 255});
  CHECK(image.at(19, 9) == std::array<int, 3>{0, 200, 0});
  for (int x = 5; x <= 14; ++x) CHECK(image.light(x, 5) == 0);
  CHECK(image.light(10, 3) == 765);
  CHECK(image.at(10, 7) == std::array<int, 3>{0, 0, 200});
}

TEST_CASE("a slanted line is as dark as it is long and thick") {
  for (const double thickness : {1.0, 2.0, 3.0}) {
    Canvas canvas(100, 100, kWhite);
    const std::vector<Point> points{{10, 10}, {50, 33}, {90, 80}};
    canvas.polyline(points, kBlack, thickness);
    const Image image = drawn(canvas);
    double darkness = 0;
    for (int y = 0; y < 100; ++y) {
      for (int x = 0; x < 100; ++x) darkness += 1 - image.light(x, y) / 765.0;
    }
    CHECK(darkness == Approx(thickness * (std::hypot(40, 23) + std::hypot(40, 47))).epsilon(0.1));
  }
}

TEST_CASE("the font tells every printable character from the others") {
  std::set<atrous::audio::Glyph> glyphs;
  for (char c = ' '; c <= '~'; ++c) glyphs.insert(atrous::audio::glyph(c));
  glyphs.insert(atrous::audio::glyph('\n'));
  CHECK(glyphs.size() == 96);
  for (const atrous::audio::Glyph& rows : glyphs) {
    for (const std::uint8_t row : rows) CHECK(row < 32);
  }
}

TEST_CASE("text lies where its alignment says") {
  for (const auto align : {atrous::audio::Align::left, atrous::audio::Align::center, atrous::audio::Align::right}) {
    Canvas canvas(200, 40, kWhite);
    canvas.text(100, 10, "HHHH", kBlack, align, 2);
    const Image image = drawn(canvas);
    int left = 1000, right = -1, top = 1000, bottom = -1;
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 200; ++x) {
        if (image.light(x, y) == 765) continue;
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
      }
    }
    const int width = atrous::audio::text_width("HHHH", 2);
    const int shift = align == atrous::audio::Align::left     ? 0
                      : align == atrous::audio::Align::center ? width / 2
                                                              : width;
    CHECK(right - left + 1 == width);
    CHECK(left == 100 - shift);
    CHECK(top == 10);
    CHECK(bottom - top + 1 == atrous::audio::text_height(2));
  }
}

TEST_CASE("ticks are round, inside the range, and labelled with as many decimals as they need") {
  const auto labels = [](double low, double high, int most) {
    std::string text;
    for (const auto& tick : atrous::audio::ticks(low, high, most)) {
      CHECK(tick.value >= low - 1e-9);
      CHECK(tick.value <= high + 1e-9);
      CHECK(std::stod(tick.label) == Approx(tick.value).margin(1e-12));
      text += tick.label + " ";
    }
    return text;
  };
  CHECK(labels(0, 22.05, 6) == "0 5 10 15 20 ");
  CHECK(labels(0, 0.6, 8) == "0.0 0.1 0.2 0.3 0.4 0.5 0.6 ");
  CHECK(labels(-93, -3, 5) == "-80 -60 -40 -20 ");
  CHECK(labels(0, 0.003, 4) == "0.000 0.001 0.002 0.003 ");
  CHECK(labels(0, 1e6, 3) == "0 500000 1000000 ");
  CHECK(labels(1, 1, 3).empty());
  for (int most = 2; most < 12; ++most) {
    for (const double high : {0.013, 0.9, 1.0, 7.77, 48.0, 3600.0}) {
      const std::size_t count = atrous::audio::ticks(0, high, most).size();
      CHECK(count <= std::size_t(most));
      CHECK(count >= 1);
    }
  }
}

TEST_CASE("a spectrogram shows a sine at its frequency, and silence dark") {
  atrous::AudioBuffer sound{.sample_rate = 16000, .channels = 2};
  for (int n = 0; n < 32000; ++n) {  // a second of 2 kHz, a second of silence
    const auto x = float(n < 16000 ? 0.5 * std::sin(2 * std::numbers::pi * 2000 * n / 16000) : 0);
    sound.samples.insert(sound.samples.end(), {x, x});
  }
  const File file;
  atrous::write_spectrogram(sound, file.path(), {.width = 600, .height = 300, .title = "2 kHz"});
  const Image image = file.read();
  CHECK(image.width == 600);
  CHECK(image.height == 300);
  const int left = 64, width = 600 - 64 - 110, top = 40, height = 300 - 100;  // of the plot
  const int column = left + width / 4;
  int brightest = top;
  for (int y = top; y < top + height; ++y) {
    if (image.light(column, y) > image.light(column, brightest)) brightest = y;
  }
  CHECK(std::abs(brightest - (top + height * 3 / 4)) <= 2);
  CHECK(image.light(column, brightest) > 500);
  CHECK(image.light(left + width * 3 / 4, brightest) < 100);
  CHECK(image.light(column, top + height / 4) < 100);
  CHECK(image.light(2, 2) == 765);
}

TEST_CASE("spectrograms of any length and rate are drawn, and options out of range refused") {
  const File file;
  for (const std::size_t frames : {1, 2, 50, 100000}) {
    for (const double rate : {1.0, 8000.0, 192000.0}) {
      const atrous::AudioBuffer sound{.sample_rate = rate, .channels = 1, .samples = std::vector<float>(frames, 0.1f)};
      CHECK_NOTHROW(atrous::write_spectrogram(sound, file.path(), {.width = 320, .height = 200}));
    }
  }
  std::filesystem::remove(file.path());
  const atrous::AudioBuffer sound{.sample_rate = 8000, .channels = 1, .samples = {0.1f, 0.2f}};
  const auto refused = [&](const atrous::SpectrogramOptions& options) {
    CHECK_THROWS_AS(atrous::write_spectrogram(sound, file.path(), options), atrous::Error);
  };
  refused({.width = 100});
  refused({.width = 100000});
  refused({.height = 10});
  refused({.height = 100000});
  refused({.max_frequency = 4001});
  refused({.max_frequency = -1});
  refused({.max_frequency = NAN});
  refused({.range_db = 1});
  refused({.range_db = NAN});
  CHECK_THROWS_AS(atrous::write_spectrogram({}, file.path()), atrous::Error);
  CHECK(!std::filesystem::exists(file.path()));
}
