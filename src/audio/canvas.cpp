#include "audio/canvas.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <atrous/error.hpp>

#include "audio/font.hpp"
#include "model/file.hpp"

namespace atrous::audio {

Canvas::Canvas(int width, int height, Color background)
    : width_(width), height_(height), pixels_(std::size_t(3) * width * height) {
  fill(0, 0, width, height, background);
}

void Canvas::pixel(int x, int y, Color color) noexcept {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  std::uint8_t* at = pixels_.data() + 3 * (std::size_t(y) * width_ + x);
  at[0] = color.red, at[1] = color.green, at[2] = color.blue;
}

void Canvas::blend(int x, int y, Color color, double opacity) noexcept {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || opacity <= 0) return;
  const std::uint8_t* at = pixels_.data() + 3 * (std::size_t(y) * width_ + x);
  const auto mix = [&](int below, int above) {
    return std::uint8_t(std::lround(below + (above - below) * std::min(1.0, opacity)));
  };
  pixel(x, y, {mix(at[0], color.red), mix(at[1], color.green), mix(at[2], color.blue)});
}

void Canvas::fill(int x, int y, int width, int height, Color color) noexcept {
  for (int row = std::max(0, y); row < std::min(height_, y + height); ++row) {
    for (int column = std::max(0, x); column < std::min(width_, x + width); ++column) pixel(column, row, color);
  }
}

void Canvas::outline(int x, int y, int width, int height, Color color) noexcept {
  fill(x, y, width, 1, color);
  fill(x, y + height - 1, width, 1, color);
  fill(x, y, 1, height, color);
  fill(x + width - 1, y, 1, height, color);
}

void Canvas::line(Point from, Point to, Color color, double thickness) noexcept {
  const double reach = thickness / 2 + 0.5;  // from the middle of the line to where a pixel is no longer covered
  const double dx = to.x - from.x, dy = to.y - from.y, length2 = dx * dx + dy * dy;
  if (!std::isfinite(length2)) return;
  const auto clip = [](double value, int size) { return int(std::clamp(value, -1.0, double(size))); };
  const int left = clip(std::floor(std::min(from.x, to.x) - reach), width_);
  const int right = clip(std::ceil(std::max(from.x, to.x) + reach), width_);
  const int top = clip(std::floor(std::min(from.y, to.y) - reach), height_);
  const int bottom = clip(std::ceil(std::max(from.y, to.y) + reach), height_);
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      const double along = length2 > 0 ? ((x - from.x) * dx + (y - from.y) * dy) / length2 : 0;
      const double t = std::clamp(along, 0.0, 1.0);
      blend(x, y, color, reach - std::hypot(x - from.x - t * dx, y - from.y - t * dy));
    }
  }
}

void Canvas::polyline(std::span<const Point> points, Color color, double thickness) noexcept {
  for (std::size_t i = 1; i < points.size(); ++i) line(points[i - 1], points[i], color, thickness);
}

void Canvas::text(int x, int y, std::string_view text, Color color, Align align, int scale) noexcept {
  if (align == Align::center) x -= text_width(text, scale) / 2;
  if (align == Align::right) x -= text_width(text, scale);
  for (const char character : text) {
    const Glyph& rows = glyph(character);
    for (int row = 0; row < kGlyphRows; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        if ((rows[std::size_t(row)] >> (kGlyphWidth - 1 - column) & 1) == 0) continue;
        fill(x + column * scale, y + row * scale, scale, scale, color);
      }
    }
    x += kGlyphAdvance * scale;
  }
}

int text_width(std::string_view text, int scale) noexcept {
  return text.empty() ? 0 : (int(text.size()) * kGlyphAdvance - 1) * scale;
}

int text_height(int scale) noexcept {
  return kGlyphHeight * scale;
}

void Canvas::write_png(const std::filesystem::path& path) const {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = png_uint_32(width_);
  image.height = png_uint_32(height_);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> bytes(size);
  const int done = png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels_.data(), 0, nullptr);
  if (done == 0) throw Error(ErrorCode::io, path.string() + ": libpng: " + image.message);
  const std::array<std::span<const std::byte>, 1> pieces{std::span(bytes).first(size)};
  model::write_file(path, pieces);
}

std::vector<Tick> ticks(double low, double high, int most) {
  std::vector<Tick> result;
  if (!(high > low) || most < 1) return result;
  double step = 0;
  int decimals = 0;
  for (int exponent = int(std::floor(std::log10((high - low) / most))); step == 0; ++exponent) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double candidate = digit * std::pow(10, exponent);
      if (std::floor(high / candidate + 1e-9) - std::ceil(low / candidate - 1e-9) + 1 > most) continue;
      step = candidate;
      decimals = std::max(0, -exponent);
      break;
    }
  }
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double n = first; n <= last; ++n) {
    char label[64];
    std::snprintf(label, sizeof label, "%.*f", decimals, n == 0 ? 0.0 : n * step);
    result.push_back({n * step, label});
  }
  return result;
}

}  // namespace atrous::audio
