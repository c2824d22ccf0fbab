#include "pictures/ticks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace atrous::pictures {

namespace {

constexpr double digits[] = {1, 2, 5};

Tick tick(double value, int decimals) {
  char label[64];
  std::snprintf(label, sizeof label, "%.*f", decimals, value == 0 ? 0.0 : value);
  return {value, label};
}

}  // namespace

std::vector<Tick> ticks(double low, double high, int most) {
  std::vector<Tick> result;
  if (!(high > low) || most < 1) return result;
  double step = 0;
  int decimals = 0;
  for (int exponent = int(std::floor(std::log10((high - low) / most))); step == 0; ++exponent) {
    for (const double digit : digits) {
      const double candidate = digit * std::pow(10, exponent);
      if (std::floor(high / candidate + 1e-9) - std::ceil(low / candidate - 1e-9) + 1 > most) continue;
      step = candidate;
      decimals = std::max(0, -exponent);
      break;
    }
  }
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double n = first; n <= last; ++n) result.push_back(tick(n * step, decimals));
  return result;
}

std::vector<Tick> decade_ticks(double high) {
  std::vector<Tick> result = {tick(0, 0)};
  for (double decade = 10; decade <= high; decade *= 10) {
    for (const double digit : digits) {
      if (digit * decade <= high) result.push_back(tick(digit * decade, 0));
    }
  }
  return result;
}

}  // namespace atrous::pictures
