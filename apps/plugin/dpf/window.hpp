// The plugin's window.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "DistrhoUI.hpp"
#include "window/control.hpp"
#include "window/drop_target.hpp"
#include "window/file_row.hpp"

START_NAMESPACE_DISTRHO

class AtrousPlugin;

class AtrousWindow : public UI, public plugin::Values, public plugin::Files {
 public:
  AtrousWindow();
  ~AtrousWindow() override;

 protected:
  // From the host.
  void parameterChanged(uint32_t index, float value) override;
  void stateChanged(const char* key, const char* value) override;
  void programLoaded(uint32_t index) override;
  void uiIdle() override;
  void uiScaleFactorChanged(double factor) override;
  void uiFileBrowserSelected(const char* path) override;

  // From the user.
  void onNanoDisplay() override;
  bool onMouse(const MouseEvent& event) override;
  bool onMotion(const MotionEvent& event) override;
  bool onScroll(const ScrollEvent& event) override;
  void onResize(const ResizeEvent& event) override;

 private:
  // From the controls.
  float value(unsigned parameter) const override { return values_[parameter]; }
  void begin(unsigned parameter) override { editParameter(parameter, true); }
  void change(unsigned parameter, float value) override;
  void end(unsigned parameter) override { editParameter(parameter, false); }
  void choose(plugin::Part part, const std::string& path) override;
  void step(plugin::Part part, int steps) override;
  void browse(plugin::Part part) override;

  void add_controls();
  void ask_for_values();
  void begin_with_default_knobs();
  bool in_use(unsigned parameter) const;
  void drop(const std::string& path, int x, int y);
  void draw_header(plugin::Canvas& canvas) const;
  void draw_facts(plugin::Canvas& canvas) const;
  void draw_model_knobs(plugin::Canvas& canvas) const;
  void draw_problem(plugin::Canvas& canvas) const;
  float scale() const noexcept;
  plugin::Control* control_at(double x, double y) const;
  plugin::Mouse mouse_at(double x, double y, uint modifiers) const;

  AtrousPlugin* const plugin_;  // null where the host keeps it from its window
  std::array<float, plugin::parameter_count> values_;
  std::array<plugin::FileReport, plugin::part_count> reports_;
  std::string facts_, problem_;
  int sizes_ = 1;                         // of the model
  std::vector<plugin::ModelKnob> knobs_;  // likewise
  std::optional<std::string> chosen_;     // a model that is being loaded, by the window

  std::vector<std::unique_ptr<plugin::Control>> controls_;
  std::vector<plugin::FileRow> rows_;
  plugin::Control *held_ = nullptr, *hovered_ = nullptr;
  plugin::Control* pressed_ = nullptr;  // last, and when
  uint pressed_time_ = 0;
  plugin::Part browsing_ = plugin::model_part;
  std::unique_ptr<plugin::DropTarget> drop_target_;
};

END_NAMESPACE_DISTRHO
