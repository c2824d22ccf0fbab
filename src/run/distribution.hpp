// What a network's output says of the next sample: how to draw it, and how surprising it is. One class per kind of
// output, in a file of distributions/.
#pragma once

#include <memory>
#include <optional>

#include "model/config.hpp"
#include "run/softmax.hpp"

namespace atrous::run {

struct Sample {
  int label = -1;   // where the output gives classes: the class; else -1
  float value = 0;  // what is read, -1 to 1
};

// Where in a distribution to draw, and from how wide a one.
struct Draw {
  double first, second;  // uniform in (0, 1), independent
  float spread;          // the temperature: scales the spread of densities
  float sharpness;       // its inverse: multiplies logits
};

// Immutable, so any number of voices may share one. `y` is [output.channels]; NaN counts as a logit of -inf, or as a
// value of 0. Plain scalar code, so two instruction sets differ by no more than the rounding of their outputs.
class Distribution {
 public:
  virtual ~Distribution() = default;
  // The most likely value. Real-time safe, as is draw().
  virtual Sample likeliest(const float* y) const noexcept = 0;
  virtual Sample draw(const float* y, const Draw& at, Softmax& scratch) const noexcept = 0;
  // Negative log-likelihood in nats, in double precision, of the class `label` or of the sample `value`, whichever the
  // output gives. Of densities over -1 to 1 it is negative where the model is sure.
  virtual double nll(const float* y, int label, double value) const noexcept = 0;
};

// Of a validated output other than waveform; one that gives classes needs a code with as many. Throws Error (argument).
std::unique_ptr<const Distribution> make_distribution(const model::Output& output,
                                                      const std::optional<model::Code>& code);

}  // namespace atrous::run
