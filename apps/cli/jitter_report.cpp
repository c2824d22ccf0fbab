#include "jitter_report.hpp"

#include "text.hpp"

namespace cli {
namespace {

std::vector<std::string> table_row(const JitterRow& row, const std::string& what, const atrous::BlockTimes& times) {
  return {row.model.filename().string(),
          what,
          std::string(atrous::isa_name(row.isa)),
          std::to_string(row.block),
          fixed(times.median_us, 2),
          fixed(times.worst_us, 2),
          fixed(times.ratio(), 2)};
}

Json as_json(const atrous::BlockTimes& times) {
  return {{"median_us", times.median_us}, {"worst_us", times.worst_us}, {"ratio", times.ratio()}};
}

}  // namespace

void print_as_text(const std::vector<JitterRow>& rows) {
  std::vector<std::vector<std::string>> table = {{"model", "while", "isa", "block", "median us", "worst us", "ratio"}};
  for (const JitterRow& row : rows) {
    table.push_back(table_row(row, "it runs", row.jitter.steady));
    if (row.jitter.change) table.push_back(table_row(row, "its size changes", *row.jitter.change));
  }
  print_table(table);
}

void print_as_json(const std::vector<JitterRow>& rows) {
  Json runs = Json::array();
  for (const JitterRow& row : rows) {
    runs.push_back({{"model", row.model.string()},
                    {"isa", atrous::isa_name(row.isa)},
                    {"block", row.block},
                    {"steady", as_json(row.jitter.steady)}});
    if (row.jitter.change) runs.back()["change"] = as_json(*row.jitter.change);
  }
  print_json({{"runs", runs}});
}

}  // namespace cli
