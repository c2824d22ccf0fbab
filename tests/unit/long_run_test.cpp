// Minutes of sound, from features that arrive as they are needed, in a memory that does not grow.
#include <algorithm>
#include <atrous/generator.hpp>

#include "catch.hpp"
#include "model/access.hpp"
#include "model_files.hpp"
#include "network/access.hpp"
#include "stream/conditioning.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && __GLIBC_PREREQ(2, 33)
#define ATROUS_KNOWS_ITS_MEMORY 1
#endif

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr std::size_t rate = 8000, hop = 64, bins = 2;

// The smallest network that reads features.
Network small_network() {
  Random random(1);
  model::ModelData data =
      small_hearing_model({{model::UpsampleKind::conv, bins, bins, 3, 1, 0, 0, 1, 1, 1, false, {}},
                           {model::UpsampleKind::repeat, bins, bins, 1, hop, 0, 0, 1, 1, 1, false, {}}},
                          bins, 2, random);
  data.config.wavenet.condition.pad = 1;
  return Network(as_model(data));
}

}  // namespace

#ifdef ATROUS_KNOWS_ITS_MEMORY
TEST_CASE("ten minutes of sound take the memory of ten seconds") {
  const Network network = small_network();
  const std::vector<GeneratorOptions> options = {{.voice = 0}, {.voice = 1}};
  GeneratorBank bank(network, options);
  std::vector<float> sound(2 * rate), frame(bins, 0.5f);
  std::vector<std::span<float>> spans(2);
  std::size_t in_use = 0;
  for (int second = 0; second < 600; ++second) {
    for (std::size_t v = 0; v < 2; ++v) {
      while (bank.available(v) < rate) bank.append_features(v, frame);
      spans[v] = std::span(sound).subspan(v * rate, rate);
    }
    bank.fill(spans);
    REQUIRE(spans[0].size() == rate);
    REQUIRE(spans[1].size() == rate);
    const struct mallinfo2 memory = mallinfo2();
    if (second == 10) in_use = memory.uordblks + memory.hblkhd;
    if (second > 10) REQUIRE(memory.uordblks + memory.hblkhd <= in_use);
  }
}
#endif

TEST_CASE("sound and conditioning go on beyond 2^32 samples") {
  // A frame that lasts for 2^32 samples and more: its end can be reached without making them.
  Random random(2);
  model::ModelData data = Model::Access::data(small_network().model());
  auto& upsampler = data.config.wavenet.condition.upsampler;
  upsampler[1].stride = 65536;
  upsampler.push_back(upsampler[1]);
  data.config.wavenet.condition.pad = 0;
  const Network network(as_model(data));
  CHECK(conditioned_samples(network, 4) == std::size_t{2} << 32);
  const std::vector<float> frames = uniform(random, 4 * bins);
  const network::Plan& plan = Network::Access::plan(network);
  stream::Conditioning condition(plan);
  condition.append(frames);
  condition.finish();
  std::vector<float> before(kernels::max_lanes), after(kernels::max_lanes);
  const std::int64_t edge = std::int64_t{1} << 32;
  condition.prepare(0, 64);
  const float* const first = condition.mix(0, 0, 0, 2, before.data());
  std::copy(first, first + 2, before.begin());
  condition.prepare(edge - 32, 64);
  for (std::int64_t t = edge - 32; t < edge + 32; ++t) {
    const float* const mixed = condition.mix(0, t, 0, 2, after.data());
    CHECK((mixed[0] == before[0] && mixed[1] == before[1]) == (t < edge));
  }
}
