// Making a changed model file consistent again, so that the fuzzers get past the checks of sizes.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace atrous::fuzz {

using Json = nlohmann::json;

// Gives arrays the sizes that loading asks for, one complaint after the other, while they stay small.
void repair(Json& document);

// A native file with this configuration and tensors of the shapes that it calls for; empty where it calls for none,
// or for too many values.
std::string native_file(const Json& config);

}  // namespace atrous::fuzz
