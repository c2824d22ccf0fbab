// The streaming resampler and the bridge between two rates: counts, cuts, delay and errors.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <atrous/error.hpp>

#include "catch.hpp"
#include "dsp/rate_bridge.hpp"
#include "dsp/resampler.hpp"

namespace {

using atrous::dsp::rate_ratio;
using atrous::dsp::RateBridge;
using atrous::dsp::RateRatio;
using atrous::dsp::Resampler;

std::vector<float> noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.3f);
  std::vector<float> values(size);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> sine(std::size_t size, double hz, double rate) {
  std::vector<float> values(size);
  for (std::size_t n = 0; n < size; ++n) values[n] = float(std::sin(2 * std::numbers::pi * hz * double(n) / rate));
  return values;
}

std::int64_t outputs(std::int64_t inputs, RateRatio r) {
  return (inputs * r.to + r.from - 1) / r.from;
}

// Runs `in` through a bridge in blocks of random sizes up to `max_block`, with an inner process that passes or scales.
std::vector<float> bridged(RateBridge& bridge, const std::vector<float>& in, int max_block, unsigned seed,
                           float scale = 1) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> blocks(0, max_block);
  std::vector<float> out(in.size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t at = 0; at < in.size();) {
    const int frames = std::min(seed == 0 ? max_block : blocks(random), int(in.size() - at));
    const float* source = in.data() + at;
    float* target = out.data() + at;
    bridge.process(&source, &target, frames, [&](float* const* rows, int inner) noexcept {
      for (int i = 0; i < inner; ++i) rows[0][i] *= scale;
      return false;
    });
    at += std::size_t(frames);
  }
  return out;
}

// Fits a·sin + b·cos of `hz` to the second half of the signal.
struct Fit {
  double amplitude, phase, snr_db;
};
Fit fit_sine(const std::vector<float>& signal, double hz, double rate) {
  const std::size_t from = signal.size() / 2;
  double ss = 0, sc = 0, cc = 0, ys = 0, yc = 0;
  for (std::size_t n = from; n < signal.size(); ++n) {
    const double w = 2 * std::numbers::pi * hz * double(n) / rate, s = std::sin(w), c = std::cos(w);
    ss += s * s, sc += s * c, cc += c * c, ys += signal[n] * s, yc += signal[n] * c;
  }
  const double det = ss * cc - sc * sc, a = (ys * cc - yc * sc) / det, b = (yc * ss - ys * sc) / det;
  double error = 0, power = 0;
  for (std::size_t n = from; n < signal.size(); ++n) {
    const double w = 2 * std::numbers::pi * hz * double(n) / rate;
    const double model = a * std::sin(w) + b * std::cos(w);
    error += (signal[n] - model) * (signal[n] - model), power += model * model;
  }
  return {std::hypot(a, b), std::atan2(b, a), 10 * std::log10(power / error)};
}

const double all_rates[] = {8000, 16000, 22050, 32000, 44100, 44101, 47999.5, 88200, 96000, 192000};

}  // namespace

TEST_CASE("ratios of rates are in lowest terms, or the nearest fraction") {
  CHECK(rate_ratio(44100, 48000).from == 147);
  CHECK(rate_ratio(44100, 48000).to == 160);
  CHECK(rate_ratio(768000, 48000).from == 16);
  CHECK(rate_ratio(768000, 48000).to == 1);
  CHECK(rate_ratio(11025.5, 22051).from == 1);
  CHECK(rate_ratio(11025.5, 22051).to == 2);
  for (const double from : {44056.25, 47952.047952, 44144.144, 31999.123456}) {
    const RateRatio ratio = rate_ratio(from, 48000);
    CHECK(double(ratio.from) / ratio.to == Approx(from / 48000).epsilon(1e-9));
    CHECK(std::max(ratio.from, ratio.to) <= (1u << 18));
  }
  for (const double bad : {0.0, -1.0, 1.0, 1e9, double(NAN), double(INFINITY)}) {
    CHECK_THROWS_AS(rate_ratio(bad, 48000), atrous::Error);
    CHECK_THROWS_AS(rate_ratio(48000, bad), atrous::Error);
  }
}

TEST_CASE("the resampler makes ceil(n to/from) samples however the signal is cut, the same bit for bit") {
  for (const double rate : all_rates) {
    for (const bool up : {false, true}) {
      const RateRatio ratio = up ? rate_ratio(rate, 48000) : rate_ratio(48000, rate);
      const std::vector<float> in = noise(5000, unsigned(rate));
      Resampler resampler(ratio);
      std::vector<float> whole(std::size_t(resampler.max_output(int(in.size()))));
      whole.resize(std::size_t(resampler.process(in.data(), int(in.size()), whole.data())));
      REQUIRE(std::int64_t(whole.size()) == outputs(std::int64_t(in.size()), ratio));

      std::mt19937 random(3);
      std::uniform_int_distribution<int> blocks(0, 300);
      resampler.reset();
      std::vector<float> cut, piece;
      for (std::size_t at = 0; at < in.size();) {
        const int frames = std::min(blocks(random), int(in.size() - at));
        piece.assign(std::size_t(resampler.max_output(frames)), 0.0f);
        const int made = resampler.process(in.data() + at, frames, piece.data());
        cut.insert(cut.end(), piece.begin(), piece.begin() + made);
        at += std::size_t(frames);
        REQUIRE(std::int64_t(cut.size()) == outputs(std::int64_t(at), ratio));
      }
      CHECK(cut == whole);
    }
  }
}

TEST_CASE("the bridge gives a sample for every sample, the same bit for bit however the signal is cut") {
  for (const double rate : all_rates) {
    const std::vector<float> in = noise(9000, unsigned(rate));
    RateBridge one(rate, 48000, 1, 1), some(rate, 48000, 1, 333), many(rate, 48000, 1, 9000);
    const std::vector<float> expected = bridged(many, in, 9000, 0, -0.5f);
    CHECK(std::all_of(expected.begin(), expected.end(), [](float x) { return std::isfinite(x); }));
    CHECK(bridged(one, in, 1, 0, -0.5f) == expected);
    CHECK(bridged(some, in, 333, 5, -0.5f) == expected);
    some.reset();
    CHECK(bridged(some, in, 333, 6, -0.5f) == expected);
  }
}

TEST_CASE("the inner process is never given more than the largest inner block") {
  for (const double rate : all_rates) {
    for (const int max_block : {1, 7, 64}) {
      RateBridge bridge(rate, 48000, 1, max_block);
      const std::vector<float> in = noise(2000, 1);
      std::vector<float> out(in.size());
      int largest = 0;
      std::int64_t total = 0;
      for (std::size_t at = 0; at + std::size_t(max_block) <= in.size(); at += std::size_t(max_block)) {
        const float* source = in.data() + at;
        float* target = out.data() + at;
        bridge.process(&source, &target, max_block, [&](float* const*, int inner) noexcept {
          largest = std::max(largest, inner);
          total += inner;
          return false;
        });
      }
      CHECK(largest <= bridge.max_inner_block());
      CHECK(largest >= bridge.max_inner_block() - 1);
      const std::size_t blocks = in.size() / std::size_t(max_block);
      CHECK(double(total) == Approx(double(blocks) * max_block * 48000 / rate).margin(1.01));
    }
  }
}

TEST_CASE("a 1 kHz sine passes the bridge with its level, the reported delay and 60 dB of SNR or more") {
  for (const double rate : {32000.0, 44100.0, 47999.5, 88200.0, 96000.0, 192000.0}) {
    RateBridge bridge(rate, 48000, 1, 512);
    const std::vector<float> out = bridged(bridge, sine(40000, 1000, rate), 512, 9);
    const Fit fit = fit_sine(out, 1000, rate);
    CHECK(fit.snr_db > 60);
    CHECK(fit.amplitude == Approx(1).epsilon(1e-3));
    const double period = rate / 1000;  // the phase tells the delay up to whole periods; the next test tells which
    const double wrapped =
        std::remainder(-fit.phase / (2 * std::numbers::pi) * period - bridge.exact_latency(), period);
    CHECK(std::abs(wrapped) < 0.01);
    CHECK(std::abs(bridge.latency() - bridge.exact_latency()) <= 0.5);
  }
}

TEST_CASE("the latency that the bridge reports is where the cross-correlation peaks") {
  for (const double rate : all_rates) {
    RateBridge bridge(rate, 48000, 1, 256);
    std::vector<float> in = noise(6000, 21);
    for (int pass = 0; pass < 3; ++pass) {  // keep the noise inside the band of both rates
      for (std::size_t n = in.size() - 1; n > 0; --n) in[n] = 0.5f * (in[n] + in[n - 1]);
    }
    const std::vector<float> out = bridged(bridge, in, 256, 2);
    std::size_t best = 0;
    double highest = 0;
    for (std::size_t lag = 0; lag < 1500; ++lag) {
      double sum = 0;
      for (std::size_t n = lag; n < in.size(); ++n) sum += double(out[n]) * double(in[n - lag]);
      if (sum > highest) highest = sum, best = lag;
    }
    CHECK(std::abs(int(best) - bridge.latency()) <= 1);
  }
}

TEST_CASE("channels of a bridge do not touch each other, nor does running it in place") {
  const std::vector<float> a = noise(3000, 1), b = noise(3000, 2);
  RateBridge alone(44100, 48000, 1, 3000), both(44100, 48000, 2, 3000);
  for (int round = 0; round < 2; ++round) {  // the second round follows a reset
    std::vector<float> left = a, right = b;
    float* rows[] = {left.data(), right.data()};
    both.process(rows, rows, 3000, [](float* const*, int) noexcept { return false; });
    CHECK(left == bridged(alone, a, 3000, 0));
    alone.reset();
    CHECK(right == bridged(alone, b, 3000, 0));
    alone.reset();
    both.reset();
  }
}
