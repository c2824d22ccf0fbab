// Spectrograms: levels over time and frequency, as finely as they are to be seen.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "dsp/stft.hpp"
#include "features/mel.hpp"

namespace atrous {

namespace {

constexpr double window_seconds = 0.046;
constexpr int min_fft = 64, max_fft = 1 << 16;
constexpr int windows_per_column = 4;  // at most: long sounds are looked at here and there
constexpr double silence = 1e-10;      // -200 dB
constexpr int most_cells = 8192;       // along either axis

// The mean of the channels, piece by piece: the next stretch of it, empty at the end.
using NextPiece = std::function<std::vector<float>()>;

struct Sound {
  double sample_rate;
  std::uint64_t frames;
  NextPiece next;
};

void require(bool holds, const std::string& problem) {
  if (!holds) throw Error(ErrorCode::argument, "spectrogram: " + problem);
}

int fft_size(double sample_rate) {
  const double samples = std::max(1.0, sample_rate * window_seconds);
  return std::clamp(1 << int(std::lround(std::log2(samples))), min_fft, max_fft);
}

// Levels of stretches of a sound, one after the other.
class Levels {
 public:
  explicit Levels(Sound sound)
      : sound_(std::move(sound)),
        stft_(fft_size(sound_.sample_rate), fft_size(sound_.sample_rate)),
        magnitudes_(stft_.bins()),
        loudest_(stft_.bins()) {}

  double bins_per_hz() const noexcept { return stft_.size() / sound_.sample_rate; }

  // dB [bins], the loudest of the windows whose centres share out the samples from `begin` to `end`; they ascend.
  const std::vector<float>& between(double begin, double end) {
    const double spacing = stft_.size() / 4.0;
    const int windows = std::clamp(int(std::ceil((end - begin) / spacing)), 1, windows_per_column);
    std::fill(loudest_.begin(), loudest_.end(), 0.0f);
    for (int i = 0; i < windows; ++i) {
      const double centre = begin + (end - begin) * (i + 0.5) / windows;
      const std::ptrdiff_t start = std::ptrdiff_t(centre) - stft_.size() / 2;
      read_up_to(start);
      stft_.magnitudes(signal_, start, magnitudes_);
      for (std::size_t k = 0; k < loudest_.size(); ++k) {
        if (std::isfinite(magnitudes_[k])) loudest_[k] = std::max(loudest_[k], magnitudes_[k]);
      }
    }
    const double full_scale = stft_.window_sum() / 2;
    for (float& level : loudest_) level = float(20 * std::log10(double(level) / full_scale + silence));
    return loudest_;
  }

 private:
  // Until the window that starts there is known.
  void read_up_to(std::ptrdiff_t start) {
    while (!signal_.covers(start, stft_.size())) {
      std::vector<float> piece = sound_.next();
      const auto missing = std::size_t(sound_.frames) - std::size_t(signal_.size());
      require(!piece.empty() || missing == 0, "the sound holds fewer frames than are stated");
      piece.resize(std::min(piece.size(), missing));
      if (piece.size() == missing) signal_.finish();
      signal_.append(piece);
      signal_.forget(start, stft_.size());
    }
  }

  Sound sound_;
  dsp::Stft stft_;
  dsp::SignalWindow signal_;
  std::vector<float> magnitudes_, loudest_;  // [bins]
};

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

// As a position runs along the axis; any factor does.
double along(double hz, FrequencyScale scale) noexcept {
  return scale == FrequencyScale::linear ? hz : features::hz_to_mel(hz, model::MelScale::htk);
}
double frequency_at(double along, FrequencyScale scale) noexcept {
  return scale == FrequencyScale::linear ? along : features::mel_to_hz(along, model::MelScale::htk);
}

// What is asked for, with nothing measured yet.
Spectrogram checked(const Sound& sound, int columns, int rows, const SpectrogramView& view) {
  require(sound.frames > 0 && sound.sample_rate > 0, "the sound holds no samples");
  require(columns >= 1 && columns <= most_cells, "expected 1 to " + std::to_string(most_cells) + " columns");
  require(rows >= 1 && rows <= most_cells, "expected 1 to " + std::to_string(most_cells) + " rows");
  const double seconds = double(sound.frames) / sound.sample_rate, highest = sound.sample_rate / 2;
  Spectrogram result{.columns = columns,
                     .rows = rows,
                     .from = view.from,
                     .to = std::min(view.to.value_or(seconds), seconds),
                     .max_frequency = view.max_frequency.value_or(highest),
                     .scale = view.scale};
  require(result.from >= 0 && result.from < seconds,
          "expected a start from 0 to less than the " + std::to_string(seconds) + " s that the sound lasts");
  require(result.to > result.from, "expected an end after the start");
  require(result.max_frequency > 0 && result.max_frequency <= highest,
          "expected a top frequency above 0 and up to " + std::to_string(highest) + " Hz");
  return result;
}

Spectrogram measure(Sound sound, int columns, int rows, const SpectrogramView& view) {
  Spectrogram result = checked(sound, columns, rows, view);
  const double begin = result.from * sound.sample_rate, end = result.to * sound.sample_rate;
  Levels levels(std::move(sound));
  std::vector<double> edges(std::size_t(rows) + 1);  // of the rows, in bins
  const double top = along(result.max_frequency, result.scale);
  for (int row = 0; row <= rows; ++row) {
    edges[std::size_t(row)] = frequency_at(top * row / rows, result.scale) * levels.bins_per_hz();
  }
  result.db.resize(std::size_t(columns) * std::size_t(rows));
  for (int column = 0; column < columns; ++column) {
    const auto edge = [&](int index) { return begin + (end - begin) * index / columns; };
    const std::vector<float>& db = levels.between(edge(column), edge(column + 1));
    for (std::size_t row = 0; row < std::size_t(rows); ++row) {
      result.db[row * std::size_t(columns) + std::size_t(column)] = level_between(db, edges[row], edges[row + 1]);
    }
  }
  return result;
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

double Spectrogram::position(double hz) const noexcept {
  return along(hz, scale) / along(max_frequency, scale);
}

Spectrogram spectrogram(const AudioBuffer& sound, int columns, int rows, const SpectrogramView& view) {
  bool given = false;
  const auto whole = [&] { return std::exchange(given, true) ? std::vector<float>() : mix_to_mono(sound); };
  return measure({sound.sample_rate, view.frames.value_or(sound.frames()), whole}, columns, rows, view);
}

Spectrogram spectrogram(AudioReader& sound, int columns, int rows, const SpectrogramView& view) {
  // Columns share out a length that headers are not believed to know: it is counted first.
  std::uint64_t frames = view.frames.value_or(0);
  if (!view.frames) {
    while (const std::size_t more = next_piece(sound).size()) frames += more;
    sound.rewind();
  }
  return measure({sound.sample_rate(), frames, [&] { return next_piece(sound); }}, columns, rows, view);
}

}  // namespace atrous
