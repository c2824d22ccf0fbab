// Activations in JSON, written alike in `.nam` and native files: a name, or an object with its parameters.
#pragma once

#include <string>

#include "model/config.hpp"
#include "model/json.hpp"
#include "model/json_writing.hpp"

namespace atrous::model {

// What to do with a key that no activation has.
enum class UnknownKeys { ignore, refuse };

// `type` is the key of its name in an object.
Activation activation_from_json(const JsonView& json, UnknownKeys unknown_keys, const char* type = "type");
OrderedJson activation_to_json(const Activation& activation);

}  // namespace atrous::model
