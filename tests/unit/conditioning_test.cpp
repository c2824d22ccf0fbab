// What the layers read of the features does not depend on how it is asked for.
#include <algorithm>
#include <atrous/generator.hpp>

#include "catch.hpp"
#include "model_files.hpp"
#include "network/access.hpp"
#include "stream/conditioning.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr int bins = 3, rows = 10;

std::vector<float> mixed(const stream::Conditioning& condition, std::int64_t t) {
  std::vector<float> buffer(kernels::padded(rows));
  const float* const z = condition.mix(0, t, 0, rows, buffer.data());
  return {z, z + rows};
}

}  // namespace

TEST_CASE("conditioning is the same for steps, blocks and both in turn, while frames arrive") {
  using Kind = model::UpsampleKind;
  const model::UpsampleStage mix{Kind::conv, bins, bins, 3, 1, 0, 0, 1, 1, 1, true, {}},
      transposed{Kind::transposed, bins, bins, 20, 10, 5, 0, 1, 1, 1, true, {}},
      stretch{Kind::stretch, bins, bins, 21, 10, 0, 0, 1, 1, 1, false, {}},
      repeat{Kind::repeat, bins, bins, 1, 4, 0, 0, 1, 1, 1, false, {}};
  // The rows that are projected are frames, before a stretch, or samples, after a transposed convolution, or in
  // between.
  Random random(5);
  const auto pick = [&](int low, int high) { return low + int(random() % unsigned(high - low + 1)); };
  for (const std::vector<model::UpsampleStage>& upsampler :
       {std::vector{mix, stretch}, std::vector{transposed}, std::vector{transposed, repeat},
        std::vector{mix, transposed}}) {
    const Network network(as_model(small_hearing_model(upsampler, bins, rows, random)));
    const std::vector<float> frames = uniform(random, 60 * bins);
    stream::Conditioning whole(Network::Access::plan(network)), pieces(Network::Access::plan(network));
    whole.append(frames);
    whole.finish();
    std::size_t given = 0;
    for (std::int64_t t = 0; t < whole.available();) {
      const bool steps = pick(0, 1) == 0;
      for (int i = pick(1, 6); i > 0 && t < whole.available(); --i) {
        const int wanted = steps ? pick(1, kernels::max_columns) : pick(17, 64);
        while (pieces.available() < std::min(t + wanted, whole.available())) {
          if (given == frames.size()) {
            pieces.finish();
            continue;
          }
          pieces.append(std::span(frames).subspan(given, bins));
          given += bins;
        }
        const int count = int(std::min<std::int64_t>(wanted, whole.available() - t));
        pieces.prepare(t, count);
        for (int n = 0; n < count; ++n) {
          whole.prepare(t + n, 1);
          REQUIRE(mixed(pieces, t + n) == mixed(whole, t + n));
        }
        t += steps ? 1 : count;  // steps look ahead
      }
    }
  }
}
