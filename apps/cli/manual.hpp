// The man page and the shells' completions, made from the description of the commands that the parser has.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cli {

// `kind` is "man", "bash", "zsh" or "fish".
std::string manual(const CLI::App& program, const std::string& kind);

}  // namespace cli
