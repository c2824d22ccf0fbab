// Spectrograms as pictures with axes.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "audio/canvas.hpp"
#include "dsp/stft.hpp"

namespace atrous {

namespace {

using audio::Align;
using audio::Canvas;
using audio::Color;

constexpr Color kBackground{255, 255, 255}, kInk{40, 40, 48}, kFaint{120, 120, 130};
constexpr double kWindowSeconds = 0.046;
constexpr int kMinFft = 64, kMaxFft = 1 << 16;
constexpr int kFramesPerColumn = 4;  // at most: long sounds are looked at here and there
constexpr double kSilenceDb = -200;

// Ordered in lightness, from the quietest to the loudest.
constexpr std::array kColors{Color{8, 6, 30},    Color{44, 18, 92},   Color{112, 28, 120}, Color{184, 46, 100},
                             Color{233, 88, 60}, Color{250, 160, 56}, Color{253, 246, 190}};

Color color_of(double level) {  // 0 to 1
  const double position = std::clamp(level, 0.0, 1.0) * (kColors.size() - 1);
  const std::size_t below = std::min(std::size_t(position), kColors.size() - 2);
  const double t = position - double(below);
  const Color a = kColors[below], b = kColors[below + 1];
  const auto mix = [&](int x, int y) { return std::uint8_t(std::lround(x + (y - x) * t)); };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

struct Box {
  int x, y, width, height;
};

// Levels in dB relative to a full-scale sine, [row][column] from the top left; as large as the plot.
struct Levels {
  int columns, rows;
  std::vector<float> db;
};

int fft_size(double sample_rate) {
  const double samples = std::max(1.0, sample_rate * kWindowSeconds);
  return std::clamp(1 << int(std::lround(std::log2(samples))), kMinFft, kMaxFft);
}

// The loudest of the bins from `low` to `high`, or between two bins where no bin lies there.
float level_between(const std::vector<float>& db, double low, double high) {
  const double last = double(db.size()) - 1;
  const int first = int(std::ceil(low)), end = int(std::floor(std::min(high, last)));
  if (first <= end) return *std::max_element(db.begin() + first, db.begin() + end + 1);
  const double middle = std::min((low + high) / 2, last);
  const std::size_t below = std::min(std::size_t(middle), db.size() - 2);
  const double t = middle - double(below);
  return float((1 - t) * double(db[below]) + t * double(db[below + 1]));
}

// The mean of the channels, piece by piece: the next stretch of it, empty at the end.
using NextPiece = std::function<std::vector<float>()>;

// Of the sound that arrives from `next`.
Levels measure(const NextPiece& next, std::uint64_t frames_of_sound, double sample_rate, double max_frequency,
               int columns, int rows) {
  const int fft = fft_size(sample_rate);
  dsp::Stft stft(fft, fft);
  const double full_scale = stft.window_sum() / 2;
  const double samples_per_column = double(frames_of_sound) / columns;
  dsp::SignalWindow signal;
  const int frames = std::clamp(int(std::ceil(samples_per_column / (fft / 4.0))), 1, kFramesPerColumn);
  const double bins_per_row = max_frequency / sample_rate * fft / rows;
  std::vector<float> magnitudes(stft.bins()), db(stft.bins());
  Levels levels{columns, rows, std::vector<float>(std::size_t(columns) * rows)};
  for (int column = 0; column < columns; ++column) {
    std::fill(db.begin(), db.end(), float(kSilenceDb));
    for (int frame = 0; frame < frames; ++frame) {
      const double centre = samples_per_column * (column + (frame + 0.5) / frames);
      const std::ptrdiff_t start = std::ptrdiff_t(centre) - fft / 2;
      while (!signal.covers(start, fft)) {
        const std::vector<float> piece = next();
        if (piece.empty()) signal.finish();
        signal.append(piece);
        signal.forget(start, fft);
      }
      stft.magnitudes(signal, start, magnitudes);
      for (std::size_t k = 0; k < db.size(); ++k) {
        db[k] = std::max(db[k], float(20 * std::log10(double(magnitudes[k]) / full_scale + 1e-10)));
      }
    }
    for (int row = 0; row < rows; ++row) {
      const double low = bins_per_row * (rows - 1 - row);
      levels.db[std::size_t(row) * columns + column] = level_between(db, low, low + bins_per_row);
    }
  }
  return levels;
}

void draw_levels(Canvas& canvas, const Box& plot, const Levels& levels, double top_db, double range_db) {
  for (int row = 0; row < plot.height; ++row) {
    for (int column = 0; column < plot.width; ++column) {
      const double db = double(levels.db[std::size_t(row) * levels.columns + column]);
      canvas.pixel(plot.x + column, plot.y + row, color_of((db - top_db) / range_db + 1));
    }
  }
}

void draw_frame(Canvas& canvas, const Box& box) {
  canvas.outline(box.x - 1, box.y - 1, box.width + 2, box.height + 2, kInk);
}

void draw_time_axis(Canvas& canvas, const Box& plot, double seconds) {
  const int bottom = plot.y + plot.height;
  for (const audio::Tick& tick : audio::ticks(0, seconds, std::max(3, plot.width / 90))) {
    const int x = plot.x + int(std::lround(tick.value / seconds * (plot.width - 1)));
    canvas.fill(x, bottom + 1, 1, 5, kInk);
    canvas.text(x, bottom + 10, tick.label, kInk, Align::center);
  }
  canvas.text(plot.x + plot.width / 2, bottom + 32, "time, s", kFaint, Align::center);
}

void draw_frequency_axis(Canvas& canvas, const Box& plot, double max_frequency) {
  for (const audio::Tick& tick : audio::ticks(0, max_frequency / 1000, std::max(3, plot.height / 45))) {
    const int y = plot.y + int(std::lround((1 - tick.value * 1000 / max_frequency) * (plot.height - 1)));
    canvas.fill(plot.x - 6, y, 5, 1, kInk);
    canvas.text(plot.x - 10, y - audio::text_height() / 2, tick.label, kInk, Align::right);
  }
  canvas.text(plot.x - 10, plot.y - 24, "kHz", kFaint, Align::right);
}

void draw_scale(Canvas& canvas, const Box& bar, double top_db, double range_db) {
  for (int row = 0; row < bar.height; ++row) {
    canvas.fill(bar.x, bar.y + row, bar.width, 1, color_of(1 - double(row) / (bar.height - 1)));
  }
  draw_frame(canvas, bar);
  for (const audio::Tick& tick : audio::ticks(top_db - range_db, top_db, std::max(3, bar.height / 45))) {
    const int y = bar.y + int(std::lround((top_db - tick.value) / range_db * (bar.height - 1)));
    canvas.fill(bar.x + bar.width + 1, y, 5, 1, kInk);
    canvas.text(bar.x + bar.width + 10, y - audio::text_height() / 2, tick.label, kInk);
  }
  canvas.text(bar.x, bar.y - 24, "dB", kFaint);
}

struct Sound {
  std::uint64_t frames;
  double sample_rate;
  NextPiece next;
};

void check(const Sound& sound, const SpectrogramOptions& options, double max_frequency) {
  const auto require = [](bool holds, const std::string& problem) {
    if (!holds) throw Error(ErrorCode::argument, "spectrogram: " + problem);
  };
  require(sound.frames > 0 && sound.sample_rate > 0, "the sound holds no samples");
  require(options.width >= 320 && options.width <= 8192, "expected a width of 320 to 8192 pixels");
  require(options.height >= 200 && options.height <= 8192, "expected a height of 200 to 8192 pixels");
  require(max_frequency > 0 && max_frequency <= sound.sample_rate / 2,
          "expected a top frequency above 0 and up to " + std::to_string(sound.sample_rate / 2) + " Hz");
  require(options.range_db >= 10 && options.range_db <= 200, "expected a range of 10 to 200 dB");
}

void draw(const Sound& sound, const std::filesystem::path& path, const SpectrogramOptions& options) {
  const double max_frequency = options.max_frequency.value_or(sound.sample_rate / 2);
  check(sound, options, max_frequency);
  const Box plot{64, 40, options.width - 64 - 110, options.height - 40 - 60};
  const Levels levels = measure(sound.next, sound.frames, sound.sample_rate, max_frequency, plot.width, plot.height);
  const double loudest = double(*std::max_element(levels.db.begin(), levels.db.end()));
  const double top_db = std::ceil(loudest / 5) * 5;

  Canvas canvas(options.width, options.height, kBackground);
  draw_levels(canvas, plot, levels, top_db, options.range_db);
  draw_frame(canvas, plot);
  draw_time_axis(canvas, plot, double(sound.frames) / sound.sample_rate);
  draw_frequency_axis(canvas, plot, max_frequency);
  draw_scale(canvas, {plot.x + plot.width + 24, plot.y, 16, plot.height}, top_db, options.range_db);
  const auto room = std::size_t(plot.width / audio::text_width("m ") * 2 - 2);  // in characters
  canvas.text(plot.x + plot.width / 2, plot.y - 24, std::string_view(options.title).substr(0, room), kInk,
              Align::center);
  canvas.write_png(path);
}

// The next frames of a sound, mixed; empty at its end.
std::vector<float> next_piece(AudioReader& sound) {
  constexpr std::size_t frames = 1 << 14;
  const auto channels = std::size_t(sound.channels());
  AudioBuffer piece{.channels = sound.channels(), .samples = std::vector<float>(frames * channels)};
  piece.samples.resize(sound.read(piece.samples) * channels);
  return mix_to_mono(piece);
}

}  // namespace

void write_spectrogram(const AudioBuffer& buffer, const std::filesystem::path& path,
                       const SpectrogramOptions& options) {
  bool given = false;
  const auto whole = [&] { return std::exchange(given, true) ? std::vector<float>() : mix_to_mono(buffer); };
  draw({buffer.frames(), buffer.sample_rate, whole}, path, options);
}

void write_spectrogram(AudioReader& sound, const std::filesystem::path& path, const SpectrogramOptions& options) {
  // Columns share out a length that headers are not believed to know: it is counted first.
  std::uint64_t frames = 0;
  while (const std::size_t more = next_piece(sound).size()) frames += more;
  sound.rewind();
  draw({frames, sound.sample_rate(), [&] { return next_piece(sound); }}, path, options);
}

}  // namespace atrous
