// Files dropped onto the window from other programs, by the XDND protocol, which the framework does not speak:
// https://freedesktop.org/wiki/Specifications/XDND. A window of our own, without a picture, lies over that of the
// plugin and takes what is dropped; all else falls through it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace plugin {

class DropTarget {
 public:
  // Calls `dropped` with the path of a file and the place in the window, in pixels.
  using Dropped = std::function<void(const std::string& path, int x, int y)>;
  DropTarget(std::uintptr_t window, Dropped dropped);
  ~DropTarget();

  void idle();  // takes what has happened since
  void resize(unsigned width, unsigned height);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plugin
