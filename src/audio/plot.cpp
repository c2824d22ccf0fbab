// Lines and dots over two axes.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/plot.hpp>

#include "audio/axis.hpp"
#include "audio/canvas.hpp"

namespace atrous {
namespace {

using audio::Align;
using audio::Axis;
using audio::Canvas;
using audio::Color;
using audio::Point;

constexpr Color background{255, 255, 255}, ink{40, 40, 48}, faint{110, 110, 120}, grid{228, 228, 234};
// Told apart by those who see fewer colours too (the palette of Okabe and Ito, its yellow left out).
constexpr std::array colors{Color{0, 114, 178},  Color{213, 94, 0},  Color{0, 158, 115}, Color{204, 121, 167},
                            Color{86, 180, 233}, Color{230, 159, 0}, Color{80, 80, 90}};
constexpr double dot_radius = 4, line_width = 2.5;

struct Box {
  int x, y, width, height;
  bool overlaps(const Box& other) const {
    return x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height;
  }
  bool inside(const Box& other) const {
    return x >= other.x && y >= other.y && x + width <= other.x + other.width && y + height <= other.y + other.height;
  }
};

Color color_of(std::size_t series) {
  return colors[series % colors.size()];
}

void check(std::span<const PlotSeries> series, const PlotOptions& options) {
  const auto require = [](bool holds, const std::string& problem) {
    if (!holds) throw Error(ErrorCode::argument, "plot: " + problem);
  };
  const auto check_values = [&](const std::vector<double>& values, PlotScale scale) {
    for (const double value : values) {
      require(std::isfinite(value), "a value is not finite");
      require(scale == PlotScale::linear || value > 0, "expected values above 0 for a logarithmic axis");
    }
  };
  require(options.width >= 480 && options.width <= 8192, "expected a width of 480 to 8192 pixels");
  require(options.height >= 240 && options.height <= 8192, "expected a height of 240 to 8192 pixels");
  require(series.size() <= 64, "expected at most 64 series");
  std::size_t points = 0;
  for (const PlotSeries& each : series) {
    require(each.x.size() == each.y.size(), "expected as many values of x as of y");
    require(each.labels.empty() || each.labels.size() == each.x.size(), "expected a label for every point, or none");
    check_values(each.x, options.x_scale);
    check_values(each.y, options.y_scale);
    points += each.x.size();
  }
  require(points > 0, "there are no points");
}

Axis axis_of(std::span<const PlotSeries> series, std::vector<double> PlotSeries::*values, PlotScale scale) {
  std::vector<double> all;
  for (const PlotSeries& each : series) all.insert(all.end(), (each.*values).begin(), (each.*values).end());
  return Axis(all, scale);
}

class Plot {
 public:
  Plot(std::span<const PlotSeries> series, const PlotOptions& options)
      : series_(series),
        options_(options),
        canvas_(options.width, options.height, background),
        area_{88, 48, options.width - 88 - legend_width() - 24, options.height - 48 - 68},
        x_(axis_of(series, &PlotSeries::x, options.x_scale)),
        y_(axis_of(series, &PlotSeries::y, options.y_scale)) {}

  void draw() {
    draw_x_axis();
    draw_y_axis();
    canvas_.outline(area_.x, area_.y, area_.width, area_.height, ink);
    canvas_.text(area_.x + area_.width / 2, 16, options_.title, ink, Align::center);
    for (std::size_t i = 0; i < series_.size(); ++i) draw_series(i);
    for (std::size_t i = 0; i < series_.size(); ++i) draw_labels(i);
    draw_legend();
  }

  void write(const std::filesystem::path& path) const { canvas_.write_png(path); }

 private:
  int legend_width() const {
    int width = 0;
    for (const PlotSeries& each : series_) {
      if (!each.name.empty()) width = std::max(width, 40 + audio::text_width(each.name));
    }
    return std::min(width, options_.width / 3);
  }

  Point at(double x, double y) const {
    return {area_.x + x_.position(x) * (area_.width - 1), area_.y + (1 - y_.position(y)) * (area_.height - 1)};
  }

  void draw_x_axis() {
    const int bottom = area_.y + area_.height;
    for (const audio::Tick& tick : x_.ticks(std::max(3, area_.width / 70))) {
      const int x = static_cast<int>(std::lround(area_.x + x_.position(tick.value) * (area_.width - 1)));
      canvas_.fill(x, area_.y, 1, area_.height, grid);
      canvas_.fill(x, bottom, 1, 5, ink);
      canvas_.text(x, bottom + 11, tick.label, ink, Align::center);
    }
    canvas_.text(area_.x + area_.width / 2, bottom + 40, options_.x_label, faint, Align::center);
  }

  void draw_y_axis() {
    for (const audio::Tick& tick : y_.ticks(std::max(3, area_.height / 40))) {
      const int y = static_cast<int>(std::lround(area_.y + (1 - y_.position(tick.value)) * (area_.height - 1)));
      canvas_.fill(area_.x, y, area_.width, 1, grid);
      canvas_.fill(area_.x - 5, y, 5, 1, ink);
      canvas_.text(area_.x - 10, y - audio::text_height() / 2, tick.label, ink, Align::right);
    }
    canvas_.text(12, area_.y - 26, options_.y_label, faint);
  }

  void draw_series(std::size_t index) {
    const PlotSeries& series = series_[index];
    std::vector<Point> points;
    for (std::size_t i = 0; i < series.x.size(); ++i) points.push_back(at(series.x[i], series.y[i]));
    if (series.line) canvas_.polyline(points, color_of(index), line_width);
    for (const Point& point : points) {
      if (series.dots) canvas_.line(point, point, color_of(index), 2 * dot_radius);
      taken_.push_back({static_cast<int>(point.x) - 5, static_cast<int>(point.y) - 5, 10, 10});
    }
  }

  void draw_labels(std::size_t index) {
    const PlotSeries& series = series_[index];
    for (std::size_t i = 0; i < series.labels.size(); ++i) {
      const std::string& label = series.labels[i];
      if (label.empty()) continue;
      const Box box = free_place(at(series.x[i], series.y[i]), audio::text_width(label), audio::text_height());
      canvas_.text(box.x, box.y, label, color_of(index));
      taken_.push_back(box);
    }
  }

  // Beside the point, where nothing else stands; else to the right of it.
  Box free_place(Point point, int width, int height) const {
    const int x = static_cast<int>(point.x), y = static_cast<int>(point.y);
    for (int step = 0; step < 6; ++step) {
      const int away = 9 + step * (height + 4);
      for (const Box& box :
           {Box{x + 9, y - height / 2 - (away - 9), width, height},
            Box{x + 9, y - height / 2 + (away - 9), width, height},
            Box{x - 9 - width, y - height / 2 - (away - 9), width, height},
            Box{x - 9 - width, y - height / 2 + (away - 9), width, height},
            Box{x - width / 2, y - away - height, width, height}, Box{x - width / 2, y + away, width, height}}) {
        const auto hits = [&](const Box& other) { return box.overlaps(other); };
        if (box.inside(area_) && std::none_of(taken_.begin(), taken_.end(), hits)) return box;
      }
    }
    return {x + 9, y - height / 2, width, height};
  }

  void draw_legend() {
    const int left = area_.x + area_.width + 16;
    int y = area_.y + 8;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      if (series_[i].name.empty()) continue;
      const double middle = y + audio::text_height() / 2.0;
      if (series_[i].line) canvas_.line({left + 2.0, middle}, {left + 20.0, middle}, color_of(i), line_width);
      if (series_[i].dots) canvas_.line({left + 11.0, middle}, {left + 11.0, middle}, color_of(i), 2 * dot_radius);
      const auto room = static_cast<std::size_t>((options_.width - left - 28) / audio::text_width("m "));
      canvas_.text(left + 28, y, series_[i].name.substr(0, room * 2), ink);
      y += 26;
    }
  }

  std::span<const PlotSeries> series_;
  const PlotOptions& options_;
  Canvas canvas_;
  Box area_;
  Axis x_, y_;
  std::vector<Box> taken_;  // by dots and labels
};

}  // namespace

void write_plot(std::span<const PlotSeries> series, const std::filesystem::path& path, const PlotOptions& options) {
  check(series, options);
  Plot plot(series, options);
  plot.draw();
  plot.write(path);
}

}  // namespace atrous
