// What Kaiser's window is made of.
#pragma once

namespace atrous::dsp {

// The modified Bessel function of the first kind and order 0, by its series.
inline double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-18 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

}  // namespace atrous::dsp
