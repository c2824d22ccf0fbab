// Pictures of measured numbers: lines and dots over two axes. Not real-time safe; any thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// Points over one colour. Text is ASCII everywhere; other characters show as boxes.
struct PlotSeries {
  std::string name;                   ///< in the legend; empty: not there
  std::vector<double> x, y;           ///< as many of either, finite; above 0 where the axis is logarithmic
  bool line = true;                   ///< joins the points in their order
  bool dots = true;                   ///< marks them
  std::vector<std::string> labels{};  ///< beside the points: none, or one each
};

enum class PlotScale { linear, log2, log10 };

struct PlotOptions {
  int width = 1200, height = 640;  ///< of the picture, pixels: 480 to 8192 and 240 to 8192
  std::string title{}, x_label{}, y_label{};
  PlotScale x_scale = PlotScale::linear, y_scale = PlotScale::linear;  ///< a linear axis includes 0
};

/// Draws the series with axes, their ticks, and a legend, as a PNG that appears whole or not at all.
/// Throws Error: argument (no points, sizes that differ, values out of range, more than 64 series), io.
ATROUS_API void write_plot(std::span<const PlotSeries> series, const std::filesystem::path& path,
                           const PlotOptions& options = {});

}  // namespace atrous
