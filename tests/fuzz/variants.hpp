// Sizes and precisions, which random changes of single values hardly ever bring about.
#pragma once

#include <random>

#include <nlohmann/json.hpp>

namespace atrous::fuzz {

// Gives the configuration of a native file another precision, or one size more or fewer.
void vary_native(nlohmann::json& config, std::minstd_rand& random);

// Makes a layer array of a `.nam` slimmable or not, or puts the file into a container, or takes one out of it.
void vary_nam(nlohmann::json& document, std::minstd_rand& random);

}  // namespace atrous::fuzz
