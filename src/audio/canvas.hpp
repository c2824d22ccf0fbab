// A picture to draw on: rectangles, lines, text, and the ticks of axes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atrous::audio {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
};

struct Point {
  double x = 0, y = 0;  // pixels; (0, 0) is the middle of the top left one
};

enum class Align { left, center, right };

// What lies outside is not drawn.
class Canvas {
 public:
  Canvas(int width, int height, Color background);

  int width() const noexcept { return width_; }
  int height() const noexcept { return height_; }

  void pixel(int x, int y, Color color) noexcept;
  void fill(int x, int y, int width, int height, Color color) noexcept;
  void outline(int x, int y, int width, int height, Color color) noexcept;  // one pixel wide, inside the rectangle

  // Antialiased lines of round ends, `thickness` pixels wide.
  void line(Point from, Point to, Color color, double thickness = 1) noexcept;
  void polyline(std::span<const Point> points, Color color, double thickness = 1) noexcept;

  // `y` is the top of the capitals. Each pixel of the font is `scale` pixels wide.
  void text(int x, int y, std::string_view text, Color color, Align align = Align::left, int scale = 2) noexcept;

  // Writes a PNG, whole or not at all. Throws Error (io).
  void write_png(const std::filesystem::path& path) const;

 private:
  void blend(int x, int y, Color color, double opacity) noexcept;

  int width_, height_;
  std::vector<std::uint8_t> pixels_;  // red, green, blue from the top left
};

int text_width(std::string_view text, int scale = 2) noexcept;
int text_height(int scale = 2) noexcept;  // of capitals

struct Tick {
  double value;
  std::string label;
};

// Up to `most` round values (1, 2 or 5 times a power of ten apart) from `low` to `high`, with as many decimals as tell
// them apart. At least two where they fit.
std::vector<Tick> ticks(double low, double high, int most);

}  // namespace atrous::audio
