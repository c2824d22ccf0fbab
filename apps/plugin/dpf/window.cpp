#include "dpf/window.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "DistrhoPluginUtils.hpp"
#include "dpf/parts.hpp"
#include "dpf/plugin.hpp"
#include "rig/presets.hpp"

START_NAMESPACE_DISTRHO

namespace style = plugin::style;
using plugin::Area;
using plugin::Canvas;
using plugin::Control;
using plugin::Part;

namespace {

constexpr float width = DISTRHO_UI_DEFAULT_WIDTH, height = DISTRHO_UI_DEFAULT_HEIGHT;
constexpr float margin = 12;
constexpr Area model_area{margin, 52, width - 2 * margin, 76};
constexpr Area model_knobs_area{margin, 136, width - 2 * margin, 112};
constexpr Area cabinet_a_area{margin, 256, 362, 52}, cabinet_b_area{386, 256, 362, 52};
constexpr Area knobs_area{margin, 316, width - 2 * margin, 124};
constexpr Area switches_area{margin, 448, width - 2 * margin, 44};
constexpr Area problem_area{margin + 4, 500, width - 2 * margin - 8, 36};

// 12345 as 12,345.
std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t place = std::ptrdiff_t(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(std::size_t(place), ",");
  }
  return digits;
}

std::string rounded(const char* format, double number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string kilohertz(double hz) {
  return rounded("%.4g kHz", hz / 1000);
}

// "Its own name · WaveNet · 48 kHz · hears 4,093 samples (85 ms) · 13,802 weights"
std::string facts_of(const plugin::ModelReport& model, double host_rate) {
  std::string facts = model.name.empty() ? "" : model.name + " · ";
  facts += model.architecture + " · " + kilohertz(model.sample_rate);
  if (model.sample_rate != host_rate) facts += ", resampled";
  facts += " · hears " + with_commas(model.receptive_field) + (model.recurrent ? " samples and more" : " samples") +
           " (" + rounded("%.3g ms", 1000 * double(model.receptive_field) / model.sample_rate) + ") · " +
           with_commas(model.parameters) + " weights";
  if (model.sizes > 1) facts += " · " + std::to_string(model.sizes) + " sizes";
  if (model.knobs.size() > plugin::knob_count) {
    facts += " · " + std::to_string(model.knobs.size()) + " knobs, of which the first " +
             std::to_string(plugin::knob_count) + " are here";
  }
  if (!model.states_loudness) facts += " · no loudness stated";
  return facts;
}

// A message that begins with the path of a file, with its name alone: there is little room.
std::string without_folder(const std::string& message, const std::string& path) {
  if (path.empty() || message.rfind(path, 0) != 0) return message;
  return std::filesystem::path(path).filename().string() + message.substr(path.size());
}

}  // namespace

AtrousWindow::AtrousWindow()
    : UI(DISTRHO_UI_DEFAULT_WIDTH, DISTRHO_UI_DEFAULT_HEIGHT),
      plugin_(static_cast<AtrousPlugin*>(getPluginInstancePointer())) {
  for (unsigned i = 0; i < plugin::parameter_count; ++i) values_[i] = plugin::parameter_info(i).usual;
  if (plugin_) {
    ask_for_values();
    ++plugin_->rig.chain.watchers;
  }
  loadSharedResources();
  add_controls();
  const double factor = getScaleFactor();
  setGeometryConstraints(uint(width / 2), uint(height / 2), true);
  if (factor != 1) setSize(uint(width * factor), uint(height * factor));
  drop_target_ = std::make_unique<plugin::DropTarget>(
      getWindow().getNativeWindowHandle(), [this](const std::string& path, int x, int y) { drop(path, x, y); });
}

AtrousWindow::~AtrousWindow() {
  if (plugin_) --plugin_->rig.chain.watchers;
}

void AtrousWindow::add_controls() {
  using namespace plugin;
  rows_.emplace_back(model_area, model_part, "MODEL", *this, controls_);
  rows_.emplace_back(cabinet_a_area, cabinet_a_part, "CABINET A", *this, controls_);
  rows_.emplace_back(cabinet_b_area, cabinet_b_part, "CABINET B", *this, controls_);

  float x = margin + 6;
  for (unsigned knob = 0; knob < knob_count; ++knob, x += 74) {
    const Area place{x, model_knobs_area.y + 10, 74, 92};
    if (plugin_)
      controls_.push_back(std::make_unique<ModelDial>(place, *this, knob, knobs_));
    else  // nobody says which the model has
      controls_.push_back(std::make_unique<Knob>(place, *this, first_knob + knob, [] { return true; }));
  }
  controls_.push_back(
      std::make_unique<Choice>(Area{width - margin - 136, model_knobs_area.y + 12, 118, 54}, *this, oversample));
  controls_.push_back(
      std::make_unique<Switch>(Area{width - margin - 136, model_knobs_area.y + 76, 128, 24}, *this, minimum_phase));

  const float meter_top = knobs_area.y + 14, meter_height = knobs_area.height - 42;
  controls_.push_back(std::make_unique<Meter>(Area{margin + 14, meter_top, 10, meter_height}, *this, input_peak));
  controls_.push_back(
      std::make_unique<Meter>(Area{width - margin - 24, meter_top, 10, meter_height}, *this, output_peak));
  x = margin + 36;
  for (const unsigned knob :
       {input_gain, gate_threshold, bass, middle, treble, cabinet_blend, quality, host_level, output_gain}) {
    controls_.push_back(
        std::make_unique<Knob>(Area{x, knobs_area.y + 16, 74, 92}, *this, knob, [this, knob] { return in_use(knob); }));
    x += 74;
  }
  x = margin + 16;
  std::vector<unsigned> switches{gate, dc_blocker, cabinet, normalize, calibrate};
  if (ATROUS_CHANNELS == 2) switches.push_back(mono_input);
  for (const unsigned toggle : switches) {
    controls_.push_back(std::make_unique<Switch>(Area{x, switches_area.y, 116, switches_area.height}, *this, toggle));
    x += 120;
  }
  controls_.push_back(std::make_unique<Switch>(Area{width - margin - 96, 14, 96, 24}, *this, bypass));
}

// Whether a knob has something to do.
bool AtrousWindow::in_use(unsigned parameter) const {
  const auto loaded = [this](Part part) { return !plugin_ || !reports_[part].playing.empty(); };
  switch (parameter) {
    case plugin::gate_threshold:
      return values_[plugin::gate] > 0.5f;
    case plugin::host_level:
      return values_[plugin::calibrate] > 0.5f;
    case plugin::quality:
      return sizes_ > 1;
    case plugin::cabinet_blend:
      return values_[plugin::cabinet] > 0.5f && loaded(plugin::cabinet_a_part) && loaded(plugin::cabinet_b_part);
    default:
      return true;
  }
}

// ---- From the host ----

void AtrousWindow::parameterChanged(uint32_t index, float value) {
  if (index >= plugin::parameter_count) return;
  values_[index] = value;
  repaint();
}

void AtrousWindow::stateChanged(const char* key, const char* value) {
  const unsigned part = part_of(key);
  if (plugin_ || part >= plugin::part_count) return;  // else the plugin itself says more
  reports_[part].wanted = reports_[part].playing = reports_[part].tried = value;
  repaint();
}

void AtrousWindow::programLoaded(uint32_t index) {
  const plugin::Preset& preset = plugin::preset(index);
  for (unsigned i = plugin::bypass + 1; i < plugin::input_count; ++i) values_[i] = preset.settings.values[i];
  if (plugin_) ask_for_values();
  repaint();
}

// Not every host says what they are.
void AtrousWindow::ask_for_values() {
  for (unsigned i = 0; i < plugin::parameter_count; ++i) values_[i] = plugin_->rig.chain.settings.get(i);
}

void AtrousWindow::uiIdle() {
  drop_target_->idle();
  if (!plugin_) return;
  std::string problem = plugin_->state_problem(), facts;
  bool changed = false;
  for (unsigned part = plugin::part_count; part-- > 0;) {
    plugin::FileReport report = plugin_->rig.report(Part(part));
    changed = changed || report != reports_[part];
    if (!report.problem.empty()) problem = without_folder(report.problem, report.tried);
    reports_[part] = std::move(report);
  }
  if (auto model = plugin_->rig.model_report()) {
    facts = facts_of(*model, getSampleRate());
    sizes_ = model->sizes;
    if (problem.empty()) problem = model->warning;
    changed = changed || knobs_ != model->knobs;
    knobs_ = std::move(model->knobs);
  } else {
    knobs_.clear();
  }
  begin_with_default_knobs();
  if (!changed && facts == facts_ && problem == problem_) return;
  facts_ = std::move(facts);
  problem_ = std::move(problem);
  repaint();
}

// A model that was chosen here begins with its own defaults, once it plays. One that a session brings does not.
void AtrousWindow::begin_with_default_knobs() {
  const plugin::FileReport& report = reports_[plugin::model_part];
  if (!chosen_ || report.tried != *chosen_ || report.loading) return;
  chosen_.reset();
  if (!report.problem.empty()) return;
  for (unsigned i = plugin::first_knob; i < plugin::first_knob + plugin::knob_count; ++i) {
    const float usual = plugin::parameter_info(i).usual;
    if (values_[i] != usual) set(i, usual);
  }
}

void AtrousWindow::uiScaleFactorChanged(double factor) {
  setSize(uint(width * factor), uint(height * factor));
}

void AtrousWindow::uiFileBrowserSelected(const char* path) {
  if (path) choose(browsing_, path);
}

// ---- From the controls ----

void AtrousWindow::change(unsigned parameter, float value) {
  values_[parameter] = value;
  setParameterValue(parameter, value);
  repaint();
}

void AtrousWindow::choose(Part part, const std::string& path) {
  if (part == plugin::model_part && plugin_) chosen_ = path;
  setState(parts[part].key, path.c_str());
  if (!plugin_) stateChanged(parts[part].key, path.c_str());
}

void AtrousWindow::step(Part part, int steps) {
  if (!plugin_) return;
  if (const auto path = plugin_->rig.neighbour_of(part, steps)) choose(part, *path);
}

// LV2 hosts have a file browser of their own; of the other formats' the framework's opens.
void AtrousWindow::browse(Part part) {
  browsing_ = part;
  if (std::strcmp(getPluginFormatName(), "LV2") == 0 && requestStateFile(parts[part].key)) return;
  const std::string folder = std::filesystem::path(reports_[part].wanted).parent_path().string();
  FileBrowserOptions options;
  options.title = parts[part].name;
  options.startDir = folder.empty() ? nullptr : folder.c_str();
  openFileBrowser(options);
}

// A sound is a cabinet's, that of the row it falls on; anything else is a model.
void AtrousWindow::drop(const std::string& path, int x, int y) {
  Part part = plugin::model_part;
  if (plugin::is_sound(path)) {
    const bool on_b = cabinet_b_area.holds(float(x) / scale(), float(y) / scale());
    part = on_b ? plugin::cabinet_b_part : plugin::cabinet_a_part;
  }
  choose(part, path);
}

// ---- From the user ----

float AtrousWindow::scale() const noexcept {
  return float(getWidth()) / width;
}

Control* AtrousWindow::control_at(double x, double y) const {
  for (const auto& control : controls_) {
    if (control->is_there() && control->area.holds(float(x) / scale(), float(y) / scale())) return control.get();
  }
  return nullptr;
}

plugin::Mouse AtrousWindow::mouse_at(double x, double y, uint modifiers) const {
  return {float(x) / scale(), float(y) / scale(),
          (modifiers & (DGL_NAMESPACE::kModifierControl | DGL_NAMESPACE::kModifierShift)) != 0};
}

bool AtrousWindow::onMouse(const MouseEvent& event) {
  if (event.button != 1) return false;
  if (!event.press) {
    if (held_) std::exchange(held_, nullptr)->release();
    return true;
  }
  held_ = control_at(event.pos.getX(), event.pos.getY());
  if (!held_) return false;
  const bool twice = held_ == pressed_ && event.time - pressed_time_ < 300;
  pressed_ = twice ? nullptr : held_;
  pressed_time_ = event.time;
  held_->press(mouse_at(event.pos.getX(), event.pos.getY(), event.mod));
  if (twice) held_->double_click();
  repaint();
  return true;
}

bool AtrousWindow::onMotion(const MotionEvent& event) {
  if (held_) held_->drag(mouse_at(event.pos.getX(), event.pos.getY(), event.mod));
  Control* const under = held_ ? held_ : control_at(event.pos.getX(), event.pos.getY());
  if (std::exchange(hovered_, under) != under) repaint();
  return held_ != nullptr;
}

bool AtrousWindow::onScroll(const ScrollEvent& event) {
  Control* const under = control_at(event.pos.getX(), event.pos.getY());
  if (!under || held_) return false;
  under->scroll(float(event.delta.getY()), mouse_at(0, 0, event.mod).fine);
  return true;
}

void AtrousWindow::onResize(const ResizeEvent& event) {
  UI::onResize(event);
  if (drop_target_) drop_target_->resize(event.size.getWidth(), event.size.getHeight());
}

// ---- What is seen ----

void AtrousWindow::onNanoDisplay() {
  Canvas canvas(*this);
  NanoVG::scale(scale(), scale());
  fontFace(NANOVG_DEJAVU_SANS_TTF);
  canvas.box({0, 0, width, height}, style::background, 0);
  draw_header(canvas);
  for (const plugin::FileRow& row : rows_) row.draw(canvas, reports_[row.part()]);
  draw_facts(canvas);
  draw_model_knobs(canvas);
  canvas.box(knobs_area, style::panel);
  canvas.box(switches_area, style::panel);
  for (const auto& control : controls_) {
    if (control->is_there()) control->draw(canvas, control.get() == hovered_);
  }
  draw_problem(canvas);
}

void AtrousWindow::draw_header(Canvas& canvas) const {
  canvas.text({margin + 4, 10, 100, 32}, "Atrous", style::text, 24);
  canvas.text({margin + 92, 14, 100, 26}, ATROUS_CHANNELS == 1 ? "Mono" : "Stereo", style::quiet);
  std::string now = "CPU " + rounded("%.1f %%", double(values_[plugin::cpu_share])) + "  ·  " +
                    kilohertz(getSampleRate()) + "  ·  latency " +
                    rounded("%.1f ms", 1000 * double(values_[plugin::exact_latency]) / getSampleRate());
  canvas.text({width - margin - 460, 14, 340, 24}, now, style::quiet, style::normal, plugin::Side::right);
}

void AtrousWindow::draw_facts(Canvas& canvas) const {
  const Area line{model_area.x + 14, model_area.y + 50, model_area.width - 28, 18};
  canvas.text(line, facts_.empty() ? "Drop a model here, or open one: .nam, .safetensors, .json" : facts_, style::quiet,
              style::small);
}

void AtrousWindow::draw_model_knobs(Canvas& canvas) const {
  canvas.box(model_knobs_area, style::panel);
  if (!knobs_.empty() || !plugin_) return;
  const Area middle{model_knobs_area.x + 14, model_knobs_area.y, 592, model_knobs_area.height};
  canvas.text(middle, facts_.empty() ? "A model's own knobs appear here" : "This model has no knobs of its own",
              style::faint, style::small, plugin::Side::centre);
}

void AtrousWindow::draw_problem(Canvas& canvas) const {
  if (problem_.empty()) {
    const bool is_over = hovered_ && hovered_->is_there() && !hovered_->says().empty();
    return canvas.text(
        problem_area,
        is_over ? hovered_->says() : "Drag knobs up and down, with Shift in small steps; double-click to reset",
        is_over ? style::quiet : style::faint, style::small);
  }
  canvas.circle(problem_area.x + 4, problem_area.centre_y(), 4, style::problem);
  canvas.paragraph({problem_area.x + 16, problem_area.y, problem_area.width - 16, problem_area.height}, problem_,
                   style::problem, style::small);
}

UI* createUI() {
  return new AtrousWindow();
}

END_NAMESPACE_DISTRHO
