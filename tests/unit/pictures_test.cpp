// Pictures of sounds, looked at through the pixels of the PNG that was written, and through the text of the SVG.
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/pictures.hpp>

#include "catch.hpp"
#include "folder.hpp"
#include "pictures/colors.hpp"
#include "pictures/panel.hpp"
#include "pictures/text.hpp"
#include "pictures/ticks.hpp"

namespace {

using atrous::AudioBuffer;
using atrous::FrequencyScale;
using atrous::PictureOptions;
using atrous::pictures::Box;
using atrous::pictures::Color;
using atrous::test::Folder;

constexpr double test_rate = 16000;
constexpr Color white_color{255, 255, 255};

struct Image {
  int width = 0, height = 0;
  std::vector<Color> pixels;

  Color at(int x, int y) const { return pixels.at(std::size_t(y) * std::size_t(width) + std::size_t(x)); }
  int light(int x, int y) const { return at(x, y).red + at(x, y).green + at(x, y).blue; }
};

Image read_png(const std::filesystem::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) throw std::runtime_error("no PNG: " + path.string());
  Image image{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const unsigned char* data = cairo_image_surface_get_data(surface);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, data + y * cairo_image_surface_get_stride(surface) + x * 4, sizeof pixel);
      image.pixels.push_back({std::uint8_t(pixel >> 16), std::uint8_t(pixel >> 8), std::uint8_t(pixel)});
    }
  }
  cairo_surface_destroy(surface);
  return image;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A second of each of the frequencies, one after the other; 0 is silence.
AudioBuffer tones(const std::vector<double>& frequencies, double amplitude = 0.5) {
  AudioBuffer sound{.sample_rate = test_rate, .channels = 1};
  for (const double hz : frequencies) {
    for (int n = 0; n < int(test_rate); ++n) {
      sound.samples.push_back(float(amplitude * std::sin(2 * std::numbers::pi * hz * n / test_rate)));
    }
  }
  return sound;
}

// The height above the lower edge of the map, 0 to 1, of the lightest pixel of a column.
double lightest(const Image& image, const Box& map, int column) {
  int found = map.y;
  for (int y = map.y; y < map.y + map.height; ++y) {
    if (image.light(map.x + column, y) > image.light(map.x + column, found)) found = y;
  }
  return 1 - (found - map.y + 0.5) / map.height;
}

// Whether anything but white is in the rectangle.
bool inked(const Image& image, int x, int y, int width, int height) {
  for (int row = y; row < y + height; ++row) {
    for (int column = x; column < x + width; ++column) {
      if (image.at(column, row) != white_color) return true;
    }
  }
  return false;
}

std::string refusal(const std::function<void()>& write) {
  try {
    write();
  } catch (const atrous::Error& error) {
    CHECK(error.code() == atrous::ErrorCode::argument);
    return error.what();
  }
  return "";
}

double mel_position(double hz, double top) {
  return std::log10(1 + hz / 700) / std::log10(1 + top / 700);
}

}  // namespace

TEST_CASE("the energy of a sine stands at its frequency, linear or mel, and silence is dark") {
  const Folder folder;
  const AudioBuffer sound = tones({2000, 0});
  for (const FrequencyScale scale : {FrequencyScale::linear, FrequencyScale::mel}) {
    const PictureOptions options{.width = 600, .height = 300, .view = {.scale = scale}};
    atrous::write_spectrogram(sound, folder / "a.png", options);
    const Image image = read_png(folder / "a.png");
    CHECK(image.width == 600);
    CHECK(image.height == 300);
    const Box map = atrous::pictures::map_box(600, 300, 1, 0);
    const double expected = scale == FrequencyScale::linear ? 0.25 : mel_position(2000, 8000);
    const double found = lightest(image, map, map.width / 4);
    CHECK(std::abs(found - expected) * map.height <= 2.5);
    const int row = map.y + int((1 - found) * map.height);
    CHECK(image.light(map.x + map.width / 4, row) > 600);
    CHECK(image.light(map.x + map.width * 3 / 4, row) < 100);
    CHECK(image.at(2, 2) == white_color);

    // The axis says so too: a tick at 2000 Hz, ink left of the map.
    const int tick = map.y + int(std::lround((1 - expected) * (map.height - 1)));
    CHECK(image.at(map.x - 4, tick) == atrous::pictures::ink_color);
    CHECK(image.at(map.x - 4, tick - 2) == white_color);
  }
}

TEST_CASE("a stretch of time fills the picture, and the time axis moves with it") {
  const Folder folder;
  const AudioBuffer sound = tones({1000, 5000, 3000, 1000});
  const Box map = atrous::pictures::map_box(600, 300, 1, 0);
  const auto column = [&](double part) { return int(part * (map.width - 1)); };
  const auto ticks_at = [&](const Image& image) {
    std::vector<int> found;
    for (int x = 0; x < map.width; ++x) {
      if (image.at(map.x + x, map.y + map.height + 3) == atrous::pictures::ink_color) found.push_back(x);
    }
    return found;
  };
  atrous::write_spectrogram(sound, folder / "all.png", {.width = 600, .height = 300});
  const Image all = read_png(folder / "all.png");
  CHECK(lightest(all, map, column(0.1)) == Approx(1.0 / 8).margin(0.02));
  CHECK(lightest(all, map, column(0.4)) == Approx(5.0 / 8).margin(0.02));
  CHECK(ticks_at(all) == std::vector<int>{0, 212, 423});  // 0, 2, 4 s

  atrous::write_spectrogram(sound, folder / "part.png",
                            {.width = 600, .height = 300, .view = {.from = 1.5, .to = 2.5}});
  const Image part = read_png(folder / "part.png");
  CHECK(lightest(part, map, column(0.1)) == Approx(5.0 / 8).margin(0.02));
  CHECK(lightest(part, map, column(0.9)) == Approx(3.0 / 8).margin(0.02));
  CHECK(ticks_at(part) == std::vector<int>{0, 212, 423});  // 1.5, 2.0, 2.5 s
}

TEST_CASE("the range decides what is black") {
  const Folder folder;
  AudioBuffer sound = tones({2000});
  const AudioBuffer quiet = tones({6000}, 0.5e-2);  // 40 dB less
  for (std::size_t n = 0; n < sound.samples.size(); ++n) sound.samples[n] += quiet.samples[n];
  const Box map = atrous::pictures::map_box(600, 300, 1, 0);
  const auto light = [&](double range) {
    atrous::write_spectrogram(sound, folder / "a.png", {.width = 600, .height = 300, .range_db = range});
    int most = 0;
    for (int y = map.y + map.height / 4 - 3; y <= map.y + map.height / 4 + 3; ++y) {
      most = std::max(most, read_png(folder / "a.png").light(map.x + map.width / 2, y));
    }
    return most;
  };
  CHECK(light(30) == atrous::pictures::loudness_colors[0].red + atrous::pictures::loudness_colors[0].green +
                         atrous::pictures::loudness_colors[0].blue);
  CHECK(light(120) > light(60));
  CHECK(light(60) > 150);
}

TEST_CASE("a title is written above the picture, in UTF-8, and cut where it is too long") {
  const Folder folder;
  const AudioBuffer sound = tones({1000});
  const auto top = [&](const std::string& title) {
    atrous::write_spectrogram(sound, folder / "a.png", {.width = 400, .height = 200, .title = title});
    return read_png(folder / "a.png");
  };
  CHECK(!inked(top(""), 0, 0, 400, 30));
  const Image one = top("Größe"), other = top("Gräße");
  CHECK(inked(one, 170, 8, 60, 20));
  CHECK(one.pixels != other.pixels);
  std::string endless;
  for (int i = 0; i < 300; ++i) endless += "größer";
  const Image cut = top(endless);
  CHECK(inked(cut, 20, 8, 60, 20));
  CHECK(!inked(cut, 0, 0, 17, 30));
  CHECK(!inked(cut, 384, 0, 16, 30));
  CHECK(top("a\xff\xfe\nb").pixels == top("a\xef\xbf\xbd\xef\xbf\xbd b").pixels);
}

TEST_CASE("an SVG holds its title as text, escaped, and the map as an image") {
  const Folder folder;
  atrous::write_spectrogram(tones({1000}), folder / "a.SVG",
                            {.width = 640, .height = 320, .title = "Größe & <b> 日本 \xff"});
  const std::string text = read_text(folder / "a.SVG");
  CHECK(text.starts_with("<?xml"));
  CHECK(text.find("width=\"640") != std::string::npos);
  CHECK(text.find("<title>Größe &amp; &lt;b&gt; 日本 \xef\xbf\xbd</title>") != std::string::npos);
  CHECK(text.find("data:image/png") != std::string::npos);
  CHECK(text.find("</svg>") != std::string::npos);
  atrous::write_spectrogram(tones({1000}), folder / "b.svg");
  CHECK(read_text(folder / "b.svg").find("<title>") == std::string::npos);
}

TEST_CASE("equal sounds have no difference anywhere") {
  const Folder folder;
  AudioBuffer sound = tones({1000, 0, 3000});
  for (float& x : sound.samples) x += 1e-3f * float(std::cos(double(&x - sound.samples.data())));
  const Box map = atrous::pictures::map_box(600, 700, 3, 2);
  const auto compared = [&](const AudioBuffer& other) {
    atrous::write_comparison(sound, other, folder / "a.png", {.width = 600, .height = 700});
    const Image image = read_png(folder / "a.png");
    int different = 0;
    for (int y = map.y; y < map.y + map.height; ++y) {
      for (int x = map.x; x < map.x + map.width; ++x) different += image.at(x, y) != white_color;
    }
    return different;
  };
  CHECK(compared(sound) == 0);
  AudioBuffer longer = sound;
  longer.samples.resize(sound.samples.size() + 5000, 0.9f);  // is left out
  CHECK(compared(longer) == 0);
  AudioBuffer other = sound;
  other.samples[24000] += 0.01f;
  CHECK(compared(other) > 20);
}

TEST_CASE("a comparison shows both sounds, and what is louder or quieter in the second") {
  const Folder folder;
  const AudioBuffer a = tones({1000, 3000}), b = tones({1000, 5000});
  PictureOptions options{.width = 600, .height = 700};
  atrous::write_comparison(a, b, folder / "ab.png", options);
  const Image image = read_png(folder / "ab.png");
  const auto map = [](int index) { return atrous::pictures::map_box(600, 700, 3, index); };
  const int first = map(0).width / 4, second = map(0).width * 3 / 4;
  CHECK(lightest(image, map(0), first) == Approx(1.0 / 8).margin(0.02));
  CHECK(lightest(image, map(1), first) == Approx(1.0 / 8).margin(0.02));
  CHECK(lightest(image, map(0), second) == Approx(3.0 / 8).margin(0.02));
  CHECK(lightest(image, map(1), second) == Approx(5.0 / 8).margin(0.02));
  const auto difference = [&](int column, double position) {
    return image.at(map(2).x + column, map(2).y + int((1 - position) * map(2).height));
  };
  CHECK(difference(first, 1.0 / 8) == white_color);
  CHECK(difference(second, 5.0 / 8) == atrous::pictures::difference_colors.back());
  CHECK(difference(second, 3.0 / 8) == atrous::pictures::difference_colors.front());

  // The same of sounds that are read, one of them longer, and with the names of their panels.
  const AudioBuffer longer = tones({1000, 5000, 200});
  atrous::write_audio(folder / "a.wav", a, {.samples = atrous::SampleFormat::float32});
  atrous::write_audio(folder / "b.wav", longer, {.samples = atrous::SampleFormat::float32});
  atrous::AudioReader reader_a(folder / "a.wav"), reader_b(folder / "b.wav");
  atrous::write_comparison(reader_a, reader_b, folder / "read.png", options);
  CHECK(read_text(folder / "read.png") == read_text(folder / "ab.png"));
  options.name_a = "größer.wav";
  atrous::write_comparison(a, b, folder / "named.png", options);
  const Image named = read_png(folder / "named.png");
  CHECK(named.pixels != image.pixels);
  for (int index = 0; index < 3; ++index) CHECK(inked(named, map(index).x, map(index).y - 24, 100, 20));
}

TEST_CASE("another ending is refused before any work, and options out of range are") {
  const Folder folder;
  const AudioBuffer sound = tones({1000});
  atrous::write_audio(folder / "a.wav", sound);
  atrous::AudioReader a(folder / "a.wav"), b(folder / "a.wav");
  for (const char* name : {"a.jpg", "a", "a.png.txt", ".png"}) {
    CHECK(refusal([&] { atrous::write_spectrogram(a, folder / name); }).find("expected the ending .png or .svg") !=
          std::string::npos);
    CHECK(refusal([&] { atrous::write_comparison(a, b, folder / name); }).find(name) != std::string::npos);
    CHECK(!std::filesystem::exists(folder / name));
  }
  CHECK(a.frames() == 0);
  CHECK(b.frames() == 0);
  const auto refused = [&](const PictureOptions& options, const std::string& words) {
    const std::string why = refusal([&] { atrous::write_spectrogram(sound, folder / "a.png", options); });
    CHECK(why.find(words) != std::string::npos);
    CHECK(!why.empty());
  };
  refused({.width = 319}, "width");
  refused({.width = 8193}, "width");
  refused({.height = 199}, "height");
  refused({.height = 8193}, "height");
  refused({.range_db = 9}, "range");
  refused({.range_db = NAN}, "range");
  refused({.view = {.from = 1}}, "start");
  refused({.view = {.max_frequency = 8001}}, "top frequency");
  CHECK(refusal([&] { atrous::write_comparison(a, b, folder / "a.png", {.height = 399}); }).find("400 to 8192") !=
        std::string::npos);
  AudioBuffer faster = sound;
  faster.sample_rate = 22050;
  CHECK(refusal([&] { atrous::write_comparison(sound, faster, folder / "a.png"); }).find("16000 Hz, found 22050 Hz") !=
        std::string::npos);
  CHECK_THROWS_AS(atrous::write_spectrogram(AudioBuffer{}, folder / "a.png"), atrous::Error);
  CHECK(!std::filesystem::exists(folder / "a.png"));
}

TEST_CASE("the smallest and the largest pictures are drawn") {
  const Folder folder;
  const AudioBuffer sound = tones({1000});
  for (const auto& [width, height] : {std::array{320, 200}, std::array{320, 8192}, std::array{8192, 200}}) {
    atrous::write_spectrogram(sound, folder / "a.png", {.width = width, .height = height});
    CHECK(read_png(folder / "a.png").height == height);
  }
  atrous::write_comparison(sound, sound, folder / "a.png", {.width = 320, .height = 400});
  CHECK(read_png(folder / "a.png").height == 400);
}

TEST_CASE("ticks are round, inside the range, and labelled with as many decimals as they need") {
  const auto labels = [](double low, double high, int most) {
    std::string text;
    for (const auto& tick : atrous::pictures::ticks(low, high, most)) {
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
  CHECK(labels(1.5, 2.5, 4) == "1.5 2.0 2.5 ");
  CHECK(labels(0, 0.003, 4) == "0.000 0.001 0.002 0.003 ");
  CHECK(labels(0, 1e6, 3) == "0 500000 1000000 ");
  CHECK(labels(1, 1, 3).empty());
  for (int most = 2; most < 12; ++most) {
    for (const double high : {0.013, 0.9, 1.0, 7.77, 48.0, 3600.0}) {
      const std::size_t count = atrous::pictures::ticks(0, high, most).size();
      CHECK(count <= std::size_t(most));
      CHECK(count >= 1);
    }
  }
  std::string decades;
  for (const auto& tick : atrous::pictures::decade_ticks(8000)) decades += tick.label + " ";
  CHECK(decades == "0 10 20 50 100 200 500 1000 2000 5000 ");
}

TEST_CASE("text is UTF-8 without control characters, whatever came") {
  using atrous::pictures::printable;
  const std::string bad = "\xef\xbf\xbd";
  for (const char* good : {"", "plain", "Größe", "日本", "\xf0\x9f\x8e\xb8", "\xf4\x8f\xbf\xbd"})
    CHECK(printable(good) == good);
  CHECK(printable("a\tb\nc\x7f") == "a b c ");
  CHECK(printable("\xff") == bad);
  CHECK(printable("\x80z") == bad + "z");
  CHECK(printable("\xc3") == bad);  // the rest is missing
  CHECK(printable("\xc3z") == bad + "z");
  CHECK(printable("\xc0\xaf") == bad + bad);  // '/', longer than need be
  CHECK(printable("\xe0\x80\xaf") == bad + bad + bad);
  CHECK(printable("\xed\xa0\x80") == bad + bad + bad);            // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == bad + bad + bad + bad);  // beyond the last
  CHECK(printable("\xf8\x88\x80\x80\x80").size() == 5 * bad.size());
  CHECK(printable("\xef\xbf\xbf") == bad + bad + bad);  // no character
  CHECK(printable("\xef\xb7\x90") == bad + bad + bad);
  std::string text = "ß日a";
  for (const char* left : {"ß日", "ß", "", ""}) {
    atrous::pictures::drop_last(text);
    CHECK(text == left);
  }
}
