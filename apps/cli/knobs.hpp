// The knobs of a model, as --knob turns them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include <atrous/network.hpp>

namespace cli {

struct KnobOptions {
  std::vector<std::string> settings;  // [NAME=]VALUE[@SECOND]
  double ramp_ms = 0;
};

void add_knobs(CLI::App& command, KnobOptions& options);

struct KnobStep {
  double seconds = 0;
  std::size_t knob = 0;
  double value = 0;
};

// How the knobs are turned: where they stand at first, one value each, and what comes later, in order of time.
struct KnobPlan {
  std::vector<double> first;
  std::vector<KnobStep> later;
};

// Throws Error (argument) for knobs that the network lacks and values that they cannot have.
KnobPlan plan_knobs(const KnobOptions& options, const atrous::Network& network);

}  // namespace cli
