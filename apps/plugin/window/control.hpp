// What the window is made of: things that show a parameter or a file, and take the mouse.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "chain/parameters.hpp"
#include "window/canvas.hpp"

namespace plugin {

// Who keeps the values: the host.
class Values {
 public:
  virtual ~Values() = default;
  virtual float value(unsigned parameter) const = 0;
  virtual void begin(unsigned parameter) = 0;
  virtual void change(unsigned parameter, float value) = 0;
  virtual void end(unsigned parameter) = 0;

  // All three.
  void set(unsigned parameter, float value) {
    begin(parameter);
    change(parameter, value);
    end(parameter);
  }
};

struct Mouse {
  float x, y;
  bool fine;  // moves things by a tenth
};

class Control {
 public:
  explicit Control(const Area& place) : area(place) {}
  virtual ~Control() = default;

  virtual void draw(Canvas& canvas, bool hovered) = 0;
  virtual void press(const Mouse&) {}
  virtual void drag(const Mouse&) {}
  virtual void release() {}
  virtual void double_click() {}
  virtual void scroll(float /*lines*/, bool /*fine*/) {}

  Area area;
};

// A dial with its name above and its value below. Drag up and down, or turn the wheel; twice resets it. Dim where it
// has nothing to do.
class Knob : public Control {
 public:
  using InUse = std::function<bool()>;
  Knob(const Area& place, Values& values, unsigned parameter, InUse in_use)
      : Control(place), values_(values), parameter_(parameter), in_use_(std::move(in_use)) {}

  void draw(Canvas& canvas, bool hovered) override;
  void press(const Mouse& mouse) override;
  void drag(const Mouse& mouse) override;
  void release() override { values_.end(parameter_); }
  void double_click() override;
  void scroll(float lines, bool fine) override;

 private:
  void move(float part);

  Values& values_;
  unsigned parameter_;
  InUse in_use_;
  float position_ = 0, last_y_ = 0;  // 0 to 1, unrounded
};

// A word that lights up.
class Switch : public Control {
 public:
  Switch(const Area& place, Values& values, unsigned parameter)
      : Control(place), values_(values), parameter_(parameter) {}

  void draw(Canvas& canvas, bool hovered) override;
  void press(const Mouse&) override { values_.set(parameter_, values_.value(parameter_) > 0.5f ? 0.0f : 1.0f); }
  void double_click() override { press({}); }

 private:
  Values& values_;
  unsigned parameter_;
};

// A level from -60 to +6 dB, upright.
class Meter : public Control {
 public:
  Meter(const Area& place, Values& values, unsigned parameter)
      : Control(place), values_(values), parameter_(parameter) {}
  void draw(Canvas& canvas, bool hovered) override;

 private:
  Values& values_;
  unsigned parameter_;
};

// Does something, and shows a sign.
enum class Sign { previous, next, open, clear };
class Button : public Control {
 public:
  Button(const Area& place, Sign sign, std::function<void()> action)
      : Control(place), sign_(sign), action_(std::move(action)) {}
  void draw(Canvas& canvas, bool hovered) override;
  void press(const Mouse&) override { action_(); }
  void double_click() override { action_(); }

 private:
  Sign sign_;
  std::function<void()> action_;
};

}  // namespace plugin
