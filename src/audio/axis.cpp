#include "audio/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace atrous::audio {
namespace {

Tick round_tick(double value) {
  char label[64];
  std::snprintf(label, sizeof label, "%.10g", value);
  return {value, label};
}

// The digits of a decade that have ticks, from the closest to the widest.
constexpr std::array<std::string_view, 3> digits_of_decades = {"123456789", "125", "1"};

// Every `stride`th of the ticks, so that they are no more than `most`.
std::vector<Tick> thinned(const std::vector<Tick>& ticks, std::size_t most) {
  const std::size_t stride = (ticks.size() + most - 1) / most;
  std::vector<Tick> result;
  for (std::size_t i = 0; i < ticks.size(); i += stride) result.push_back(ticks[i]);
  return result;
}

}  // namespace

Axis::Axis(const std::vector<double>& values, PlotScale scale) : scale_(scale) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  low_ = *least;
  high_ = *greatest;
  if (scale == PlotScale::linear) {
    low_ = std::min(low_, 0.0);
    high_ = std::max(high_, 0.0);
    const double room = (high_ - low_) * 0.05;
    if (high_ > 0) high_ += room;
    if (low_ < 0) low_ -= room;
    if (high_ == low_) high_ = low_ + 1;
    return;
  }
  // A little room at either end, and a decade at least, which has ticks.
  const double least_octaves = std::log2(10), octaves = std::log2(high_ / low_);
  const double room = std::max(0.04 * octaves + 0.1, (least_octaves - octaves) / 2);
  low_ *= std::exp2(-room);
  high_ *= std::exp2(room);
}

double Axis::transformed(double value) const noexcept {
  return scale_ == PlotScale::linear ? value : std::log2(value);
}

double Axis::position(double value) const noexcept {
  return (transformed(value) - transformed(low_)) / (transformed(high_) - transformed(low_));
}

std::vector<Tick> Axis::ticks(int most) const {
  const auto room = static_cast<std::size_t>(most);
  std::vector<Tick> result;
  switch (scale_) {
    case PlotScale::linear:
      return audio::ticks(low_, high_, most);
    case PlotScale::log2:
      for (double n = std::ceil(std::log2(low_)); n <= std::log2(high_); ++n)
        result.push_back(round_tick(std::exp2(n)));
      break;
    case PlotScale::log10:
      for (const std::string_view digits : digits_of_decades) {
        result = decade_ticks(digits);
        if (result.size() <= room) break;
      }
  }
  return thinned(result, room);
}

std::vector<Tick> Axis::decade_ticks(std::string_view digits) const {
  std::vector<Tick> result;
  for (double decade = std::floor(std::log10(low_)); decade <= std::log10(high_); ++decade) {
    for (const char digit : digits) {
      const double value = (digit - '0') * std::pow(10, decade);
      if (value >= low_ && value <= high_) result.push_back(round_tick(value));
    }
  }
  return result;
}

}  // namespace atrous::audio
