// Colours that stand for levels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace atrous::pictures {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Color&) const = default;
};

inline constexpr Color ink_color{40, 40, 48}, faint_color{120, 120, 130};

// Ordered in lightness, from the quietest to the loudest.
inline constexpr std::array loudness_colors{Color{8, 6, 30},     Color{44, 18, 92},  Color{112, 28, 120},
                                            Color{184, 46, 100}, Color{233, 88, 60}, Color{250, 160, 56},
                                            Color{253, 246, 190}};
// From quieter over equal to louder.
inline constexpr std::array difference_colors{Color{18, 52, 110},   Color{66, 132, 190},  Color{170, 208, 230},
                                              Color{255, 255, 255}, Color{248, 190, 160}, Color{214, 94, 76},
                                              Color{120, 10, 36}};

// The colours of values from `low` to `high`, dB; what is beyond has that of the nearer end.
struct Scale {
  double low, high;
  std::span<const Color> colors;

  Color color(double value) const noexcept {
    const double position = std::clamp((value - low) / (high - low), 0.0, 1.0) * double(colors.size() - 1);
    const std::size_t below = std::min(std::size_t(position), colors.size() - 2);
    const double t = position - double(below);
    const Color a = colors[below], b = colors[below + 1];
    const auto mix = [t](int x, int y) { return std::uint8_t(std::lround(x + (y - x) * t)); };
    return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
  }
};

}  // namespace atrous::pictures
