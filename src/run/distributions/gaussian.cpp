// A Gaussian: rows mean | log scale.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "run/distribution.hpp"

namespace atrous::run {
namespace {

class Gaussian : public Distribution {
 public:
  explicit Gaussian(const model::Output& output) : log_scale_min_(double{output.log_scale_min}) {}

  Sample likeliest(const float* y) const noexcept override { return {-1, clip(y[0])}; }

  // Box and Muller's way to a normal number.
  Sample draw(const float* y, const Draw& at, Softmax&) const noexcept override {
    const double normal = std::sqrt(-2 * std::log(at.first)) * std::cos(2 * std::numbers::pi * at.second);
    return {-1, clip(y[0] + at.spread * std::exp(double{y[1]}) * normal)};
  }

  // A density, not a probability.
  double nll(const float* y, int, double value) const noexcept override {
    const double log_scale = std::max(double{y[1]}, log_scale_min_);
    const double z = (value - y[0]) * std::exp(-log_scale);
    return 0.5 * z * z + log_scale + 0.5 * std::log(2 * std::numbers::pi);
  }

 private:
  double log_scale_min_;
};

}  // namespace

std::unique_ptr<const Distribution> make_gaussian(const model::Output& output) {
  return std::make_unique<const Gaussian>(output);
}

}  // namespace atrous::run
