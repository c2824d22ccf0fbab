// Each command registers its options on a CLI11 subcommand and returns what to run once they are parsed.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace cli {

// Returns the exit code; errors are exceptions (see main.cpp).
using Action = std::function<int()>;

Action add_info(CLI::App& command);
Action add_process(CLI::App& command);
Action add_generate(CLI::App& command);
Action add_score(CLI::App& command);
Action add_mel(CLI::App& command);
Action add_convert(CLI::App& command);
Action add_bench(CLI::App& command);
Action add_compare(CLI::App& command);
Action add_spectrogram(CLI::App& command);

}  // namespace cli
