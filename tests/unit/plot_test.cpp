// Plots, looked at through the pixels of the PNG that was written, and the axes that they stand on.
#include <png.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include <atrous/error.hpp>
#include <atrous/plot.hpp>

#include "audio/axis.hpp"
#include "catch.hpp"

namespace {

using atrous::PlotOptions;
using atrous::PlotScale;
using atrous::PlotSeries;
using atrous::audio::Axis;
using atrous::audio::Tick;

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

const std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("atrous-plot-" + std::to_string(getpid()) + ".png");

Image draw(const std::vector<PlotSeries>& series, const PlotOptions& options) {
  atrous::write_plot(series, path, options);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path.c_str()) == 0) throw std::runtime_error(png.message);
  png.format = PNG_FORMAT_RGB;
  Image image{int(png.width), int(png.height), std::vector<std::uint8_t>(PNG_IMAGE_SIZE(png))};
  if (png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr) == 0) throw std::runtime_error(png.message);
  std::filesystem::remove(path);
  return image;
}

// The pixels of exactly this colour.
struct Found {
  int count = 0, left = 1 << 30, right = -1, top = 1 << 30, bottom = -1;
};
Found find(const Image& image, int red, int green, int blue) {
  Found found;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* p = image.rgb.data() + 3 * (std::size_t(y) * image.width + x);
      if (p[0] != red || p[1] != green || p[2] != blue) continue;
      ++found.count;
      found.left = std::min(found.left, x), found.right = std::max(found.right, x);
      found.top = std::min(found.top, y), found.bottom = std::max(found.bottom, y);
    }
  }
  return found;
}

std::string refusal(const std::vector<PlotSeries>& series, const PlotOptions& options = {}) {
  try {
    atrous::write_plot(series, path, options);
  } catch (const atrous::Error& error) {
    CHECK(!std::filesystem::exists(path));
    return error.what();
  }
  std::filesystem::remove(path);
  return "";
}

std::vector<double> values(const std::vector<Tick>& ticks) {
  std::vector<double> result;
  for (const Tick& tick : ticks) result.push_back(tick.value);
  return result;
}

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks) result.push_back(tick.label);
  return result;
}

}  // namespace

TEST_CASE("a linear axis runs from 0 to beyond the largest value") {
  const Axis axis({2, 10, 4}, PlotScale::linear);
  CHECK(axis.low() == 0);
  CHECK(axis.position(0) == 0);
  CHECK(axis.position(10) > 0.9);
  CHECK(axis.position(10) < 1);
  CHECK(labels(axis.ticks(6)) == std::vector<std::string>{"0", "2", "4", "6", "8", "10"});
  const Axis below({-3, -1}, PlotScale::linear);
  CHECK(below.high() == 0);
  CHECK(below.position(-3) > 0);
  const Axis zero({0}, PlotScale::linear);
  CHECK(std::isfinite(zero.position(0)));
}

TEST_CASE("logarithmic axes have even decades and octaves") {
  const Axis axis({0.2, 200}, PlotScale::log10);
  CHECK(axis.position(20) - axis.position(2) == Approx(axis.position(2) - axis.position(0.2)));
  CHECK(axis.position(0.2) > 0);
  CHECK(axis.position(200) < 1);
  CHECK(labels(axis.ticks(12)) ==
        std::vector<std::string>{"0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200"});
  CHECK(values(axis.ticks(5)) == std::vector<double>{1, 10, 100});
  CHECK(axis.ticks(2).size() == 2);

  const Axis octaves({1, 2048}, PlotScale::log2);
  CHECK(labels(octaves.ticks(20)).back() == "2048");
  CHECK(values(octaves.ticks(20)).front() == 1);
  CHECK(octaves.ticks(4).size() <= 4);
}

TEST_CASE("a logarithmic axis has ticks however close its values are") {
  for (const double value : {1.0, 3.3, 7.77e5, 4.2e-9}) {
    for (const PlotScale scale : {PlotScale::log2, PlotScale::log10}) {
      CHECK(Axis({value}, scale).ticks(8).size() >= 2);
      CHECK(Axis({value}, scale).position(value) == Approx(0.5));
    }
  }
}

TEST_CASE("series are drawn where their values are, in colours of their own") {
  const PlotOptions options{800, 400, "A plot", "x", "y", PlotScale::log2, PlotScale::linear};
  const Image image = draw({{"", {1, 4, 16}, {1, 1, 1}, false}, {"", {1, 16}, {4, 8}, true, false}}, options);
  CHECK(image.width == 800);
  CHECK(image.height == 400);
  const Found dots = find(image, 0, 114, 178), line = find(image, 213, 94, 0);
  CHECK(dots.count > 3 * 30);  // three discs
  CHECK(dots.count < 3 * 80);
  CHECK(dots.bottom - dots.top < 10);
  CHECK(line.count > 300);
  CHECK(line.bottom < dots.top);  // larger values stand higher
  CHECK(line.bottom - line.top > 100);
  CHECK(std::abs(line.left - dots.left) < 6);
  CHECK(std::abs(line.right - dots.right) < 6);
}

TEST_CASE("names stand in the legend, labels beside their points without covering each other") {
  const PlotSeries plain{"", {1, 1, 2}, {1, 1, 2}, false};
  PlotSeries named = plain, labelled = plain;
  named.name = "a name";
  labelled.labels = {"one label", "another one", ""};
  const Image bare = draw({plain}, {}), legend = draw({named}, {}), texts = draw({labelled}, {});
  const Found before = find(bare, 0, 114, 178), with_legend = find(legend, 0, 114, 178),
              with_labels = find(texts, 0, 114, 178);
  CHECK(with_legend.count > before.count + 30);  // its disc
  CHECK(with_labels.count > before.count + 100);

  // The two labels of one point: as many pixels of ink as apart, so they do not overlap.
  PlotSeries first = plain, second = plain;
  first.labels = {"one label", "", ""};
  second.labels = {"", "another one", ""};
  const int apart = find(draw({first}, {}), 0, 114, 178).count + find(draw({second}, {}), 0, 114, 178).count;
  CHECK(with_labels.count == apart - before.count);
}

TEST_CASE("what cannot be drawn is refused, and nothing is written") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal({}) == "plot: there are no points");
  CHECK(refusal({{"a", {}, {}}}) == "plot: there are no points");
  CHECK(refusal({{"a", {1, 2}, {1}}}) == "plot: expected as many values of x as of y");
  CHECK(refusal({{"a", {1}, {nan}}}) == "plot: a value is not finite");
  CHECK(refusal({{"a", {0}, {1}}}, {1200, 640, "", "", "", PlotScale::log2}).find("above 0") != std::string::npos);
  CHECK(refusal({{"a", {1}, {1}, true, true, {"x", "y"}}}).find("label") != std::string::npos);
  CHECK(refusal({{"a", {1}, {1}}}, {100, 640}).find("width") != std::string::npos);
  CHECK(refusal({{"a", {1}, {1}}}, {1200, 100}).find("height") != std::string::npos);
  CHECK(refusal(std::vector<PlotSeries>(65, {"a", {1}, {1}})).find("64 series") != std::string::npos);
  CHECK(refusal({{std::string(5000, 'n'), {1e300, -1e300}, {1e-300, 5}}}).empty());
}
