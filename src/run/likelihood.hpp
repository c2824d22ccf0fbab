// How surprised a network is by the next sample: negative log-likelihoods in nats, in double precision.
#pragma once

#include <cstddef>

namespace atrous::run {

/// Cross-entropy of `label`, 0 to classes - 1, under softmax(logits [classes]).
double categorical_nll(const float* logits, int classes, int label) noexcept;

/// y [3 · mixtures] is logits | means | log scales. The discretised loss of r9y9/wavenet_vocoder: the probability of
/// the bin of width 2 / (bins - 1) around `target`, the outermost bins reaching to infinity; where a component gives it
/// no more than 1e-5, that component's density at the centre times the width stands in.
double logistic_mixture_nll(const float* y, int mixtures, double target, int bins, double log_scale_min) noexcept;

/// y [2] is mean | log scale. The density of samples in -1..1, not a probability: negative where the model is sure.
double gaussian_nll(const float* y, double target, double log_scale_min) noexcept;

}  // namespace atrous::run
