// How long running a model takes, estimated from its configuration alone, so that a file can be refused before it costs
// anything. The weights of the sums were fitted to measurements on one core with AVX-512; tests/bombs/cost_test.cpp
// holds them to what random models take.
#pragma once

#include "model/config.hpp"

namespace atrous::model {

// How networks run, as far as estimates of time and memory depend on it; network/product.cpp holds them to the kernels.
inline constexpr int block_frames = 64;  // that run at a time (stream/block_queue.hpp)
inline constexpr int vector_floats = 16;
inline constexpr int steps_ahead = 16;  // most that past taps are multiplied for at once; columns of one product

// Tenths of nanoseconds. Of a block of up to block_frames, the models inside included.
double block_cost(const Config& config, int frames) noexcept;
// Of a sample that a generator makes, but for its features.
double step_cost(const Config& config) noexcept;
// Of a sample of an effect, in whole blocks, or of a generator.
double sample_cost(const Config& config) noexcept;
// Of the features that a generator reads with a sample: from their frames to what the mixins make of them.
double condition_cost(const Config& config) noexcept;
// Of the features of a second of sound.
double features_cost(const Features& features) noexcept;
// Of the high-pass of a second of sound.
double highpass_cost(const Config& config) noexcept;

}  // namespace atrous::model
