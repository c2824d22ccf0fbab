// What `atrous bench` has measured, as text and as JSON.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <atrous/profile.hpp>

namespace cli {

// From opening a file to being ready to play.
struct ReadyTime {
  double read_ms = 0, pack_ms = 0;
  double start_ms = 0;  // an Effect or a Generator, prewarmed
  double total_ms() const { return read_ms + pack_ms + start_ms; }
};

// One way to run one model, and how fast it was.
struct BenchRow {
  std::filesystem::path model;
  ReadyTime ready;
  std::string precision;
  atrous::ProfileCase how;
  atrous::Profile profile{};
};

// Everything about a single row with its stages, or a table. At least one row;
// those of a model stand together.
void print_as_text(const std::vector<BenchRow>& rows);

// An object for a single row; for several, an object whose "runs" is an array
// of them.
void print_as_json(const std::vector<BenchRow>& rows);

}  // namespace cli
