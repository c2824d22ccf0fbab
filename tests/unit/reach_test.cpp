// The receptive field and the lags inside it, against counting paths the slow way.
#include <algorithm>
#include <numeric>
#include <set>

#include "catch.hpp"
#include "network/hybrid_dilation.hpp"
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

TEST_CASE("the criterion of hybrid dilated convolution gives the distances of the paper, and others by hand") {
  const auto criterion = [](const std::vector<int>& rates, int kernel) {
    const std::vector<HybridDilation> stacks = network::hybrid_dilations(chain(rates, kernel));
    REQUIRE(stacks.size() == 1);
    CHECK(stacks[0].rates == rates);
    CHECK(stacks[0].kernel == kernel);
    REQUIRE(stacks[0].distance.has_value());
    return std::pair(*stacks[0].distance, stacks[0].holds);
  };
  CHECK(criterion({1, 2, 5}, 3) == std::pair(std::int64_t{2}, true));  // of the paper, as is the next
  CHECK(criterion({1, 2, 9}, 3) == std::pair(std::int64_t{5}, false));
  CHECK(criterion({2, 4, 8}, 3) == std::pair(std::int64_t{4}, false));
  CHECK(criterion({1, 2, 4, 8}, 3) == std::pair(std::int64_t{2}, true));  // M_4 8, M_3 4, M_2 2
  CHECK(criterion({1, 2, 4, 8}, 2) == std::pair(std::int64_t{2}, true));
  CHECK(criterion({1, 3, 9}, 3) == std::pair(std::int64_t{3}, true));        // M_3 9, M_2 max(9 - 6, 6 - 9, 3)
  CHECK(criterion({1, 6, 12, 18}, 3) == std::pair(std::int64_t{6}, false));  // M_4 18, M_3 12, M_2 max(0, 0, 6)
  CHECK(criterion({1, 4}, 3) == std::pair(std::int64_t{4}, false));
  CHECK(criterion({5, 3}, 3) == std::pair(std::int64_t{3}, true));
}

TEST_CASE(
    "layers of one tap do not count, kernels that differ count as the smallest, fewer than two rates not at all") {
  model::WaveNet net = chain({1, 7, 2, 5}, 3);
  net.stacks[0].layers[1].conv.kernel = 1;
  net.stacks[0].layers[3].conv.kernel = 4;
  net.stacks.push_back(chain({9}, 3).stacks[0]);
  net.stacks.push_back(chain({9, 9}, 1).stacks[0]);
  const std::vector<HybridDilation> stacks = network::hybrid_dilations(net);
  REQUIRE(stacks.size() == 3);
  CHECK(stacks[0].rates == std::vector{1, 2, 5});
  CHECK(stacks[0].kernel == 3);
  CHECK(stacks[0].distance == 2);
  CHECK(stacks[1].rates == std::vector{9});
  CHECK(!stacks[1].distance);
  CHECK(stacks[1].holds);
  CHECK(stacks[2].rates.empty());
  CHECK(!stacks[2].distance);
}

TEST_CASE("a network without stacks is one where two of its layers dilate") {
  model::WaveNet net;
  net.post.emplace_back().conv.kernel = 2;
  CHECK(network::hybrid_dilations(net).empty());
  net.post.push_back(net.post.front());
  net.post.back().conv.dilation = 4;
  REQUIRE(network::hybrid_dilations(net).size() == 1);
  CHECK(network::hybrid_dilations(net)[0].distance == 4);
}

// What the criterion is for. It counts three taps a layer.
TEST_CASE("where the criterion holds, rates from 1 on leave no lag out; with three taps and ascending, nowhere else") {
  test::Random random(2);
  int held = 0, failed = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<int> rates = {1};
    for (int n = random.whole(1, 5); n > 0; --n) rates.push_back(random.whole(1, 12));
    const int kernel = random.whole(3, 5);
    const bool ascending = random.coin();
    if (ascending) std::sort(rates.begin(), rates.end());
    const model::WaveNet net = chain(rates, kernel);
    const Gridding gridding = network::reach(net).gridding;
    const bool holds = network::hybrid_dilations(net)[0].holds;
    const bool whole = gridding.covered_lags == gridding.total_lags;
    CAPTURE(rates, kernel);
    if (holds) CHECK(whole);
    if (kernel == 3 && ascending) CHECK(holds == whole);
    ++(holds ? held : failed);
  }
  CHECK(held > 100);
  CHECK(failed > 100);
}
