// Classes of a code: softmax of the rows.
#include <vector>

#include "run/code.hpp"
#include "run/distribution.hpp"
#include "run/log_sum_exp.hpp"

namespace atrous::run {
namespace {

class Categorical : public Distribution {
 public:
  explicit Categorical(const model::Code& code) {
    for (int label = 0; label < code.classes; ++label) decoded_.push_back(decode(code, label));
  }

  Sample likeliest(const float* y) const noexcept override { return of(argmax(y, classes())); }

  Sample draw(const float* y, const Draw& at, Softmax& scratch) const noexcept override {
    return of(scratch.draw(y, classes(), at.sharpness, at.first));
  }

  // Cross-entropy.
  double nll(const float* y, int label, double) const noexcept override {
    return log_sum_exp(classes(), [&](int i) { return double{y[i]}; }) - y[label];
  }

 private:
  int classes() const noexcept { return int(decoded_.size()); }
  Sample of(int label) const noexcept { return {label, decoded_[std::size_t(label)]}; }

  std::vector<float> decoded_;  // [classes]: what each class sounds like
};

}  // namespace

std::unique_ptr<const Distribution> make_categorical(const model::Code& code) {
  return std::make_unique<const Categorical>(code);
}

}  // namespace atrous::run
