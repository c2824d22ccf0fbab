// What `atrous bench --jitter` has measured, as text and as JSON.
#pragma once

#include <filesystem>
#include <vector>

#include <atrous/profile.hpp>

namespace cli {

struct JitterRow {
  std::filesystem::path model;
  atrous::Isa isa;
  std::size_t block;
  atrous::Jitter jitter;
};

void print_as_text(const std::vector<JitterRow>& rows);

// An object whose "runs" is an array of them.
void print_as_json(const std::vector<JitterRow>& rows);

}  // namespace cli
