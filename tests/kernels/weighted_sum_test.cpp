// Weighted sums of rows on every instruction set against double precision.
#include <cmath>

#include "catch.hpp"
#include "difference.hpp"
#include "kernels/kernels.hpp"
#include "network/instruction_sets.hpp"
#include "random.hpp"

using namespace atrous;

TEST_CASE("a weighted sum of rows of any number and length agrees with its definition on every instruction set") {
  test::Random random(7);
  for (int round = 0; round < 200; ++round) {
    const int count = random.whole(0, 9), length = random.whole(1, 100), offset = random.whole(0, 40);
    std::vector<std::vector<float>> rows;
    std::vector<const float*> pointers;
    for (int i = 0; i < count; ++i) rows.push_back(random.reals(kernels::padded(length) + offset));
    for (const std::vector<float>& row : rows) pointers.push_back(row.data());
    const std::vector<float> weights = random.reals(count);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa) << ", " << count << " rows of " << length);
      std::vector<float> out(kernels::padded(length), 77.0f);
      network::find_kernels(isa)->weighted_sum(pointers.data(), offset, weights.data(), count, out.data(), length);
      double worst = 0;
      for (int i = 0; i < length; ++i) {
        double sum = 0;
        for (int row = 0; row < count; ++row) sum += double{weights[row]} * double{rows[row][offset + i]};
        worst = larger(worst, std::abs(sum - double{out[i]}));
      }
      CHECK(worst < 1e-6);
    }
  }
}
