// A map of levels over seconds and Hz, with its axes and its scale of colours; pictures have one or several, one above
// the other.
#pragma once

#include <cairo.h>

#include <span>
#include <string>

#include <atrous/audio.hpp>

#include "pictures/colors.hpp"

namespace atrous::pictures {

struct Box {
  int x, y, width, height;  // pixels, from the top left
};

// Where the map of panel `index` of `panels` stands in a picture.
Box map_box(int width, int height, int panels, int index);

struct Panel {
  Box box;                    // of the map
  const Spectrogram& axes;    // as many columns and rows as the box has pixels
  std::span<const float> db;  // [row][column] of `axes`
  Scale scale;
  std::string name;  // UTF-8, above the map
  bool bottom;       // whether the times are written
};

void draw(cairo_t* context, const Panel& panel);

// In the middle of the top, over a picture of that width.
void draw_title(cairo_t* context, int width, const std::string& title);

}  // namespace atrous::pictures
