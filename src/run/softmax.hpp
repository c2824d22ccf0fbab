// Choosing among classes by their logits.
#pragma once

#include <vector>

namespace atrous::run {

// The index of the largest of x [count], the lowest on a tie; NaN is smaller than any other.
int argmax(const float* x, int count) noexcept;

// A value from -1 to 1; 0 for NaN.
float clip(double x) noexcept;

// Draws from softmax(logits · sharpness). One thread at a time.
class Softmax {
 public:
  explicit Softmax(int most);  // logits at a time

  // An index of logits [count], by inversion of the cumulative sum at `uniform`, in (0, 1). Real-time safe.
  int draw(const float* logits, int count, float sharpness, double uniform) noexcept;

 private:
  std::vector<float> weights_;  // [most]: exp(logit - largest)
  std::vector<double> sums_;    // of weights up to each block
};

}  // namespace atrous::run
