// Samples as the bytes of plain, little-endian sound.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <atrous/audio.hpp>

namespace atrous::audio {

// The sample as an integer of `bits`, in the upper bits of 32: x · 2^(bits-1), rounded half to even and clipped; NaN is
// 0. libsndfile takes such integers without rounding.
int quantized(float sample, int bits);

// Appends them as integers (those of 8 bits unsigned) or floats.
void encode(std::span<const float> samples, SampleFormat format, std::vector<std::byte>& bytes);

}  // namespace atrous::audio
