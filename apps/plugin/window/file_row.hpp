// A part's file in the window: its name, and buttons to choose it.
#pragma once

#include <memory>
#include <vector>

#include "rig/rig.hpp"
#include "window/control.hpp"

namespace plugin {

// What a row asks of the window.
class Files {
 public:
  virtual ~Files() = default;
  virtual void choose(Part part, const std::string& path) = 0;
  virtual void step(Part part, int steps) = 0;
  virtual void browse(Part part) = 0;
};

class FileRow {
 public:
  FileRow(const Area& area, Part part, const char* title, Files& files,
          std::vector<std::unique_ptr<Control>>& controls);

  void draw(Canvas& canvas, const FileReport& report) const;
  bool holds(float x, float y) const noexcept { return area_.holds(x, y); }
  Part part() const noexcept { return part_; }

 private:
  Area area_;
  Part part_;
  const char* title_;
};

}  // namespace plugin
