// A mixture of logistics, after r9y9/wavenet_vocoder: rows logits | means | log scales.
#include <algorithm>
#include <cmath>

#include "run/distribution.hpp"
#include "run/log_sum_exp.hpp"

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

class LogisticMixture : public Distribution {
 public:
  explicit LogisticMixture(const model::Output& output)
      : mixtures_(output.channels / 3), bins_(output.quantize_channels), log_scale_min_(double{output.log_scale_min}) {}

  Sample likeliest(const float* y) const noexcept override { return {-1, clip(means(y)[argmax(y, mixtures_)])}; }

  Sample draw(const float* y, const Draw& at, Softmax& scratch) const noexcept override {
    const int k = scratch.draw(y, mixtures_, at.sharpness, at.first);
    const double u = 1e-5 + (1 - 2e-5) * at.second;
    return {-1, clip(means(y)[k] + at.spread * std::exp(double{log_scales(y)[k]}) * (std::log(u) - std::log1p(-u)))};
  }

  // The discretised loss: the probability of the bin of width 2 / (bins - 1) around `value`, the outermost bins
  // reaching to infinity; where a component gives it no more than 1e-5, that component's density at the centre times
  // the width stands in.
  double nll(const float* y, int, double value) const noexcept override {
    const double all = log_sum_exp(mixtures_, [&](int k) { return double{y[k]}; });
    return all - log_sum_exp(mixtures_, [&](int k) {
             return y[k] + log_bin(value, means(y)[k], std::max(double{log_scales(y)[k]}, log_scale_min_), bins_);
           });
  }

 private:
  const float* means(const float* y) const noexcept { return y + mixtures_; }
  const float* log_scales(const float* y) const noexcept { return y + 2 * mixtures_; }

  int mixtures_, bins_;
  double log_scale_min_;
};

}  // namespace

std::unique_ptr<const Distribution> make_logistic_mixture(const model::Output& output) {
  return std::make_unique<const LogisticMixture>(output);
}

}  // namespace atrous::run
