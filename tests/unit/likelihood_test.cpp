// Negative log-likelihoods against sums over all bins, numeric integrals and direct formulas.
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "catch.hpp"
#include "run/distribution.hpp"

using namespace atrous;
using model::OutputKind;

namespace {

double categorical_nll(const float* y, int classes, int label) {
  const model::Output output{.kind = OutputKind::categorical, .channels = classes};
  return run::make_distribution(output, model::Code{.classes = classes})->nll(y, label, 0);
}

double logistic_mixture_nll(const float* y, int mixtures, double target, int bins, float log_scale_min) {
  const model::Output output{.kind = OutputKind::logistic_mixture,
                             .channels = 3 * mixtures,
                             .quantize_channels = bins,
                             .log_scale_min = log_scale_min};
  return run::make_distribution(output, std::nullopt)->nll(y, -1, target);
}

double gaussian_nll(const float* y, double target, float log_scale_min) {
  const model::Output output{.kind = OutputKind::gaussian, .channels = 2, .log_scale_min = log_scale_min};
  return run::make_distribution(output, std::nullopt)->nll(y, -1, target);
}

std::vector<float> numbers(std::mt19937& random, int count, float low, float high) {
  std::vector<float> values(count);
  for (float& v : values) v = std::uniform_real_distribution<float>(low, high)(random);
  return values;
}

// logits | means | log scales
std::vector<float> mixture(std::mt19937& random, int count, float low_scale, float high_scale) {
  std::vector<float> y = numbers(random, count, -2, 2);
  for (const float v : numbers(random, count, -0.8f, 0.8f)) y.push_back(v);
  for (const float v : numbers(random, count, low_scale, high_scale)) y.push_back(v);
  return y;
}

double density(const std::vector<float>& y, double x) {
  const std::size_t count = y.size() / 3;
  double sum = 0, all = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const double s = std::exp(double{y[2 * count + k]}), e = std::exp(-(x - y[count + k]) / s);
    all += std::exp(double{y[k]});
    sum += std::exp(double{y[k]}) * e / (s * (1 + e) * (1 + e));
  }
  return sum / all;
}

// Simpson's rule
template <class Function>
double integrate(Function f, double from, double to, int steps = 200) {
  const double h = (to - from) / steps;
  double sum = f(from) + f(to);
  for (int i = 1; i < steps; ++i) sum += f(from + i * h) * (i % 2 ? 4 : 2);
  return sum * h / 3;
}

}  // namespace

TEST_CASE("categorical likelihood is the cross-entropy, and its probabilities sum to 1") {
  std::mt19937 random(1);
  for (const int classes : {2, 5, 256}) {
    const std::vector<float> logits = numbers(random, classes, -4, 4);
    double all = 0, total = 0;
    for (const float v : logits) all += std::exp(double{v});
    for (int label = 0; label < classes; ++label) {
      const double nll = categorical_nll(logits.data(), classes, label);
      CHECK(nll == Approx(-std::log(std::exp(double{logits[label]}) / all)).epsilon(1e-12));
      total += std::exp(-nll);
    }
    CHECK(total == Approx(1).epsilon(1e-12));
  }
  const std::vector<float> huge = {1e4f, 0, -1e4f};
  CHECK(categorical_nll(huge.data(), 3, 0) == 0);
  CHECK(categorical_nll(huge.data(), 3, 2) == 2e4);
  CHECK(categorical_nll(std::vector<float>(256, 3.5f).data(), 256, 17) == Approx(std::log(256.0)));
}

TEST_CASE("the bins of a mixture of logistics sum to 1") {
  std::mt19937 random(2);
  for (const int bins : {64, 256, 1000}) {
    for (const int mixtures : {1, 3, 10}) {
      const std::vector<float> y = mixture(random, mixtures, -4.0f, -1.0f);
      double total = 0;
      for (int i = 0; i < bins; ++i) {
        const double target = -1 + 2.0 * i / (bins - 1);
        total += std::exp(-logistic_mixture_nll(y.data(), mixtures, target, bins, -16));
      }
      // Where a component gives a bin less than 1e-5, its density at the centre stands in.
      CHECK(total == Approx(1).margin(1e-5 * bins * 0.2));
    }
  }
}

TEST_CASE("a bin of a mixture of logistics is the integral of the density over it") {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const std::vector<float> y = mixture(random, 4, -3.0f, -1.0f);
    const double target = std::uniform_real_distribution<double>(-0.99, 0.99)(random);
    const double half = 1.0 / 255;
    const double expected = integrate([&](double x) { return density(y, x); }, target - half, target + half);
    CHECK(logistic_mixture_nll(y.data(), 4, target, 256, -16) == Approx(-std::log(expected)).epsilon(1e-4));
  }
}

TEST_CASE("the outermost bins of a mixture of logistics reach to infinity") {
  std::mt19937 random(4);
  const std::vector<float> y = mixture(random, 3, -3.0f, -1.0f);
  const double half = 1.0 / 255;
  const auto f = [&](double x) { return density(y, x); };
  CHECK(logistic_mixture_nll(y.data(), 3, -1, 256, -16) ==
        Approx(-std::log(integrate(f, -30, -1 + half, 200000))).epsilon(1e-6));
  CHECK(logistic_mixture_nll(y.data(), 3, 1, 256, -16) ==
        Approx(-std::log(integrate(f, 1 - half, 30, 200000))).epsilon(1e-6));
}

TEST_CASE("a bin of 65536 of a wide logistic is the density at its centre times its width") {
  const std::vector<float> y = {0, 0.1f, -1};
  const double expected = -std::log(density(y, 0.3) * 2 / 65535);  // 1.8e-5 · … is at or below 1e-5
  CHECK(logistic_mixture_nll(y.data(), 1, 0.3, 65536, -16) == Approx(expected).epsilon(1e-9));
  // Far out, where the difference of the two sigmoids is lost to rounding, the density still is not.
  const std::vector<float> narrow = {0, -0.5f, -6};
  const double far = (0.9 + 0.5) * std::exp(6.0);
  CHECK(logistic_mixture_nll(narrow.data(), 1, 0.9, 256, -16) == Approx(far - 6 + std::log(127.5)).epsilon(1e-9));
}

TEST_CASE("log scales have a floor") {
  std::vector<float> y = {0.5f, 0.2f, 0.1f, 0.1f, -20, -20};
  const double floored = logistic_mixture_nll(y.data(), 2, 0.1, 256, -7);
  y[4] = y[5] = -7;
  CHECK(logistic_mixture_nll(y.data(), 2, 0.1, 256, -30) == floored);
  const std::vector<float> sharp = {0.1f, -20}, at_floor = {0.1f, -7};
  CHECK(gaussian_nll(sharp.data(), 0.11, -7) == gaussian_nll(at_floor.data(), 0.11, -30));
  CHECK(gaussian_nll(sharp.data(), 0.11, -7) < gaussian_nll(sharp.data(), 0.11, -8));
}

TEST_CASE("the Gaussian likelihood is a density that integrates to 1") {
  const std::vector<float> y = {0.25f, -2};
  CHECK(integrate([&](double x) { return std::exp(-gaussian_nll(y.data(), x, -7)); }, -2, 2.5, 2000) ==
        Approx(1).epsilon(1e-9));
  const double sigma = std::exp(-2.0), z = (0.4 - 0.25) / sigma;
  CHECK(gaussian_nll(y.data(), 0.4, -7) ==
        Approx(-std::log(std::exp(-z * z / 2) / (sigma * std::sqrt(2 * std::numbers::pi)))));
}
