#include "window/canvas.hpp"

namespace plugin {

using DGL_NAMESPACE::NanoVG;

namespace {

constexpr float pi = 3.14159265f;

}  // namespace

void Canvas::box(const Area& area, const style::Color& color, float radius) {
  vg_.beginPath();
  vg_.roundedRect(area.x, area.y, area.width, area.height, radius);
  vg_.fillColor(color);
  vg_.fill();
}

void Canvas::frame(const Area& area, const style::Color& color, float radius) {
  vg_.beginPath();
  vg_.roundedRect(area.x + 0.5f, area.y + 0.5f, area.width - 1, area.height - 1, radius);
  vg_.strokeWidth(1);
  vg_.strokeColor(color);
  vg_.stroke();
}

void Canvas::circle(float x, float y, float radius, const style::Color& color) {
  vg_.beginPath();
  vg_.circle(x, y, radius);
  vg_.fillColor(color);
  vg_.fill();
}

void Canvas::arc(float x, float y, float radius, float from, float to, float width, const style::Color& color) {
  vg_.beginPath();
  vg_.arc(x, y, radius, (from - 0.25f) * 2 * pi, (to - 0.25f) * 2 * pi, NanoVG::CW);
  vg_.lineCap(NanoVG::ROUND);
  vg_.strokeWidth(width);
  vg_.strokeColor(color);
  vg_.stroke();
}

void Canvas::line(float x1, float y1, float x2, float y2, float width, const style::Color& color) {
  vg_.beginPath();
  vg_.moveTo(x1, y1);
  vg_.lineTo(x2, y2);
  vg_.lineCap(NanoVG::ROUND);
  vg_.strokeWidth(width);
  vg_.strokeColor(color);
  vg_.stroke();
}

void Canvas::triangle(float x, float y, float size, float direction, const style::Color& color) {
  vg_.beginPath();
  vg_.moveTo(x - direction * size / 2, y - size * 0.6f);
  vg_.lineTo(x + direction * size / 2, y);
  vg_.lineTo(x - direction * size / 2, y + size * 0.6f);
  vg_.closePath();
  vg_.fillColor(color);
  vg_.fill();
}

void Canvas::text(const Area& area, const std::string& text, const style::Color& color, float size, Side side) {
  vg_.fontSize(size);
  const std::string shown = fitted(text, area.width);
  const int align = side == Side::left     ? NanoVG::ALIGN_LEFT
                    : side == Side::centre ? NanoVG::ALIGN_CENTER
                                           : NanoVG::ALIGN_RIGHT;
  const float x = side == Side::left ? area.x : side == Side::centre ? area.centre_x() : area.x + area.width;
  vg_.textAlign(align | NanoVG::ALIGN_MIDDLE);
  vg_.fillColor(color);
  vg_.text(x, area.centre_y(), shown.c_str(), nullptr);
}

void Canvas::paragraph(const Area& area, const std::string& text, const style::Color& color, float size) {
  vg_.fontSize(size);
  vg_.textLineHeight(1.2f);
  vg_.textAlign(NanoVG::ALIGN_LEFT | NanoVG::ALIGN_TOP);
  float bounds[4];  // left, top, right, bottom
  vg_.textBoxBounds(area.x, 0, area.width, text.c_str(), nullptr, bounds);
  vg_.fillColor(color);
  vg_.textBox(area.x, area.centre_y() - (bounds[3] - bounds[1]) / 2, area.width, text.c_str(), nullptr);
}

// Cut between characters of UTF-8, never inside one.
std::string Canvas::fitted(const std::string& text, float width) {
  DGL_NAMESPACE::Rectangle<float> bounds;
  vg_.textAlign(NanoVG::ALIGN_LEFT | NanoVG::ALIGN_MIDDLE);
  const auto fits = [&](const std::string& part) {
    return vg_.textBounds(0, 0, part.c_str(), nullptr, bounds) <= width;
  };
  if (text.empty() || fits(text)) return text;
  std::string part = text;
  while (!part.empty() && !fits(part + "…")) {
    do {
      const bool inside = (static_cast<unsigned char>(part.back()) & 0xc0) == 0x80;
      part.pop_back();
      if (!inside) break;
    } while (!part.empty());
  }
  return part + "…";
}

}  // namespace plugin
