// Many inputs into one folder: who does which of them, and what became of each.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "interrupt.hpp"

namespace cli {

struct BatchOptions {
  std::vector<std::filesystem::path> files;  // as the command line has them
  std::vector<std::filesystem::path> in;
  std::filesystem::path out;
  std::filesystem::path list;  // a file that names inputs, a line each
  std::string shard = "1/1";
  std::string pattern = "{name}";  // of the outputs' names
  int jobs = 1;
};

// An input, and the output that it becomes.
struct BatchItem {
  std::filesystem::path in, out;
};

// What a finished item says of itself.
struct BatchResult {
  double seconds = 0;  // of sound
  std::vector<std::string> warnings;
};

// Adds IN... OUT: the last of all files is where the result goes.
void add_batch_files(CLI::App& command, BatchOptions& options, const std::string& what);

// Fills `in` and `out` from `files`; a dash is a standard stream. Throws Error (argument) where an input is needed and
// there is none.
void tell_apart(BatchOptions& options, bool needs_input);

// Adds --list, --shard, --jobs and --pattern.
void add_batch_options(CLI::App& command, BatchOptions& options);

// Whether the output is a folder: one that is there, or is named as one, or gets more than one input, or a folder where
// its own name has no ending.
bool is_batch(const BatchOptions& options);

// The items of this shard in order: inputs as they are named, folders replaced by the files in them. Makes the output's
// folder. Throws Error (io, argument) for inputs that are not there, for two that would become one output, and for an
// output that is its input, or one of the files that all items read.
std::vector<BatchItem> batch_items(const BatchOptions& options, const std::vector<std::filesystem::path>& shared);

// Makes an item. Throws what it fails with, and returns early, without an output, once an interruption is requested.
// Runs on several threads at a time.
using Render = std::function<BatchResult(const BatchItem&, const Interrupt&)>;

// Renders every item whose output is not there yet, `jobs` at a time, and prints a JSON line for each, which --quiet
// keeps, and a summary. A failed item stops no other. Returns the exit code: 0, 1 where any failed, or that of the
// signal that stopped it.
int run_batch(const BatchOptions& options, const std::vector<BatchItem>& items, const Render& render);

}  // namespace cli
