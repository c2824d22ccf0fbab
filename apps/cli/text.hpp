// Figures as people and scripts read them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

using Json = nlohmann::ordered_json;

void print_json(const Json& value);

// "name   value", the names padded to one width.
struct Row {
  std::string name, value;
};
void print_rows(const std::vector<Row>& rows);

// Columns of one width, the first flush left and the others flush right; rows of one length.
void print_table(const std::vector<std::vector<std::string>>& rows);

void print_warnings(const std::vector<std::string>& warnings);

// `text` with every `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to);

// "a, b or c"
std::string alternatives(const std::vector<std::string>& names);

std::string with_commas(std::int64_t value);    // 13,802
std::string fixed(double value, int decimals);  // 12.34
std::string duration(double seconds);           // 0.52 s, 1:02, 2:03:04

}  // namespace cli
