// The samplers' distributions against softmax, mixtures of logistics and Gaussians, with fixed seeds.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "difference.hpp"
#include "run/code.hpp"
#include "run/sampler.hpp"

using namespace atrous;
using model::OutputKind;
using run::Sample;
using run::Sampler;
using run::SamplerOptions;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

Sampler categorical(int classes, const SamplerOptions& options) {
  model::Output output;
  output.kind = OutputKind::categorical;
  output.channels = classes;
  return Sampler(output, model::Code{model::CodeKind::r9y9, classes, 0}, options);
}

Sampler continuous(OutputKind kind, int channels, const SamplerOptions& options) {
  model::Output output;
  output.kind = kind;
  output.channels = channels;
  return Sampler(output, std::nullopt, options);
}

std::vector<float> numbers(int seed, int count, float scale) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = std::uniform_real_distribution<float>(-scale, scale)(random);
  return values;
}

std::vector<double> softmax(const std::vector<float>& logits, std::size_t count, double temperature) {
  std::vector<double> p(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += p[i] = std::exp(logits[i] / temperature);
  for (double& v : p) v /= sum;
  return p;
}

// The largest distance between the empirical distribution and a continuous one, times sqrt(n).
template <class Cdf>
double kolmogorov_smirnov(std::vector<float> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const auto n = double(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = cdf(x[i]);
    worst = larger(worst, larger(f - double(i) / n, double(i + 1) / n - f));
  }
  return worst * std::sqrt(n);
}

constexpr double ks999 = 1.95;  // exceeded once in 1000

}  // namespace

TEST_CASE("classes are drawn with the probabilities of the softmax at any temperature") {
  const std::vector<float> logits = numbers(1, 17, 2.5f);
  for (const double temperature : {0.5, 1.0, 1.7}) {
    CAPTURE(temperature);
    Sampler sampler = categorical(17, {.seed = 11, .temperature = temperature});
    constexpr int n = 40000;
    std::vector<int> counts(17);
    for (int i = 0; i < n; ++i) ++counts[sampler.sample(logits.data(), i).label];
    const std::vector<double> p = softmax(logits, 17, temperature);
    double chi2 = 0;
    for (int i = 0; i < 17; ++i) chi2 += (counts[i] - n * p[i]) * (counts[i] - n * p[i]) / (n * p[i]);
    CHECK(chi2 < 39.3);  // 99.9 % of chi-square with 16 degrees of freedom
  }
}

TEST_CASE("a class sounds like its code says") {
  const std::vector<float> logits = numbers(2, 256, 3.0f);
  Sampler sampler = categorical(256, {.seed = 3});
  for (int i = 0; i < 100; ++i) {
    const Sample s = sampler.sample(logits.data(), i);
    CHECK(s.value == run::decode(model::Code{model::CodeKind::r9y9, 256, 0}, s.label));
  }
}

TEST_CASE("unlikely classes keep their share") {
  // One class of 256 has 99.9 %, the other 255 share the rest.
  std::vector<float> logits(256, 0.0f);
  logits[200] = float(std::log(0.999 / 0.001 * 255));
  Sampler sampler = categorical(256, {.seed = 4});
  constexpr int n = 200000;
  int others = 0;
  for (int i = 0; i < n; ++i) others += sampler.sample(logits.data(), i).label != 200;
  CHECK(others == Approx(n * 0.001).margin(3.3 * std::sqrt(n * 0.001)));
}

TEST_CASE("greedy and cold samplers take the largest logit, the lowest on a tie") {
  std::vector<float> logits = {1, 5, 2, 5, -1};
  for (const SamplerOptions& options :
       {SamplerOptions{.greedy = true}, SamplerOptions{.temperature = 0}, SamplerOptions{.temperature = 1e-9},
        SamplerOptions{.temperature = -1}, SamplerOptions{.temperature = not_a_number}}) {
    Sampler sampler = categorical(5, options);
    for (int i = 0; i < 50; ++i) CHECK(sampler.sample(logits.data(), i).label == 1);
  }
  Sampler cold = categorical(5, {.temperature = 1e-5});
  logits[1] = 4.9f;
  for (int i = 0; i < 50; ++i) CHECK(cold.sample(logits.data(), i).label == 3);
}

TEST_CASE("logits that are no numbers count as impossible") {
  for (const bool greedy : {false, true}) {
    Sampler sampler = categorical(4, {.greedy = greedy});
    const std::vector<float> all(4, not_a_number), none(4, -infinite),
        some = {not_a_number, -infinite, 0, not_a_number}, top = {0, infinite, not_a_number, infinite};
    for (int i = 0; i < 20; ++i) {
      CHECK(sampler.sample(all.data(), i).label == 0);
      CHECK(sampler.sample(none.data(), i).label == 0);
      CHECK(sampler.sample(some.data(), i).label == 2);
      CHECK(sampler.sample(top.data(), i).label == 1);
    }
  }
  Sampler mixture = continuous(OutputKind::logistic_mixture, 6, {});
  Sampler gaussian = continuous(OutputKind::gaussian, 2, {});
  for (const float bad : {not_a_number, infinite, -infinite}) {
    const std::vector<float> y(6, bad);
    for (int i = 0; i < 20; ++i) {
      CHECK(std::abs(mixture.sample(y.data(), i).value) <= 1.0f);
      CHECK(std::abs(gaussian.sample(y.data(), i).value) <= 1.0f);
    }
  }
}

TEST_CASE("mixtures of logistics follow their distribution at any temperature") {
  const std::vector<float> y = {0.3f, -0.5f, 1.2f, -0.3f, 0.1f, 0.35f, -4.5f, -5.5f, -4.0f};
  for (const double temperature : {0.6, 1.0, 1.5}) {
    CAPTURE(temperature);
    Sampler sampler = continuous(OutputKind::logistic_mixture, 9, {.seed = 21, .temperature = temperature});
    std::vector<float> x;
    for (int i = 0; i < 20000; ++i) x.push_back(sampler.sample(y.data(), i).value);
    const std::vector<double> p = softmax(y, 3, temperature);
    CHECK(kolmogorov_smirnov(x, [&](double v) {
            double f = 0;
            for (int k = 0; k < 3; ++k) {
              f += p[k] / (1 + std::exp(-(v - y[3 + k]) / (temperature * std::exp(double{y[6 + k]}))));
            }
            return f;
          }) < ks999);
  }
}

TEST_CASE("Gaussians follow their distribution at any temperature") {
  const std::vector<float> y = {0.2f, -2.5f};
  for (const double temperature : {0.5, 1.0, 1.4}) {
    CAPTURE(temperature);
    Sampler sampler = continuous(OutputKind::gaussian, 2, {.seed = 22, .temperature = temperature});
    std::vector<float> x;
    for (int i = 0; i < 20000; ++i) x.push_back(sampler.sample(y.data(), i).value);
    CHECK(kolmogorov_smirnov(x, [&](double v) {
            return 0.5 * std::erfc(-(v - y[0]) / (temperature * std::exp(double{y[1]}) * std::sqrt(2.0)));
          }) < ks999);
  }
}

TEST_CASE("samples are clipped at full scale") {
  const std::vector<float> wide = {0, 0.2f, 2}, normal = {0.1f, 1};
  Sampler mixture = continuous(OutputKind::logistic_mixture, 3, {.seed = 5});
  Sampler gaussian = continuous(OutputKind::gaussian, 2, {.seed = 5});
  int low = 0, high = 0;
  for (int i = 0; i < 2000; ++i) {
    for (const float v : {mixture.sample(wide.data(), i).value, gaussian.sample(normal.data(), i).value}) {
      REQUIRE(std::abs(v) <= 1.0f);
      low += v == -1.0f;
      high += v == 1.0f;
    }
  }
  CHECK(low > 500);
  CHECK(high > 500);
}

TEST_CASE("greedy samplers of densities take the mean of the most likely component") {
  const std::vector<float> y = {0.3f, 2.5f, 1.2f, -0.3f, 0.1f, 0.35f, -1, -1, -1}, normal = {-0.25f, 3};
  for (const SamplerOptions& options : {SamplerOptions{.greedy = true}, SamplerOptions{.temperature = 0}}) {
    Sampler mixture = continuous(OutputKind::logistic_mixture, 9, options);
    Sampler gaussian = continuous(OutputKind::gaussian, 2, options);
    CHECK(mixture.sample(y.data(), 3).value == 0.1f);
    CHECK(gaussian.sample(normal.data(), 3).value == -0.25f);
    CHECK(mixture.sample(y.data(), 3).label == -1);
  }
}

TEST_CASE("a sample depends on seed, voice and index alone, in whatever order they come") {
  const std::vector<float> logits = numbers(6, 256, 2.0f), y = {0, 1, -0.2f, 0.4f, -2, -3}, normal = {0, -2};
  constexpr int n = 500;
  Sampler c = categorical(256, {.seed = 9, .voice = 2});
  Sampler m = continuous(OutputKind::logistic_mixture, 6, {.seed = 9, .voice = 2});
  Sampler g = continuous(OutputKind::gaussian, 2, {.seed = 9, .voice = 2});
  std::vector<int> labels;
  std::vector<float> mixed, normals;
  for (int i = 0; i < n; ++i) {
    labels.push_back(c.sample(logits.data(), i).label);
    mixed.push_back(m.sample(y.data(), i).value);
    normals.push_back(g.sample(normal.data(), i).value);
  }
  Sampler again = categorical(256, {.seed = 9, .voice = 2});
  for (int i = n - 1; i >= 0; --i) {
    REQUIRE(again.sample(logits.data(), i).label == labels[i]);
    REQUIRE(m.sample(y.data(), i).value == mixed[i]);
    REQUIRE(g.sample(normal.data(), i).value == normals[i]);
  }
  for (const SamplerOptions& other : {SamplerOptions{.seed = 9, .voice = 3}, SamplerOptions{.seed = 10, .voice = 2}}) {
    Sampler d = categorical(256, other);
    int same = 0;
    for (int i = 0; i < n; ++i) same += d.sample(logits.data(), i).label == labels[i];
    CHECK(same < n / 10);
  }
}

TEST_CASE("voices of one seed are independent") {
  const std::vector<float> normal = {0, -2};
  constexpr int n = 20000;
  Sampler a = continuous(OutputKind::gaussian, 2, {.seed = 1, .voice = 0});
  Sampler b = continuous(OutputKind::gaussian, 2, {.seed = 1, .voice = 1});
  double ab = 0, aa = 0, bb = 0, lag = 0;
  float before = 0;
  for (int i = 0; i < n; ++i) {
    const float x = a.sample(normal.data(), i).value, z = b.sample(normal.data(), i).value;
    ab += x * z;
    aa += x * x;
    bb += z * z;
    lag += x * before;
    before = x;
  }
  CHECK(std::abs(ab / std::sqrt(aa * bb)) < 3.3 / std::sqrt(double{n}));
  CHECK(std::abs(lag / aa) < 3.3 / std::sqrt(double{n}));
}
