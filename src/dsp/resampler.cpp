#include "dsp/resampler.hpp"

#include <cmath>
#include <numeric>
#include <sstream>

#include <atrous/error.hpp>

namespace atrous::dsp {

namespace {

constexpr std::uint32_t max_term = 1u << 18;

// The last convergent of the continued fraction of `value` whose terms stay within max_term.
RateRatio nearest_fraction(double value) {
  std::uint64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
  for (int i = 0; i < 64; ++i) {
    const double whole = std::floor(value);
    if (whole > max_term) break;
    const auto a = std::uint64_t(whole);
    const std::uint64_t p2 = a * p1 + p0, q2 = a * q1 + q0;
    if (p2 > max_term || q2 > max_term) break;
    p0 = p1, q0 = q1, p1 = p2, q1 = q2;
    const double rest = value - whole;
    if (rest < 1e-12) break;
    value = 1 / rest;
  }
  return {std::uint32_t(p1), std::uint32_t(q1)};
}

bool whole(double rate) {
  return rate == std::floor(rate) && rate <= max_term;
}

}  // namespace

RateRatio rate_ratio(double from, double to) {
  const double ratio = from / to;
  if (!(from > 0 && to > 0 && ratio <= max_resample_ratio && ratio >= 1 / max_resample_ratio)) {
    std::ostringstream message;
    message << "cannot resample from " << from << " Hz to " << to << " Hz: expected positive rates within a factor of "
            << max_resample_ratio;
    throw Error(ErrorCode::argument, message.str());
  }
  if (!whole(from) || !whole(to)) return nearest_fraction(ratio);
  const auto a = std::uint32_t(from), b = std::uint32_t(to);
  const std::uint32_t divisor = std::gcd(a, b);
  return {a / divisor, b / divisor};
}

}  // namespace atrous::dsp
