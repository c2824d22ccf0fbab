#include "dsp/oversampling_filter.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "dsp/bessel.hpp"

namespace atrous::dsp {
namespace {

constexpr double beta = 10.06;  // of the Kaiser window: -100 dB

// All factor · taps taps, of which the first is 0: it is 1 in the middle and 0 at every other multiple of the factor.
std::vector<double> linear_phase(int factor) {
  const int middle = factor * OversamplingFilter::taps / 2;
  std::vector<double> filter;
  for (int i = -middle; i < middle; ++i) {
    const double x = std::numbers::pi * i / factor, edge = double(i) / middle;
    const double sinc = i == 0 ? 1 : i % factor == 0 ? 0 : std::sin(x) / x;
    filter.push_back(sinc * bessel_i0(beta * std::sqrt(std::max(0.0, 1 - edge * edge))) / bessel_i0(beta));
  }
  return filter;
}

// The response of a filter that is symmetric around its middle, without its delay, at a frequency of that cosine: a sum
// of Chebyshev polynomials, by Clenshaw's recurrence.
double response(const std::vector<double>& filter, double cosine) {
  const std::size_t middle = filter.size() / 2;
  double now = 0, before = 0;
  for (std::size_t k = middle - 1; k > 0; --k) {
    const double next = 2 * filter[middle + k] + 2 * cosine * now - before;
    before = now;
    now = next;
  }
  return filter[middle] + cosine * now - before;
}

// The first terms of the cepstrum of its magnitudes. Their logarithm has no bottom where the stopband goes through 0,
// so that they are raised to -110 dB there.
std::vector<double> cepstrum(const std::vector<double>& filter) {
  constexpr int half = 1 << 14;  // frequencies up to half the rate; with fewer what is beyond the terms folds into them
  constexpr double floor = 3e-6;
  const double whole = response(filter, 1);
  std::vector<double> terms(filter.size());
  for (int i = 0; i <= half; ++i) {
    const double cosine = std::cos(std::numbers::pi * i / half), magnitude = response(filter, cosine) / whole;
    const double weight = (i == 0 || i == half ? 0.5 : 1.0) / half;
    const double part = weight * 0.5 * std::log(magnitude * magnitude + floor * floor);
    double now = 1, before = cosine;  // cos(k ω)
    for (double& term : terms) {
      term += part * now;
      const double next = 2 * cosine * now - before;
      before = now;
      now = next;
    }
  }
  return terms;
}

// The filter of the same magnitudes whose energy comes first: its cepstrum is 0 before 0 and twice the magnitudes'
// behind it, and n m[n] = Σ k c[k] m[n - k].
std::vector<double> minimum_phase(const std::vector<double>& filter) {
  const std::vector<double> even = cepstrum(filter);
  std::vector<double> result{std::exp(even[0]) * response(filter, 1)};
  for (std::size_t n = 1; n < filter.size(); ++n) {
    double sum = 0;
    for (std::size_t k = 1; k <= n; ++k) sum += double(k) * 2 * even[k] * result[n - k];
    result.push_back(sum / double(n));
  }
  return result;
}

}  // namespace

OversamplingFilter::OversamplingFilter(int factor, bool minimum) : phases(std::size_t(factor)) {
  const std::vector<double> filter = minimum ? minimum_phase(linear_phase(factor)) : linear_phase(factor);
  for (int p = minimum ? 0 : 1; p < factor; ++p) {
    for (int j = taps - 1; j >= 0; --j) phases[std::size_t(p)].push_back(float(filter[std::size_t(factor * j + p)]));
  }
  double sum = 0, moment = 0;
  for (std::size_t i = 0; i < filter.size(); ++i) {
    sum += filter[i];
    moment += double(i) * filter[i];
  }
  delay = minimum ? 2 * moment / sum / factor : taps;
}

}  // namespace atrous::dsp
