// Writing JSON: a tree whose members keep the order in which they were put in.
#pragma once

#include <nlohmann/json.hpp>

namespace atrous::model {

using OrderedJson = nlohmann::ordered_json;

// A float as the shortest decimal that reads back as the same float: 0.01, not 0.009999999776482582.
OrderedJson float_to_json(float value);

// On one line; bytes that are no UTF-8 are replaced.
std::string json_text(const OrderedJson& json);

}  // namespace atrous::model
