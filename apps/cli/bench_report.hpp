// What `atrous bench` has measured, as text, as JSON and as a picture.
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

struct BenchReport {
  std::filesystem::path model;
  std::string precision;
  bool sweep;
  ReadyTime ready;
  std::vector<atrous::ProfileCase> cases;
  std::vector<atrous::Profile> profiles;  // of the cases
};

// Everything about one case with its stages, or a table with a row per case.
void print_as_text(const BenchReport& report);

// An object for one case; for several, an object whose "runs" is an array of them.
void print_as_json(const BenchReport& report);

// The cost by the size of a block, or the speed by the number of streams: a line per instruction set.
void plot_sweep(const BenchReport& report, const std::filesystem::path& path);

}  // namespace cli
