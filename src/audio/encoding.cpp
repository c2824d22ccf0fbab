#include "audio/encoding.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "audio/formats.hpp"

namespace atrous::audio {

namespace {

// A float's bits, or the integer's, as a number of as many bytes as the format stores.
std::uint64_t pattern(float sample, SampleFormat format, int bits) {
  if (format == SampleFormat::float64) return std::bit_cast<std::uint64_t>(double(sample));
  if (bits == 0) return std::bit_cast<std::uint32_t>(sample);
  const std::uint32_t value = std::uint32_t(quantized(sample, bits)) >> (32 - bits);
  return bits == 8 ? value ^ 0x80 : value;
}

}  // namespace

int quantized(float sample, int bits) {
  if (std::isnan(sample)) return 0;
  const double full = std::ldexp(1.0, bits - 1);
  const double value = std::clamp(std::nearbyint(double(sample) * full), -full, full - 1);
  return int(std::int64_t(value) * (std::int64_t(1) << (32 - bits)));
}

void encode(std::span<const float> samples, SampleFormat format, std::vector<std::byte>& bytes) {
  const int bits = integer_bits(format), size = stored_bytes(format);
  for (const float sample : samples) {
    const std::uint64_t value = pattern(sample, format, bits);
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

}  // namespace atrous::audio
