#include "suggestion.hpp"

#include <algorithm>
#include <cstddef>

namespace cli {
namespace {

// Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> d((a.size() + 1) * width);  // d[i * width + j]: from the first i letters of a to j of b
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& here = d[i * width + j];
      here = std::max(i, j);
      if (i == 0 || j == 0) continue;
      const std::size_t* above = &here - width;
      here = std::min({above[0] + 1, (&here)[-1] + 1, above[-1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        here = std::min(here, d[(i - 2) * width + j - 2] + 1);
      }
    }
  }
  return d.back();
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const auto text = [](const std::string& found) { return "; did you mean '" + found + "'?"; };
  const auto begins = [&](const std::string& each) { return word.size() > 1 && each.starts_with(word); };
  if (std::count_if(known.begin(), known.end(), begins) == 1) {
    return text(*std::find_if(known.begin(), known.end(), begins));
  }
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;  // of more, most letters are another word's
  std::string nearest;
  for (const std::string& each : known) {
    const std::size_t apart = distance(word, each);
    if (apart >= least) continue;
    least = apart;
    nearest = each;
  }
  return nearest.empty() ? "" : text(nearest);
}

}  // namespace cli
