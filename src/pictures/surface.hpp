// What is drawn on: a picture that becomes a PNG or an SVG, by the ending of its file's name.
#pragma once

#include <cairo.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace atrous::pictures {

struct Destroy {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};
using SurfacePointer = std::unique_ptr<cairo_surface_t, Destroy>;
using ContextPointer = std::unique_ptr<cairo_t, Destroy>;

class Surface {
 public:
  // White. Throws Error (argument): another ending.
  Surface(const std::filesystem::path& path, int width, int height);

  cairo_t* context() const noexcept { return context_.get(); }

  // Once, at the end. In an SVG, where what is drawn as text are outlines, `title` (UTF-8) stands as text too. Throws
  // Error (io).
  void write(const std::string& title);

 private:
  std::filesystem::path path_;
  std::vector<std::byte> bytes_;  // of the file
  SurfacePointer surface_;
  ContextPointer context_;
};

}  // namespace atrous::pictures
