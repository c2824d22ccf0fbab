// Logarithms of probabilities, in double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace atrous::run {

// ln of the sum of exp(term(i)) for i in [0, count)
template <class Term>
double log_sum_exp(int count, Term term) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int i = 0; i < count; ++i) largest = std::max(largest, term(i));
  if (!std::isfinite(largest)) return largest;
  for (int i = 0; i < count; ++i) sum += std::exp(term(i) - largest);
  return largest + std::log(sum);
}

}  // namespace atrous::run
