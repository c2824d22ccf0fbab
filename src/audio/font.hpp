// A small bitmap font for the pictures: printable ASCII, 5 pixels wide and 7 high, with 2 rows below for descenders.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace atrous::audio {

inline constexpr int kGlyphWidth = 5, kGlyphHeight = 7, kGlyphRows = 9;
inline constexpr int kGlyphAdvance = 6;  // from one character to the next

using Glyph = std::array<std::uint8_t, kGlyphRows>;

// A box for characters that the font lacks.
const Glyph& glyph(char character) noexcept;

}  // namespace atrous::audio
