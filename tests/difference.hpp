// How far numbers are from what they ought to be, where NaN is farther than any: std::max(x, NaN) is x, so a largest
// difference that is gathered with it never hears of a NaN. Every tolerance in these tests is held with `<=` or `<`,
// which NaN fails.
#pragma once

#include <cmath>
#include <cstddef>

#include "catch.hpp"

// The larger of both, or NaN where one of them is.
inline double larger(double a, double b) {
  return std::isnan(a) || a >= b ? a : b;
}

// max |a - b|
template <class A, class B>
double largest_difference(const A& a, const B& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = larger(largest, std::abs(double(a[i]) - double(b[i])));
  }
  return largest;
}

// max |a - wanted| / max(1, |wanted|)
template <class A, class B>
double largest_error(const A& a, const B& wanted) {
  REQUIRE(a.size() == wanted.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double value = double(wanted[i]);
    largest = larger(largest, std::abs(double(a[i]) - value) / larger(1, std::abs(value)));
  }
  return largest;
}

// Σ(out - wanted)² / Σ wanted²
template <class A, class B>
double error_to_signal(const A& out, const B& wanted) {
  REQUIRE(out.size() == wanted.size());
  double error = 0, signal = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double value = double(wanted[i]), difference = double(out[i]) - value;
    error += difference * difference;
    signal += value * value;
  }
  return error / signal;
}
