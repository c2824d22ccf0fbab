// The receptive field and the lags inside it, against counting paths the slow way.
#include <numeric>
#include <set>

#include "catch.hpp"
#include "network/reach.hpp"
#include "random.hpp"

namespace {

using namespace atrous;

model::WaveNet chain(const std::vector<int>& dilations, int kernel) {
  model::WaveNet net;
  model::Stack& stack = net.stacks.emplace_back();
  for (const int dilation : dilations) {
    model::Layer layer;
    layer.conv.kernel = kernel;
    layer.conv.dilation = dilation;
    layer.residual = model::Pointwise{};
    stack.layers.push_back(layer);
  }
  return net;
}

std::set<std::int64_t> lags_by_hand(const std::vector<int>& dilations, int kernel) {
  std::set<std::int64_t> lags = {0};
  for (const int dilation : dilations) {
    std::set<std::int64_t> next;
    for (const std::int64_t lag : lags) {
      for (int k = 0; k < kernel; ++k) next.insert(lag + std::int64_t(k) * dilation);
    }
    lags = next;
  }
  return lags;
}

}  // namespace

TEST_CASE("receptive field and covered lags are those of all paths") {
  test::Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> dilations;
    for (int n = random.whole(1, 6); n > 0; --n) dilations.push_back(random.whole(1, 40));
    const int kernel = random.whole(1, 5);
    const network::Reach reach = network::reach(chain(dilations, kernel));
    const std::set<std::int64_t> lags = lags_by_hand(dilations, kernel);
    CHECK(reach.receptive_field == *lags.rbegin() + 1);
    CHECK(reach.gridding.total_lags == *lags.rbegin() + 1);
    CHECK(reach.gridding.covered_lags == std::int64_t(lags.size()));
    int divisor = 0;
    for (const int dilation : dilations) divisor = std::gcd(divisor, dilation);
    CHECK(reach.gridding.common_divisor == divisor);
  }
}

TEST_CASE("rates 2, 4, 8 leave holes, rates 1, 2, 5, 1, 2, 5 with three taps leave none") {
  const network::Reach holes = network::reach(chain({2, 4, 8}, 2));
  CHECK(holes.gridding.total_lags == 15);
  CHECK(holes.gridding.covered_lags == 8);
  CHECK(holes.gridding.common_divisor == 2);
  const network::Reach none = network::reach(chain({1, 2, 5, 1, 2, 5}, 3));
  CHECK(none.gridding.total_lags == 33);
  CHECK(none.gridding.covered_lags == 33);
  CHECK(none.gridding.common_divisor == 1);
}

TEST_CASE("a layer without residual keeps its taps from the layers after it") {
  model::WaveNet net = chain({1, 10}, 2);
  net.stacks[0].layers[0].residual.reset();
  const network::Reach reach = network::reach(net);
  CHECK(reach.receptive_field == 11);
  CHECK(reach.gridding.covered_lags == 3);  // 0, 1, 10
}
