// Filters of one row: the kernels of every instruction set against the reference, and whole filters against a sum in
// double precision.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "difference.hpp"
#include "network/instruction_sets.hpp"
#include "random.hpp"
#include "stream/fir.hpp"

namespace {

using namespace atrous;
using model::Implementation;

std::vector<double> widened(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

// Runs a filter over a sound, the block sizes in turn.
std::vector<float> filtered(const network::FirPlan& plan, Isa isa, const std::vector<float>& in,
                            const std::vector<int>& blocks) {
  stream::Arena arena;
  stream::Fir fir(plan, arena);
  arena.allocate();
  fir.reset(arena);
  std::vector<float> out(in.size());
  std::size_t t = 0;
  for (std::size_t i = 0; t < in.size(); ++i) {
    const int frames = int(std::min<std::size_t>(in.size() - t, blocks[i % blocks.size()]));
    fir.run(*network::find_kernels(isa), arena, in.data() + t, frames, out.data() + t);
    t += frames;
  }
  return out;
}

// `taps` from the oldest to the newest, most of them zeros.
std::vector<double> convolved(const std::vector<double>& taps, double bias, const std::vector<float>& in) {
  std::vector<double> out(in.size(), bias);
  for (std::size_t k = 0; k < taps.size(); ++k) {
    if (taps[k] == 0) continue;
    const std::size_t lag = taps.size() - 1 - k;
    for (std::size_t t = lag; t < in.size(); ++t) out[t] += taps[k] * double(in[t - lag]);
  }
  return out;
}

// Random taps at random lags, at both ends and around every border between partitions.
std::vector<double> sparse_taps(int count, test::Random& random) {
  std::vector<double> taps(count);
  std::vector<int> lags = {0, count - 1};
  for (const int border : {64, 128, 2048, 3072, 4096, 32768, 49152, 65536}) {
    for (const int lag : {border - 1, border}) lags.push_back(lag);
  }
  for (int i = 0; i < 30; ++i) lags.push_back(random.whole(0, count - 1));
  for (const int lag : lags) {
    if (lag < count) taps[count - 1 - lag] = double(random.real(-1, 1));
  }
  return taps;
}

}  // namespace

TEST_CASE("direct filters of every instruction set agree with the reference, however long and wherever they start") {
  test::Random random(31);
  for (int round = 0; round < 200; ++round) {
    const int count = random.whole(1, 200), frames = random.whole(1, 64);
    const std::vector<float> x = random.reals(count + 80), taps = random.reals(count), initial = random.reals(80);
    std::vector<float> expected(80);
    network::find_kernels(Isa::reference)
        ->fir({.x = x.data(),
               .taps = taps.data(),
               .count = count,
               .initial = initial.data(),
               .out = expected.data(),
               .frames = frames});
    expected.resize(frames);
    for (const Isa isa : available_isas()) {
      INFO("round " << round << ": " << count << " taps, " << frames << " frames, isa " << isa_name(isa));
      std::vector<float> out(80);
      network::find_kernels(isa)->fir({.x = x.data(),
                                       .taps = taps.data(),
                                       .count = count,
                                       .initial = initial.data(),
                                       .out = out.data(),
                                       .frames = frames});
      out.resize(frames);
      CHECK(largest_difference(out, expected) <= 5e-6);
    }
  }
}

TEST_CASE("products of spectra agree with the reference on every instruction set, and touch their groups alone") {
  test::Random random(32);
  for (int round = 0; round < 100; ++round) {
    const int groups = random.whole(1, 6), partitions = random.whole(1, 20), newest = random.whole(0, partitions - 1);
    const int first = random.whole(0, groups - 1), count = random.whole(1, groups - first);
    const std::size_t spectrum = 2 * kernels::spectrum_group;
    const std::vector<float> x = random.reals(groups * partitions * spectrum), h = random.reals(x.size());
    const auto product = [&](Isa isa) {
      std::vector<float> out(groups * spectrum, 7.0f);
      network::find_kernels(isa)->multiply_spectra({.x = x.data(),
                                                    .h = h.data(),
                                                    .partitions = partitions,
                                                    .newest = newest,
                                                    .first = first,
                                                    .count = count,
                                                    .out = out.data()});
      return out;
    };
    const std::vector<float> expected = product(Isa::reference);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const int group = int(i / spectrum);
      if (group < first || group >= first + count) REQUIRE(expected[i] == 7.0f);
    }
    for (const Isa isa : available_isas()) {
      INFO("round " << round << ": " << groups << " groups, " << partitions << " partitions, isa " << isa_name(isa));
      CHECK(largest_difference(product(isa), expected) <= 2e-6);
    }
  }
}

TEST_CASE("bins are packed and unpacked without loss") {
  test::Random random(33);
  constexpr int count = 64, partitions = 3, spectrum = 2 * kernels::spectrum_group;
  std::vector<std::complex<float>> bins(count), back(count);
  for (std::complex<float>& bin : bins) bin = {random.real(-1, 1), random.real(-1, 1)};
  std::vector<float> spread(2 * count * partitions, 7.0f);
  network::pack_bins(bins.data(), count, spectrum * partitions, spread.data() + spectrum);
  for (const int untouched : {0, spectrum - 1, 2 * spectrum, 4 * spectrum - 1}) CHECK(spread[untouched] == 7.0f);
  network::unpack_bins(spread.data() + spectrum, count, spectrum * partitions, back.data());
  CHECK(back == bins);
}

TEST_CASE("filters of any length are a convolution, the same however the sound is cut") {
  test::Random random(34);
  for (const int count : {1, 2, 63, 64, 65, 128, 300, 2048, 4095, 4096, 5000, 70000}) {
    const std::vector<double> taps = sparse_taps(count, random);
    const double bias = double(random.real(-1, 1));
    const std::vector<float> in = random.reals(std::max(2 * count, 1000) + random.whole(0, 500));
    const std::vector<double> expected = convolved(taps, bias, in);
    for (const Implementation implementation : {Implementation::direct, Implementation::fft}) {
      if (implementation == Implementation::direct && count > 5000) continue;  // slow
      const network::FirPlan plan = network::make_fir(taps, bias, implementation);
      CHECK(plan.levels.empty() == (implementation == Implementation::direct || count <= 2 * network::fir_partition));
      for (const Isa isa : available_isas()) {
        INFO(count << " taps, implementation " << int(implementation) << ", isa " << isa_name(isa));
        const std::vector<float> whole = filtered(plan, isa, in, {64});
        CHECK(largest_difference(whole, expected) <= 1e-5);
        for (const std::vector<int>& blocks : std::vector<std::vector<int>>{{1}, {7}, {16}, {1, 63, 5, 64, 17, 2}}) {
          if (count > 5000 && blocks.size() == 1) continue;  // slow
          const std::vector<float> cut = filtered(plan, isa, in, blocks);
          CHECK(std::memcmp(whole.data(), cut.data(), whole.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("a long filter is heard without delay, every tap of it, and comes to rest") {
  test::Random random(35);
  const std::vector<float> taps = random.reals(6000);
  const network::FirPlan plan = network::make_fir(widened(taps), 0, Implementation::automatic);
  CHECK(!plan.levels.empty());
  std::vector<float> impulse(9000);
  impulse[100] = 1;
  const std::vector<float> out = filtered(plan, Isa::reference, impulse, {64});
  for (std::size_t t = 0; t < out.size(); ++t) {
    const bool inside = t >= 100 && t < 6100;
    REQUIRE(out[t] == Approx(inside ? taps[6099 - t] : 0.0f).margin(2e-6));
  }
}

TEST_CASE("the work of a filter is spread evenly over blocks, however long it is") {
  for (const int count : {129, 300, 2048, 6000, 40000, 70000, 200000, 1 << 20}) {
    const network::FirPlan plan = network::make_fir(std::vector<double>(count, 1e-3), 0, Implementation::fft);
    for (const auto& [frames, most] : {std::pair{64, 1.5}, {16, 2.5}, {23, 2.5}}) {
      std::vector<std::int64_t> work;
      for (std::int64_t at = 5; at < 40000; at += frames) work.push_back(network::fir_work(plan, at, frames));
      std::sort(work.begin(), work.end());
      INFO(count << " taps, blocks of " << frames << ": median " << work[work.size() / 2] << ", most " << work.back());
      CHECK(double(work.back()) <= most * double(work[work.size() / 2]));
    }
  }
}

TEST_CASE("the steps of a period are all taken, each once and in order") {
  const network::FirPlan plan = network::make_fir(std::vector<double>(70000, 1e-3), 0, Implementation::fft);
  REQUIRE(plan.levels.size() == 3);
  for (const network::FirLevel& level : plan.levels) {
    CHECK(level.schedule.front() == 0);
    CHECK(level.schedule.back() == 2 * level.fft->steps() + level.groups());
    CHECK(level.schedule.size() == std::size_t(level.size / network::fir_tick) + 1);
    CHECK(std::is_sorted(level.schedule.begin(), level.schedule.end()));
  }
}
