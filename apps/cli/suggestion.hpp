// What was meant by a word that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// "; did you mean 'process'?" where one of `known` is near to `word`, or the only one that begins with it; else "".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace cli
