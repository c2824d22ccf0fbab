// The marks of an axis.
#pragma once

#include <string>
#include <vector>

namespace atrous::pictures {

struct Tick {
  double value;
  std::string label;
};

// Up to `most` round values (1, 2 or 5 times a power of ten apart) from `low` to `high`, with as many decimals as tell
// them apart. At least two where they fit.
std::vector<Tick> ticks(double low, double high, int most);

// 0, and 1, 2 and 5 times the powers of ten, from 10 to `high`: frequencies on an axis of any scale.
std::vector<Tick> decade_ticks(double high);

}  // namespace atrous::pictures
