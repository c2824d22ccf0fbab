#include "pictures/surface.hpp"

#include <cairo-svg.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <new>
#include <string_view>

#include <atrous/error.hpp>
#include <atrous/files.hpp>
#include <atrous/pictures.hpp>

namespace atrous {

namespace {

std::string lower_ending(const std::filesystem::path& path) {
  std::string text = path.extension().string();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

bool is_svg(const std::filesystem::path& path) {
  return lower_ending(path) == ".svg";
}

}  // namespace

void check_picture_ending(const std::filesystem::path& path) {
  if (is_svg(path) || lower_ending(path) == ".png") return;
  throw Error(ErrorCode::argument, path.string() + ": expected the ending .png or .svg");
}

namespace pictures {

namespace {

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(ErrorCode::io, std::string("cairo: ") + cairo_status_to_string(status));
}

// No exception may pass through cairo.
cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) noexcept {
  try {
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    static_cast<std::vector<std::byte>*>(bytes)->insert(static_cast<std::vector<std::byte>*>(bytes)->end(), begin,
                                                        begin + length);
    return CAIRO_STATUS_SUCCESS;
  } catch (const std::exception&) {
    return CAIRO_STATUS_NO_MEMORY;
  }
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// Behind the tag that opens the SVG.
void insert_title(std::vector<std::byte>& svg, const std::string& title) {
  const std::string_view text(reinterpret_cast<const char*>(svg.data()), svg.size());
  const std::size_t tag = text.find("<svg"), end = text.find('>', tag);
  if (tag == text.npos || end == text.npos) return;
  const std::string element = "\n<title>" + escaped(title) + "</title>";
  const auto* bytes = reinterpret_cast<const std::byte*>(element.data());
  svg.insert(svg.begin() + std::ptrdiff_t(end) + 1, bytes, bytes + element.size());
}

}  // namespace

Surface::Surface(const std::filesystem::path& path, int width, int height) : path_(path) {
  check_picture_ending(path);
  surface_.reset(is_svg(path) ? cairo_svg_surface_create_for_stream(append, &bytes_, width, height)
                              : cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  check(cairo_surface_status(surface_.get()));
  context_.reset(cairo_create(surface_.get()));
  cairo_set_source_rgb(context_.get(), 1, 1, 1);
  cairo_paint(context_.get());
}

void Surface::write(const std::string& title) {
  check(cairo_status(context_.get()));
  if (is_svg(path_)) {
    cairo_surface_finish(surface_.get());
    check(cairo_surface_status(surface_.get()));
    if (!title.empty()) insert_title(bytes_, title);
  } else {
    check(cairo_surface_write_to_png_stream(surface_.get(), append, &bytes_));
  }
  write_file(path_, bytes_);
}

}  // namespace pictures

}  // namespace atrous
