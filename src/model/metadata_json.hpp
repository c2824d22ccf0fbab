// What a file states about itself, read so that none of it stops the model: a number may be written as text, and what
// makes no sense is a warning and left out. What shapes the sound is read elsewhere, strictly.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/json.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

using Warnings = std::vector<std::string>;

// A finite number, or a string that holds one in decimal and nothing else but spaces around it: 48000, "48000",
// "4.8e4". Nothing for anything else: "", "48k", "48,000", "NaN", true.
std::optional<double> number_or_text(const JsonView& json);

// The object at `key`; nothing where there is none, with a warning where something else stands there.
std::optional<JsonView> find_object(const JsonView& parent, std::string_view key, Warnings& warnings);

// Text in UTF-8, and a level in dB from -200 to 200. Absent and null leave the value as it is.
void read_text(const JsonView& metadata, std::string_view key, std::string& value, Warnings& warnings);
void read_level(const JsonView& metadata, std::string_view key, std::optional<double>& level, Warnings& warnings);

// The sample rate at one of these keys of one of these objects, the first that has one from 100 Hz to 1 MHz; else
// `default_rate`, and the data say that it is not stated.
void read_sample_rate(std::initializer_list<std::optional<JsonView>> objects, std::initializer_list<const char*> keys,
                      double default_rate, ModelData& data);

// The name and the rate in the JSON of GuitarML and AIDA-X, whose versions put the rate at the top or into `metadata`.
void read_facts(const JsonView& root, double default_rate, ModelData& data);

}  // namespace atrous::model
