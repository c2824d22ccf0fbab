// The counter-based generator against the vectors that its authors publish, and its numbers against uniformity.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "run/random.hpp"

using atrous::run::philox;
using atrous::run::uniforms;
using Block = std::array<std::uint64_t, 4>;

TEST_CASE("ten rounds of Philox4x64 give the published answers") {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b});
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0});
  CHECK(philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
               {0x452821e638d01377, 0xbe5466cf34e90c6c}) ==
        Block{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6});
}

TEST_CASE("numbers are uniform in the open interval from 0 to 1") {
  constexpr int cells = 64, rounds = 50000;
  std::vector<int> counts(cells);
  double sum = 0;
  for (int n = 0; n < rounds; ++n) {
    for (const double u : uniforms(7, 3, n)) {
      REQUIRE(u > 0);
      REQUIRE(u < 1);
      ++counts[std::size_t(u * cells)];
      sum += u;
    }
  }
  const double expected = 4.0 * rounds / cells;
  double chi2 = 0;
  for (const int count : counts) chi2 += (count - expected) * (count - expected) / expected;
  CHECK(chi2 < 103.4);  // 99.9 % of chi-square with 63 degrees of freedom
  CHECK(sum / (4.0 * rounds) == Approx(0.5).margin(3.3 * std::sqrt(1.0 / 12 / (4.0 * rounds))));
}

TEST_CASE("numbers depend on seed, voice, index and block, and on nothing else") {
  const auto base = uniforms(1, 2, 3, 4);
  CHECK(uniforms(1, 2, 3, 4) == base);
  CHECK(uniforms(2, 2, 3, 4) != base);
  CHECK(uniforms(1, 3, 3, 4) != base);
  CHECK(uniforms(1, 2, 4, 4) != base);
  CHECK(uniforms(1, 2, 3, 5) != base);
  CHECK(uniforms(2, 1, 3, 4) != base);
  CHECK(uniforms(1, 2, std::uint64_t{1} << 63, 4) != uniforms(1, 2, 0, 4));
}

TEST_CASE("neighbouring seeds, voices and indices are uncorrelated") {
  constexpr int n = 20000;
  const auto correlation = [](auto first, auto second) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += (first(i) - 0.5) * (second(i) - 0.5) * 12;
    return sum / n;
  };
  const auto base = [](int i) { return uniforms(5, 0, i)[0]; };
  const double limit = 3.3 / std::sqrt(double{n});
  CHECK(std::abs(correlation(base, [](int i) { return uniforms(5, 1, i)[0]; })) < limit);
  CHECK(std::abs(correlation(base, [](int i) { return uniforms(6, 0, i)[0]; })) < limit);
  CHECK(std::abs(correlation(base, [](int i) { return uniforms(5, 0, i + 1)[0]; })) < limit);
  CHECK(std::abs(correlation(base, [](int i) { return uniforms(5, 0, i)[1]; })) < limit);
  CHECK(correlation(base, base) == Approx(1).margin(0.03));
}
