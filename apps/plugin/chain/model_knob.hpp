// A control that a model was trained with, and what a parameter makes of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "chain/handles.hpp"

namespace plugin {

struct ModelKnob {
  std::string name;
  double least, most, usual;           // what a model reads of a switch: the number of its position
  std::vector<std::string> positions;  // of a switch; none of a knob without steps

  bool operator==(const ModelKnob& other) const;
};

// All that a network has.
std::vector<ModelKnob> knobs_of(const atrous_network* network);

// What the model reads where its parameter has this value, in percent (Kind::knob).
double knob_value(const ModelKnob& knob, float parameter) noexcept;

// Part of the way from one end of the range to the other, 0 to 1.
float knob_place(const ModelKnob& knob, float parameter) noexcept;

// "0.35", or the name of a position.
std::string knob_text(const ModelKnob& knob, float parameter);
// "Gain, from 0 to 10; by default 5", "Voice: Clean, Crunch, Lead; by default Crunch".
std::string knob_says(const ModelKnob& knob);
// The parameter's value for such a text; nothing for another.
std::optional<float> knob_parameter(const ModelKnob& knob, const std::string& text);

}  // namespace plugin
