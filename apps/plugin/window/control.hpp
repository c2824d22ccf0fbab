// What the window is made of: things that show a parameter or a file, and take the mouse.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "chain/model_knob.hpp"
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

  virtual bool is_there() const { return true; }   // else neither seen nor touched
  virtual std::string says() const { return ""; }  // a line on what it does
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

  std::string says() const override { return parameter_info(parameter_).text; }
  void draw(Canvas& canvas, bool hovered) override;
  void press(const Mouse& mouse) override;
  void drag(const Mouse& mouse) override;
  void release() override { values_.end(parameter_); }
  void double_click() override;
  void scroll(float lines, bool fine) override;

 protected:
  // What is seen; places are 0 to 1, and the arc begins at `zero`.
  struct Face {
    std::string name, text;
    float place, zero;
  };
  virtual Face face() const;
  // Where a movement begins, and the value where it ends.
  virtual float place() const;
  virtual float value_at(float place) const;
  float value() const { return values_.value(parameter_); }

 private:
  void move(float part);

  Values& values_;
  unsigned parameter_;
  InUse in_use_;
  float position_ = 0, last_y_ = 0;  // 0 to 1, unrounded
};

// A knob of the model that plays, in the model's own words; none where the model has no such knob.
class ModelDial : public Knob {
 public:
  // `knobs` are the model's, whichever plays.
  ModelDial(const Area& place, Values& values, unsigned index, const std::vector<ModelKnob>& knobs)
      : Knob(place, values, first_knob + index, [] { return true; }), index_(index), knobs_(knobs) {}

  bool is_there() const override { return index_ < knobs_.size(); }
  std::string says() const override { return knob_says(knobs_[index_]); }

 protected:
  Face face() const override;
  float place() const override { return knob_place(knobs_[index_], value()); }
  float value_at(float place) const override { return 100 * place; }

 private:
  unsigned index_;
  const std::vector<ModelKnob>& knobs_;
};

// All that there is to choose from, side by side under a name.
class Choice : public Control {
 public:
  Choice(const Area& place, Values& values, unsigned parameter)
      : Control(place), values_(values), parameter_(parameter) {}

  std::string says() const override { return parameter_info(parameter_).text; }
  void draw(Canvas& canvas, bool hovered) override;
  void press(const Mouse& mouse) override;
  void double_click() override { values_.set(parameter_, parameter_info(parameter_).usual); }

 private:
  int count() const;

  Values& values_;
  unsigned parameter_;
};

// A word that lights up.
class Switch : public Control {
 public:
  Switch(const Area& place, Values& values, unsigned parameter)
      : Control(place), values_(values), parameter_(parameter) {}

  std::string says() const override { return parameter_info(parameter_).text; }
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
