#include "pictures/panel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "pictures/surface.hpp"
#include "pictures/text.hpp"
#include "pictures/ticks.hpp"

namespace atrous::pictures {

namespace {

// Of a picture, around and between its maps.
constexpr int left_margin = 72, right_margin = 104, top_margin = 52, bottom_margin = 56, space_between = 34;
constexpr int title_line = 18, head_line = 14;  // middles of lines of text: below the picture's top, above a map
constexpr int bar_gap = 24, bar_width = 16, tick_length = 5;
constexpr double font_size = 14;
constexpr int pixels_per_time = 90, pixels_per_level = 36, least_pixels_per_frequency = 26;

void set_color(cairo_t* context, Color color) {
  cairo_set_source_rgb(context, color.red / 255.0, color.green / 255.0, color.blue / 255.0);
}

void fill(cairo_t* context, double x, double y, double width, double height, Color color) {
  set_color(context, color);
  cairo_rectangle(context, x, y, width, height);
  cairo_fill(context);
}

enum class Align { left, center, right };

double text_width(cairo_t* context, const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(context, text.c_str(), &extents);
  return extents.x_advance;
}

// `y` is the middle of the figures. What is wider than `room` ends in an ellipsis.
void draw_text(cairo_t* context, double x, double y, std::string text, Color color, Align align, double room = 1e9) {
  if (text_width(context, text) > room) {
    while (!text.empty() && text_width(context, text + "…") > room) drop_last(text);
    text += "…";
  }
  cairo_text_extents_t figure;
  cairo_text_extents(context, "0", &figure);
  const double width = text_width(context, text);
  const double shift = align == Align::left ? 0 : align == Align::center ? width / 2 : width;
  set_color(context, color);
  cairo_move_to(context, std::round(x - shift), std::round(y + figure.height / 2));
  cairo_show_text(context, text.c_str());
}

// Grey edges, whatever the machine's settings say about screens.
void choose_font(cairo_t* context) {
  cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, font_size);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(context, options);
  cairo_font_options_destroy(options);
}

// Fills the box pixel by pixel with color(x, y), from its top left; an SVG has it as an image inside.
template <class ColorAt>
void draw_image(cairo_t* context, const Box& box, const ColorAt& color_at) {
  const SurfacePointer image(cairo_image_surface_create(CAIRO_FORMAT_RGB24, box.width, box.height));
  unsigned char* pixels = cairo_image_surface_get_data(image.get());
  if (pixels == nullptr) throw std::bad_alloc();
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(image.get());
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const Color color = color_at(x, y);
      const std::uint32_t pixel = std::uint32_t(color.red) << 16 | std::uint32_t(color.green) << 8 | color.blue;
      std::memcpy(pixels + y * stride + x * 4, &pixel, sizeof pixel);
    }
  }
  cairo_surface_mark_dirty(image.get());
  cairo_set_source_surface(context, image.get(), box.x, box.y);
  cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST);
  cairo_rectangle(context, box.x, box.y, box.width, box.height);
  cairo_fill(context);
}

void draw_map(cairo_t* context, const Panel& panel) {
  const Box& box = panel.box;
  draw_image(context, box, [&](int x, int y) {
    return panel.scale.color(
        double(panel.db[std::size_t(box.height - 1 - y) * std::size_t(box.width) + std::size_t(x)]));
  });
}

// One pixel wide, around the box.
void draw_frame(cairo_t* context, const Box& box) {
  set_color(context, ink_color);
  cairo_set_line_width(context, 1);
  cairo_rectangle(context, box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  cairo_stroke(context);
}

void draw_times(cairo_t* context, const Panel& panel) {
  const Box& box = panel.box;
  const int bottom = box.y + box.height;
  const double from = panel.axes.from, to = panel.axes.to;
  for (const Tick& tick : ticks(from, to, std::max(3, box.width / pixels_per_time))) {
    const double x = box.x + std::round((tick.value - from) / (to - from) * (box.width - 1));
    fill(context, x, bottom + 1, 1, tick_length, ink_color);
    if (panel.bottom) draw_text(context, x, bottom + 16, tick.label, ink_color, Align::center);
  }
  if (panel.bottom) draw_text(context, box.x + box.width / 2.0, bottom + 38, "time, s", faint_color, Align::center);
}

std::vector<Tick> frequencies(const Spectrogram& axes, int pixels) {
  if (axes.scale == FrequencyScale::linear) return ticks(0, axes.max_frequency, std::max(3, pixels / pixels_per_level));
  std::vector<Tick> result;
  for (const Tick& tick : decade_ticks(axes.max_frequency)) {
    const double last = result.empty() ? -1 : axes.position(result.back().value);
    if ((axes.position(tick.value) - last) * pixels >= least_pixels_per_frequency) result.push_back(tick);
  }
  return result;
}

void draw_frequencies(cairo_t* context, const Panel& panel) {
  const Box& box = panel.box;
  for (const Tick& tick : frequencies(panel.axes, box.height)) {
    const double y = box.y + std::round((1 - panel.axes.position(tick.value)) * (box.height - 1));
    fill(context, box.x - 1 - tick_length, y, tick_length, 1, ink_color);
    draw_text(context, box.x - 10, y, tick.label, ink_color, Align::right);
  }
  draw_text(context, box.x - 10, box.y - head_line, "Hz", faint_color, Align::right);
}

void draw_scale(cairo_t* context, const Panel& panel) {
  const Scale& scale = panel.scale;
  const Box bar{panel.box.x + panel.box.width + bar_gap, panel.box.y, bar_width, panel.box.height};
  const auto level = [&](double y) { return scale.high - (scale.high - scale.low) * y / (bar.height - 1); };
  draw_image(context, bar, [&](int, int y) { return scale.color(level(y)); });
  draw_frame(context, bar);
  for (const Tick& tick : ticks(scale.low, scale.high, std::max(3, bar.height / pixels_per_level))) {
    const double y = bar.y + std::round((scale.high - tick.value) / (scale.high - scale.low) * (bar.height - 1));
    fill(context, bar.x + bar.width + 1, y, tick_length, 1, ink_color);
    draw_text(context, bar.x + bar.width + 10, y, tick.label, ink_color, Align::left);
  }
  draw_text(context, bar.x, bar.y - head_line, "dB", faint_color, Align::left);
}

}  // namespace

Box map_box(int width, int height, int panels, int index) {
  const int room = (height - top_margin - bottom_margin - (panels - 1) * space_between) / panels;
  return {left_margin, top_margin + index * (room + space_between), width - left_margin - right_margin, room};
}

void draw(cairo_t* context, const Panel& panel) {
  choose_font(context);
  draw_map(context, panel);
  draw_frame(context, panel.box);
  draw_times(context, panel);
  draw_frequencies(context, panel);
  draw_scale(context, panel);
  draw_text(context, panel.box.x, panel.box.y - head_line, panel.name, ink_color, Align::left, panel.box.width);
}

void draw_title(cairo_t* context, int width, const std::string& title) {
  choose_font(context);
  draw_text(context, width / 2.0, title_line, title, ink_color, Align::center, width - 2 * title_line);
}

}  // namespace atrous::pictures
