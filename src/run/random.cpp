#include "run/random.hpp"

#include <cstddef>

namespace atrous::run {
namespace {

struct Product {
  std::uint64_t high, low;
};

Product multiply(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t mask = 0xffffffff;
  const std::uint64_t low = (a & mask) * (b & mask);
  const std::uint64_t middle = (a >> 32) * (b & mask) + (low >> 32);
  const std::uint64_t other = (a & mask) * (b >> 32) + (middle & mask);
  return {(a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32), other << 32 | (low & mask)};
}

}  // namespace

std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 4> counter, std::array<std::uint64_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const Product a = multiply(0xd2e7470ee14c6c93, counter[0]);
    const Product b = multiply(0xca5a826395121157, counter[2]);
    counter = {b.high ^ counter[1] ^ key[0], b.low, a.high ^ counter[3] ^ key[1], a.low};
    key[0] += 0x9e3779b97f4a7c15;  // the golden ratio
    key[1] += 0xbb67ae8584caa73b;  // sqrt(3) - 1
  }
  return counter;
}

std::array<double, 4> uniforms(std::uint64_t seed, std::uint64_t voice, std::uint64_t index,
                               std::uint64_t block) noexcept {
  const auto bits = philox({index, block, 0, 0}, {seed, voice});
  std::array<double, 4> values;
  for (std::size_t n = 0; n < 4; ++n) values[n] = (double(bits[n] >> 12) + 0.5) * 0x1p-52;
  return values;
}

}  // namespace atrous::run
