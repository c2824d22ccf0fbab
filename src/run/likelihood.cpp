#include "run/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace atrous::run {
namespace {

// ln(1 + e^x) without overflow
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

// 1 / (1 + e^-x)
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

// ln of the sum of exp(term(i)) for i in [0, count)
template <class Term>
double log_sum_exp(int count, Term term) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int i = 0; i < count; ++i) largest = std::max(largest, term(i));
  if (!std::isfinite(largest)) return largest;
  for (int i = 0; i < count; ++i) sum += std::exp(term(i) - largest);
  return largest + std::log(sum);
}

// ln of the probability that one logistic component gives the target's bin.
double log_bin(double target, double mean, double log_scale, int bins) {
  const double centred = target - mean, sharpness = std::exp(-log_scale), half = 1.0 / (bins - 1);
  const double above = sharpness * (centred + half), below = sharpness * (centred - half);
  if (target < -0.999) return above - softplus(above);  // ln sigmoid(above)
  if (target > 0.999) return -softplus(below);          // ln (1 - sigmoid(below))
  const double probability = sigmoid(above) - sigmoid(below);
  if (probability > 1e-5) return std::log(probability);
  const double middle = sharpness * centred;
  return middle - log_scale - 2 * softplus(middle) - std::log((bins - 1) / 2.0);
}

}  // namespace

double categorical_nll(const float* logits, int classes, int label) noexcept {
  return log_sum_exp(classes, [&](int i) { return double{logits[i]}; }) - logits[label];
}

double logistic_mixture_nll(const float* y, int mixtures, double target, int bins, double log_scale_min) noexcept {
  const float *means = y + mixtures, *log_scales = means + mixtures;
  const double all = log_sum_exp(mixtures, [&](int k) { return double{y[k]}; });
  return all - log_sum_exp(mixtures, [&](int k) {
           return y[k] + log_bin(target, means[k], std::max(double{log_scales[k]}, log_scale_min), bins);
         });
}

double gaussian_nll(const float* y, double target, double log_scale_min) noexcept {
  const double log_scale = std::max(double{y[1]}, log_scale_min);
  const double z = (target - y[0]) * std::exp(-log_scale);
  return 0.5 * z * z + log_scale + 0.5 * std::log(2 * std::numbers::pi);
}

}  // namespace atrous::run
