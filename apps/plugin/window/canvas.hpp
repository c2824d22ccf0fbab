// Drawing on NanoVG in the window's own units, which are pixels at 100 %.
#pragma once

#include <string>

#include "DistrhoUI.hpp"
#include "window/style.hpp"

namespace plugin {

struct Area {
  float x, y, width, height;

  bool holds(float px, float py) const noexcept { return px >= x && px < x + width && py >= y && py < y + height; }
  float centre_x() const noexcept { return x + width / 2; }
  float centre_y() const noexcept { return y + height / 2; }
};

enum class Side { left, centre, right };

class Canvas {
 public:
  explicit Canvas(DGL_NAMESPACE::NanoVG& vg) : vg_(vg) {}

  void box(const Area& area, const style::Color& color, float radius = style::corner);
  void frame(const Area& area, const style::Color& color, float radius = style::corner);
  void circle(float x, float y, float radius, const style::Color& color);
  // Clockwise, in turns from the top.
  void arc(float x, float y, float radius, float from, float to, float width, const style::Color& color);
  void line(float x1, float y1, float x2, float y2, float width, const style::Color& color);
  void triangle(float x, float y, float size, float direction, const style::Color& color);  // 1: to the right

  // In the middle of the area's height; what has no room ends in an ellipsis.
  void text(const Area& area, const std::string& text, const style::Color& color, float size = style::normal,
            Side side = Side::left);
  // Broken into lines, all of them in the middle of the area's height.
  void paragraph(const Area& area, const std::string& text, const style::Color& color, float size);

 private:
  std::string fitted(const std::string& text, float width);

  DGL_NAMESPACE::NanoVG& vg_;
};

}  // namespace plugin
