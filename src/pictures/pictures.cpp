// Pictures of one sound, or of two and their difference.
#include <atrous/pictures.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <atrous/error.hpp>

#include "pictures/panel.hpp"
#include "pictures/surface.hpp"
#include "pictures/text.hpp"

namespace atrous {

namespace {

using pictures::Box;
using pictures::Panel;
using pictures::Scale;

constexpr double difference_db = 30;
constexpr int height_of_one = 480, height_of_three = 1080;

struct Size {
  int width, height;
};

// Before any work: of a picture with that many panels.
Size checked_size(const std::filesystem::path& path, const PictureOptions& options, int panels) {
  check_picture_ending(path);
  const auto require = [](bool holds, const std::string& problem) {
    if (!holds) throw Error(ErrorCode::argument, "picture: " + problem);
  };
  constexpr int most = 8192;
  const int least = 100 + 100 * panels, height = options.height.value_or(panels == 1 ? height_of_one : height_of_three);
  require(options.width >= 320 && options.width <= most, "expected a width of 320 to 8192 pixels");
  require(height >= least && height <= most, "expected a height of " + std::to_string(least) + " to 8192 pixels");
  require(options.range_db >= 10 && options.range_db <= 200, "expected a range of 10 to 200 dB");
  return {options.width, height};
}

// The loudest level is at the top of the scale.
Scale loudness(double loudest, double range_db) {
  const double top = std::ceil(loudest / 5) * 5;
  return {top - range_db, top, pictures::loudness_colors};
}

double loudest(const Spectrogram& levels) {
  return double(*std::max_element(levels.db.begin(), levels.db.end()));
}

// Of b less a, where what is beneath the scale counts as its end.
std::vector<float> difference(const Spectrogram& a, const Spectrogram& b, const Scale& scale) {
  const float low = float(scale.low);
  std::vector<float> result(a.db.size());
  std::transform(a.db.begin(), a.db.end(), b.db.begin(), result.begin(),
                 [low](float x, float y) { return std::max(y, low) - std::max(x, low); });
  return result;
}

void write(const std::filesystem::path& path, Size size, const std::string& title, const std::vector<Panel>& panels) {
  const std::string shown = pictures::printable(title);
  pictures::Surface surface(path, size.width, size.height);
  for (const Panel& panel : panels) draw(surface.context(), panel);
  if (!shown.empty()) pictures::draw_title(surface.context(), size.width, shown);
  surface.write(shown);
}

// `measure` gives the sound's levels in that many columns and rows.
template <class Measure>
void draw_one(const std::filesystem::path& path, const PictureOptions& options, const Measure& measure) {
  const Size size = checked_size(path, options, 1);
  const Box box = pictures::map_box(size.width, size.height, 1, 0);
  const Spectrogram levels = measure(box.width, box.height);
  write(path, size, options.title,
        {{.box = box,
          .axes = levels,
          .db = levels.db,
          .scale = loudness(loudest(levels), options.range_db),
          .name = "",
          .bottom = true}});
}

// The same, of both sounds over one stretch of time.
template <class Measure>
void draw_two(const std::filesystem::path& path, const PictureOptions& options, const Measure& measure_a,
              const Measure& measure_b) {
  const Size size = checked_size(path, options, 3);
  const auto panel = [&](int index, const Spectrogram& axes, std::span<const float> db, const Scale& scale,
                         const std::string& name) {
    const Box box = pictures::map_box(size.width, size.height, 3, index);
    return Panel{.box = box, .axes = axes, .db = db, .scale = scale, .name = name, .bottom = index == 2};
  };
  const Box box = pictures::map_box(size.width, size.height, 3, 0);
  const Spectrogram a = measure_a(box.width, box.height), b = measure_b(box.width, box.height);
  const Scale scale = loudness(std::max(loudest(a), loudest(b)), options.range_db);
  const std::vector<float> less = difference(a, b, scale);
  const std::string name_a = pictures::printable(options.name_a), name_b = pictures::printable(options.name_b);
  write(path, size, options.title,
        {panel(0, a, a.db, scale, name_a), panel(1, b, b.db, scale, name_b),
         panel(2, a, less, {-difference_db, difference_db, pictures::difference_colors}, name_b + " − " + name_a)});
}

void check_rates(double a, double b) {
  if (a == b) return;
  throw Error(ErrorCode::argument, "the sounds to picture differ: expected " + std::to_string(std::llround(a)) +
                                       " Hz, found " + std::to_string(std::llround(b)) + " Hz");
}

std::uint64_t count_frames(AudioReader& sound) {
  std::vector<float> piece(std::size_t(sound.channels()) << 14);
  while (sound.read(piece) > 0) continue;
  const std::uint64_t frames = sound.frames();
  sound.rewind();
  return frames;
}

auto measuring(const AudioBuffer& sound, const SpectrogramView& view) {
  return [&](int columns, int rows) { return spectrogram(sound, columns, rows, view); };
}
auto measuring(AudioReader& sound, const SpectrogramView& view) {
  return [&](int columns, int rows) { return spectrogram(sound, columns, rows, view); };
}

}  // namespace

void write_spectrogram(const AudioBuffer& sound, const std::filesystem::path& path, const PictureOptions& options) {
  draw_one(path, options, measuring(sound, options.view));
}

void write_spectrogram(AudioReader& sound, const std::filesystem::path& path, const PictureOptions& options) {
  draw_one(path, options, measuring(sound, options.view));
}

void write_comparison(const AudioBuffer& a, const AudioBuffer& b, const std::filesystem::path& path,
                      const PictureOptions& options) {
  check_rates(a.sample_rate, b.sample_rate);
  SpectrogramView view = options.view;
  if (!view.frames) view.frames = std::min(a.frames(), b.frames());
  draw_two(path, options, measuring(a, view), measuring(b, view));
}

void write_comparison(AudioReader& a, AudioReader& b, const std::filesystem::path& path,
                      const PictureOptions& options) {
  checked_size(path, options, 3);
  check_rates(a.sample_rate(), b.sample_rate());
  SpectrogramView view = options.view;
  if (!view.frames) view.frames = std::min(count_frames(a), count_frames(b));
  draw_two(path, options, measuring(a, view), measuring(b, view));
}

}  // namespace atrous
