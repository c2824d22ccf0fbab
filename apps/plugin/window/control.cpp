#include "window/control.hpp"

#include <algorithm>
#include <cmath>

namespace plugin {

namespace {

constexpr float turn = 0.75f, start = -turn / 2;  // a dial leaves a quarter open below

float place_of(const ParameterInfo& info, float value) {
  return (value - info.least) / (info.most - info.least);
}

}  // namespace

Knob::Face Knob::face() const {
  const ParameterInfo& info = parameter_info(parameter_);
  const bool two_sided = info.least < 0 && info.most > 0;
  return {info.short_name, parameter_text(parameter_, value()).characters, place(), two_sided ? place_of(info, 0) : 0};
}

float Knob::place() const {
  return place_of(parameter_info(parameter_), value());
}

float Knob::value_at(float place) const {
  const ParameterInfo& info = parameter_info(parameter_);
  return info.least + place * (info.most - info.least);
}

void Knob::draw(Canvas& canvas, bool hovered) {
  const Face shown = face();
  const float x = area.centre_x(), y = area.y + 48, radius = 22;
  const bool in_use = in_use_();
  const style::Color& ink = in_use ? style::text : style::faint;
  canvas.text({area.x, area.y, area.width, 18}, shown.name, in_use ? style::quiet : style::faint, style::small,
              Side::centre);

  const float place = start + turn * shown.place, from = start + turn * shown.zero;
  canvas.arc(x, y, radius, start, start + turn, 4, style::line);
  if (std::abs(place - from) > 1e-3f) {
    canvas.arc(x, y, radius, std::min(from, place), std::max(from, place), 4, in_use ? style::accent : style::faint);
  }
  canvas.circle(x, y, radius - 6, hovered ? style::line : style::raised);
  const float angle = place * 6.2831853f;
  canvas.line(x + 6 * std::sin(angle), y - 6 * std::cos(angle), x + 13 * std::sin(angle), y - 13 * std::cos(angle),
              2.5f, ink);
  canvas.text({area.x, area.y + 72, area.width, 18}, shown.text, ink, style::small, Side::centre);
}

void Knob::press(const Mouse& mouse) {
  values_.begin(parameter_);
  position_ = place();
  last_y_ = mouse.y;
}

void Knob::drag(const Mouse& mouse) {
  move((last_y_ - mouse.y) / (mouse.fine ? 1600 : 160));
  last_y_ = mouse.y;
}

void Knob::move(float part) {
  position_ = std::clamp(position_ + part, 0.0f, 1.0f);
  values_.change(parameter_, value_at(position_));
}

void Knob::double_click() {
  values_.change(parameter_, parameter_info(parameter_).usual);
}

void Knob::scroll(float lines, bool fine) {
  position_ = place();
  values_.begin(parameter_);
  move(lines / (fine ? 400 : 40));
  values_.end(parameter_);
}

// A switch stands at one of its positions, however far it is dragged to the next.
Knob::Face ModelDial::face() const {
  const ModelKnob& knob = knobs_[index_];
  const auto place_at = [&knob](double value) {
    return float(std::clamp((value - knob.least) / (knob.most - knob.least), 0.0, 1.0));
  };
  return {knob.name, knob_text(knob, value()), place_at(knob_value(knob, value())),
          knob.positions.empty() ? place_at(0) : 0};
}

int Choice::count() const {
  return 1 + int(parameter_info(parameter_).most);
}

void Choice::draw(Canvas& canvas, bool) {
  const ParameterInfo& info = parameter_info(parameter_);
  canvas.text({area.x, area.y, area.width, 18}, info.short_name, style::quiet, style::small, Side::centre);
  const float width = area.width / float(count());
  for (int i = 0; i < count(); ++i) {
    const bool chosen = i == int(values_.value(parameter_) + 0.5f);
    const Area box{area.x + width * float(i) + 1, area.y + 24, width - 2, area.height - 24};
    canvas.box(box, chosen ? style::accent : style::raised, 5);
    canvas.text(box, parameter_text(parameter_, float(i)).characters, chosen ? style::background : style::quiet,
                style::normal, Side::centre);
  }
}

void Choice::press(const Mouse& mouse) {
  const int at = int((mouse.x - area.x) / area.width * float(count()));
  values_.set(parameter_, float(std::clamp(at, 0, count() - 1)));
}

void Switch::draw(Canvas& canvas, bool hovered) {
  const bool on = values_.value(parameter_) > 0.5f;
  const Area track{area.x, area.centre_y() - 8, 28, 16};
  canvas.box(track, on ? style::accent : hovered ? style::line : style::raised, 8);
  canvas.circle(track.x + (on ? 20.0f : 8.0f), track.centre_y(), 5.5f, on ? style::background : style::quiet);
  canvas.text({area.x + 36, area.y, area.width - 36, area.height}, parameter_info(parameter_).name,
              on ? style::text : style::quiet, style::normal);
}

void Meter::draw(Canvas& canvas, bool) {
  constexpr float bottom = -60, top = 6;
  const auto height_of = [&](float db) { return area.height * std::clamp((db - bottom) / (top - bottom), 0.0f, 1.0f); };
  const float level = values_.value(parameter_);
  canvas.box(area, style::raised, 3);
  const struct {
    float from, to;
    const style::Color& color;
  } bands[] = {{bottom, -12, style::good}, {-12, 0, style::warm}, {0, top, style::hot}};
  for (const auto& band : bands) {
    if (level <= band.from) break;
    const float low = height_of(band.from), high = height_of(std::min(level, band.to));
    canvas.box({area.x, area.y + area.height - high, area.width, high - low}, band.color, 0);
  }
  const float zero = area.y + area.height - height_of(0);
  canvas.line(area.x - 3, zero, area.x + area.width + 3, zero, 1, style::quiet);
  canvas.text({area.centre_x() - 20, area.y + area.height + 4, 40, 14}, parameter_info(parameter_).short_name,
              style::quiet, 10, Side::centre);
}

void Button::draw(Canvas& canvas, bool hovered) {
  const style::Color& ink = hovered ? style::text : style::quiet;
  canvas.box(area, hovered ? style::line : style::raised, 5);
  const float x = area.centre_x(), y = area.centre_y();
  switch (sign_) {
    case Sign::previous:
      return canvas.triangle(x - 1, y, 8, -1, ink);
    case Sign::next:
      return canvas.triangle(x + 1, y, 8, 1, ink);
    case Sign::open:
      return canvas.text(area, "Open…", ink, style::normal, Side::centre);
    case Sign::clear:
      canvas.line(x - 4, y - 4, x + 4, y + 4, 2, ink);
      return canvas.line(x - 4, y + 4, x + 4, y - 4, 2, ink);
  }
}

}  // namespace plugin
