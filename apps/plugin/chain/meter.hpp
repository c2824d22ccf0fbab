// Levels and times for the eye.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "chain/parameters.hpp"

namespace plugin {

// Takes the time if it is to.
class Stopwatch {
 public:
  explicit Stopwatch(bool runs) noexcept : runs_(runs) {
    if (runs_) began_ = std::chrono::steady_clock::now();
  }
  double seconds() const noexcept {
    return runs_ ? std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count() : 0;
  }

 private:
  bool runs_;
  std::chrono::steady_clock::time_point began_{};
};

// The magnitude of a float as a whole number of the same order: what compilers find the largest of in vectors.
inline std::int32_t magnitude_bits(float x) noexcept {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffff;
}

inline float float_of(std::int32_t bits) noexcept {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// Copies what is finite, 0 for the rest, and returns the largest magnitude.
inline float copy_finite(const float* from, float* to, int frames) noexcept {
  constexpr std::int32_t infinity = 0x7f800000;
  std::int32_t loudest = 0;
  for (int t = 0; t < frames; ++t) {
    const std::int32_t size = magnitude_bits(from[t]);
    const bool finite = size < infinity;
    to[t] = finite ? from[t] : 0.0f;
    loudest = std::max(loudest, finite ? size : 0);
  }
  return float_of(loudest);
}

// Copies what lies within the ceiling, clamps the rest (NaN to 0), and returns the largest magnitude.
inline float copy_clamped(const float* from, float* to, int frames, float ceiling) noexcept {
  std::int32_t loudest = 0;
  for (int t = 0; t < frames; ++t) {
    const float below = from[t] < ceiling ? from[t] : ceiling;  // and NaN
    const float x = from[t] == from[t] ? below : 0.0f;
    to[t] = x > -ceiling ? x : -ceiling;
    loudest = std::max(loudest, magnitude_bits(to[t]));
  }
  return float_of(loudest);
}

// A peak jumps up and falls by 20 dB a second.
inline void show_peak(SharedSettings& meters, Parameter meter, float level, double seconds) noexcept {
  const float db = 20 * std::log10(std::max(level, 1e-5f));
  meters.set(meter, std::max(db, meters.get(meter) - float(20 * seconds)));
}

// A running mean over half a second, in percent.
inline void show_share(SharedSettings& meters, Parameter meter, double took, double of) noexcept {
  const auto now = float(100 * took / of);
  const float before = meters.get(meter);
  meters.set(meter, before + std::min(1.0f, float(of / 0.5)) * (now - before));
}

}  // namespace plugin
