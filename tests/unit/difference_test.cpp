// What the tests compare with: a NaN anywhere fails every tolerance.
#include "difference.hpp"

#include <limits>
#include <vector>

namespace {
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}

TEST_CASE("differences are those of their definitions") {
  const std::vector<float> a{1, -4, 0.5f};
  const std::vector<double> b{1, -8, 0.25};
  CHECK(largest_difference(a, b) == 4);
  CHECK(largest_error(a, b) == 0.5);
  CHECK(error_to_signal(a, b) == (16 + 0.0625) / (1 + 64 + 0.0625));
  CHECK(largest_difference(a, a) == 0);
}

TEST_CASE("a NaN on either side, first, last or between, is within no tolerance") {
  for (std::size_t at = 0; at < 3; ++at) {
    for (const bool left : {true, false}) {
      std::vector<double> a{1, 2, 3}, b = a;
      (left ? a : b)[at] = not_a_number;
      CHECK_FALSE(largest_difference(a, b) <= 1e9);
      CHECK_FALSE(largest_error(a, b) <= 1e9);
      CHECK_FALSE(error_to_signal(a, b) <= 1e9);
    }
  }
  CHECK(std::isnan(larger(not_a_number, 1)));
  CHECK(std::isnan(larger(1, not_a_number)));
}
