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
  std::vector<double> x;              ///< finite; above 0 where the axis is logarithmic
  std::vector<double> y;              ///< as many, finite; above 0 where the axis is logarithmic
  bool line = true;                   ///< joins the points in their order
  bool dots = true;                   ///< marks them
  std::vector<std::string> labels{};  ///< beside the points: none, or one each
};

/// How an axis runs.
enum class PlotScale { linear, log2, log10 };

/// What a plot looks like.
struct PlotOptions {
  int width = 1200;                       ///< of the picture, pixels, 480 to 8192
  int height = 640;                       ///< of the picture, pixels, 240 to 8192
  std::string title{};                    ///< above the plot
  std::string x_label{};                  ///< below the axis
  std::string y_label{};                  ///< above the axis
  PlotScale x_scale = PlotScale::linear;  ///< a linear axis includes 0
  PlotScale y_scale = PlotScale::linear;  ///< the same
};

/// Draws the series with axes, their ticks, and a legend, as a PNG that appears whole or not at all.
/// Throws Error: argument (no points, sizes that differ, values out of range, more than 64 series), io.
ATROUS_API void write_plot(std::span<const PlotSeries> series, const std::filesystem::path& path,
                           const PlotOptions& options = {});

}  // namespace atrous
