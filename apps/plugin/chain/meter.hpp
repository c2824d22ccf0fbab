// Levels and times for the eye.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

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

// Copies what is finite, 0 for the rest, and returns the largest magnitude.
inline float copy_finite(const float* from, float* to, int frames) noexcept {
  float loudest = 0;
  for (int t = 0; t < frames; ++t) {
    const float x = from[t] - from[t] == 0 ? from[t] : 0.0f;
    loudest = std::max(loudest, std::abs(x));
    to[t] = x;
  }
  return loudest;
}

// Copies what lies within the ceiling, clamps the rest (NaN to 0), and returns the largest magnitude.
inline float copy_clamped(const float* from, float* to, int frames, float ceiling) noexcept {
  float loudest = 0;
  for (int t = 0; t < frames; ++t) {
    const float x = from[t] == from[t] ? std::clamp(from[t], -ceiling, ceiling) : 0.0f;
    loudest = std::max(loudest, std::abs(x));
    to[t] = x;
  }
  return loudest;
}

// A peak jumps up and falls by 20 dB a second.
inline void show_peak(SharedSettings& meters, Parameter meter, float level, double seconds) noexcept {
  const float db = 20 * std::log10(std::max(level, 1e-5f));
  meters.set(meter, std::max(db, meters.get(meter) - static_cast<float>(20 * seconds)));
}

// A running mean over half a second, in percent.
inline void show_share(SharedSettings& meters, Parameter meter, double took, double of) noexcept {
  const auto now = static_cast<float>(100 * took / of);
  const float before = meters.get(meter);
  meters.set(meter, before + std::min(1.0f, static_cast<float>(of / 0.5)) * (now - before));
}

}  // namespace plugin
