#include "chain/tone_stack.hpp"

#include <cmath>

namespace plugin {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double width = 0.7;  // Q of all bands
constexpr int step = 16;       // frames between two designs while a band moves

}  // namespace

void ToneStack::prepare(double sample_rate) noexcept {
  sample_rate_ = sample_rate;
}

void ToneStack::reset(const Settings& settings) noexcept {
  for (Band& band : bands_) {
    band.db.jump(settings[band.parameter]);
    band.first = band.second = {};
    band.design(sample_rate_);
  }
}

void ToneStack::Band::design(double sample_rate) noexcept {
  const double a = std::pow(10.0, double(db.value()) / 40);
  const double w = 2 * pi * std::min(hz, 0.45 * sample_rate) / sample_rate;
  const double cosine = std::cos(w), alpha = std::sin(w) / (2 * width);
  double a0;
  if (shape == Shape::bell) {
    a0 = 1 + alpha / a;
    b0 = 1 + alpha * a, b1 = -2 * cosine, b2 = 1 - alpha * a;
    a1 = -2 * cosine, a2 = 1 - alpha / a;
  } else {
    const double side = shape == Shape::low_shelf ? 1 : -1;  // the two shelves mirror each other
    const double sum = a + 1, difference = side * (a - 1) * cosine, root = 2 * std::sqrt(a) * alpha;
    a0 = sum + difference + root;
    b0 = a * (sum - difference + root);
    b1 = 2 * a * side * (a - 1 - side * (a + 1) * cosine);
    b2 = a * (sum - difference - root);
    a1 = -2 * side * (a - 1 + side * (a + 1) * cosine);
    a2 = sum + difference - root;
  }
  for (double* coefficient : {&b0, &b1, &b2, &a1, &a2}) *coefficient /= a0;
}

// Direct form II, transposed.
template <int channels>
void ToneStack::Band::run(const Block& block, int begin, int end) noexcept {
  std::array<double, max_channels> s1 = first, s2 = second;
  for (int t = begin; t < end; ++t) {
    for (int c = 0; c < channels; ++c) {
      const auto x = double(block.rows[c][t]);
      const double y = b0 * x + s1[c];
      s1[c] = b1 * x - a1 * y + s2[c];
      s2[c] = b2 * x - a2 * y;
      block.rows[c][t] = float(y);
    }
  }
  first = s1, second = s2;
}

void ToneStack::process(Block& block, const Settings& settings, int ramp) noexcept {
  for (Band& band : bands_) {
    band.db.aim(settings[band.parameter], ramp);
    process(block, band);
  }
}

// A band that moves is designed anew every few frames, counted from the end of the move, so that blocks do not matter.
void ToneStack::process(Block& block, Band& band) noexcept {
  for (int t = 0; t < block.frames;) {
    if (band.db.still_at(0)) {
      band.first = band.second = {};
      return;
    }
    const bool moves = !band.db.still();
    const int frames = std::min(block.frames - t, moves ? 1 + (band.db.left() - 1) % step : max_frames);
    with_channels(block.channels, [&](auto channels) { band.run<channels>(block, t, t + frames); });
    for (int i = 0; i < frames; ++i) band.db.next();
    if (moves && band.db.left() % step == 0) band.design(sample_rate_);
    t += frames;
  }
}

}  // namespace plugin
