// The resampler without a library: a sinc under a Kaiser window, of the length and quality of speexdsp's, so that
// builds without it (apps/web) have one. Crochiere, Rabiner: Multirate Digital Signal Processing (1983), chapter 4.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "dsp/bessel.hpp"
#include "dsp/resampler.hpp"

namespace atrous::dsp {
namespace {

constexpr int half_length = 40;     // taps to each side, at the lower rate
constexpr double beta = 10;         // -100 dB
constexpr double bandwidth = 0.93;  // of half the lower rate: where the filter is at -6 dB
// A fraction of a sample is one of at most so many; between two of them taps are straight lines, off by -110 dB.
constexpr std::uint32_t most_phases = 512;

// At `x` samples of the lower rate from its middle; its sum over all samples of that rate is 1.
double filter(double x) {
  const double inside = 1 - (x / half_length) * (x / half_length);
  if (inside <= 0) return 0;
  const double phase = std::numbers::pi * bandwidth * x;
  return bandwidth * (x == 0 ? 1 : std::sin(phase) / phase) * bessel_i0(beta * std::sqrt(inside)) / bessel_i0(beta);
}

}  // namespace

// Output n stands at input n · from / to = position_ + fraction_ / to; it sums the inputs up to `half_` to each side.
struct Resampler::State {
  explicit State(RateRatio r);
  float output() const noexcept;
  void advance() noexcept;

  RateRatio ratio;
  int half;                    // taps to each side, at the input's rate
  std::uint32_t phases;        // rows of the table; one more follows
  std::vector<float> table;    // [phases + 1][2 · half]
  std::vector<float> past;     // twice over, so that the last 2 · half are one run
  int newest = 0;              // where the next input goes
  std::int64_t due = 0;        // inputs until the next output
  std::uint32_t fraction = 0;  // of it, in 1/to
};

Resampler::State::State(RateRatio r) : ratio(r), half(0), phases(std::min(r.to, most_phases)) {
  const double scale = std::min(1.0, double(r.to) / r.from);
  half = int(std::ceil(half_length / scale));
  const int taps = 2 * half;
  table.resize((phases + 1) * std::size_t(taps));
  for (std::uint32_t p = 0; p <= phases; ++p) {
    for (int k = 0; k < taps; ++k) {
      table[p * std::size_t(taps) + std::size_t(k)] =
          float(scale * filter(scale * (k - (half - 1) - double(p) / phases)));
    }
  }
  past.assign(2 * std::size_t(taps), 0.0f);
}

float Resampler::State::output() const noexcept {
  const int taps = 2 * half;
  const std::uint64_t at = std::uint64_t(fraction) * phases;
  const float* row = table.data() + at / ratio.to * std::size_t(taps);
  const float* next = row + taps;
  const float* x = past.data() + newest;
  float lower = 0, upper = 0;
  for (int k = 0; k < taps; ++k) lower += row[k] * x[k];
  const std::uint64_t between = at % ratio.to;
  if (between == 0) return lower;
  for (int k = 0; k < taps; ++k) upper += next[k] * x[k];
  return lower + float(double(between) / ratio.to) * (upper - lower);
}

void Resampler::State::advance() noexcept {
  const std::uint64_t sum = std::uint64_t(fraction) + ratio.from;
  due += std::int64_t(sum / ratio.to);
  fraction = std::uint32_t(sum % ratio.to);
}

Resampler::Resampler(RateRatio ratio) : state_(std::make_unique<State>(ratio)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

int Resampler::process(const float* in, int frames, float* out) noexcept {
  State& s = *state_;
  const int taps = 2 * s.half;
  int made = 0;
  for (int t = 0; t < frames; ++t) {
    s.past[std::size_t(s.newest)] = s.past[std::size_t(s.newest + taps)] = in[t];
    s.newest = (s.newest + 1) % taps;
    for (; s.due == 0; s.advance()) out[made++] = s.output();
    --s.due;
  }
  return made;
}

int Resampler::max_output(int frames) const noexcept {
  return int((std::int64_t(frames) * state_->ratio.to + state_->ratio.from - 1) / state_->ratio.from) + 1;
}

void Resampler::reset() noexcept {
  State& s = *state_;
  std::fill(s.past.begin(), s.past.end(), 0.0f);
  s.newest = 0;
  s.due = 0;
  s.fraction = 0;
}

double Resampler::delay() const noexcept {
  return state_->half;
}

}  // namespace atrous::dsp
