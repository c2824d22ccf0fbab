// What arrives piece by piece gives what it gives as a whole, to the bit, however it is cut.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/score.hpp>
#include <atrous/tensors.hpp>

#include "catch.hpp"
#include "folder.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;
using atrous::test::Folder;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Calls use(from, count) for random stretches of `size` items, in order; `unit` items stay together.
template <class Use>
void cut(Random& random, std::size_t size, std::size_t most, std::size_t unit, Use use) {
  for (std::size_t from = 0; from < size;) {
    const std::size_t count = std::min((random() % most) * unit, size - from);
    use(from, count);
    from += count;
  }
}

AudioBuffer noise(Random& random, int channels, std::size_t frames) {
  return {.sample_rate = 8000, .channels = channels, .samples = uniform(random, frames * std::size_t(channels))};
}

}  // namespace

TEST_CASE("a sound file read in pieces, twice, is the sound") {
  const Folder folder;
  Random random(1);
  const AudioBuffer sound = noise(random, 3, 20000);
  for (const char* name : {"a.wav", "a.flac", "a.aiff", "a.au"}) {
    write_audio(folder / name, sound);
    const AudioBuffer whole = read_audio(folder / name);
    AudioReader reader(folder / name);
    CHECK(reader.sample_rate() == 8000);
    CHECK(reader.channels() == 3);
    CHECK(reader.stated_frames() == 20000);
    for (int time = 0; time < 2; ++time) {
      std::vector<float> samples, piece;
      do {
        piece.resize(3 * (1 + random() % 9000));
        const std::size_t asked = piece.size();
        piece.resize(3 * reader.read(piece));
        samples.insert(samples.end(), piece.begin(), piece.end());
        if (piece.size() < asked) break;
      } while (true);
      CHECK(samples == whole.samples);
      CHECK(reader.frames() == 20000);
      CHECK(reader.read(piece) == 0);
      reader.rewind();
    }
    std::vector<float> odd(4);
    CHECK_THROWS_AS(reader.read(odd), Error);
  }
}

TEST_CASE("sounds compared in pieces are as far apart as whole ones") {
  Random random(2);
  for (const std::size_t frames : {1, 300, 5000, 40000}) {
    const AudioBuffer a = noise(random, 2, frames);
    AudioBuffer b = noise(random, 2, frames);
    for (std::size_t i = 0; i < b.samples.size(); ++i) b.samples[i] = 0.8f * a.samples[i] + 0.1f * b.samples[i];
    const Comparison whole = compare(a, b);
    SoundComparison pieces(2);
    cut(random, a.samples.size(), 3000, 2, [&](std::size_t from, std::size_t count) {
      pieces.append(std::span(a.samples).subspan(from, count), std::span(b.samples).subspan(from, count));
    });
    const Comparison found = pieces.finish();
    CHECK(found.esr == whole.esr);
    CHECK(found.max_abs == whole.max_abs);
    CHECK(found.frames == frames);
    CHECK(found.stft_distance == Approx(whole.stft_distance).epsilon(1e-9));
  }
  SoundComparison none(1);
  CHECK_THROWS_AS(none.finish(), Error);
  CHECK_THROWS_AS(none.append(std::vector<float>(2), std::vector<float>(3)), Error);
}

TEST_CASE("frames and columns written in pieces give the file of the whole") {
  const Folder folder;
  Random random(3);
  // The last one is longer than what is put together at once.
  for (const std::size_t length : {std::size_t(0), std::size_t(1), std::size_t(777), std::size_t(1500000)}) {
    const std::size_t rows = 3;
    const std::vector<float> columns = uniform(random, length * rows);
    write_features(folder / "whole.npy", {.frames = length, .bins = rows, .values = columns});
    Tensor transposed{.shape = {1, std::int64_t(rows), std::int64_t(length)},
                      .values = std::vector<float>(rows * length)};
    for (std::size_t t = 0; t < length; ++t) {
      for (std::size_t row = 0; row < rows; ++row) transposed.values[row * length + t] = columns[t * rows + row];
    }
    write_tensors(folder / "whole.safetensors", {{"c", transposed}});
    FeatureWriter frames(folder / "pieces.npy", rows);
    ColumnTensorWriter tensor(folder / "pieces.safetensors", "c", rows);
    cut(random, columns.size(), 9000, rows, [&](std::size_t from, std::size_t count) {
      frames.append(std::span(columns).subspan(from, count));
      tensor.append(std::span(columns).subspan(from, count));
    });
    CHECK_FALSE(std::filesystem::exists(folder / "pieces.npy"));
    frames.commit();
    tensor.commit();
    CHECK(bytes_of(folder / "pieces.npy") == bytes_of(folder / "whole.npy"));
    CHECK(bytes_of(folder / "pieces.safetensors") == bytes_of(folder / "whole.safetensors"));
    std::filesystem::remove(folder / "pieces.npy");
  }
  std::filesystem::remove(folder / "whole.npy");
  std::filesystem::remove(folder / "whole.safetensors");
  std::filesystem::remove(folder / "pieces.safetensors");
  FeatureWriter abandoned(folder / "never.npy", 2);
  CHECK_THROWS_AS(abandoned.append(std::vector<float>(3)), Error);
  CHECK_THROWS_AS(ColumnTensorWriter(folder / "never.safetensors", "c", 0), Error);
  CHECK(folder.files() == 0);
}

TEST_CASE("a sound scored in pieces is as likely as the whole") {
  Random random(4);
  constexpr std::size_t bins = 6;
  for (const unsigned seed : {1u, 2u, 3u}) {
    Random models(seed);
    model::ModelData data = random_generator(models);
    data.config.waveform = {.highpass_hz = 200, .highpass_taps = 31, .gain = 0.7, .preemphasis = 0.4};
    for (const Precision precision : {Precision::f32, Precision::int8}) {
      const Network network(as_model(data), {.precision = precision});
      const std::vector<float> sound = uniform(random, 700), features = uniform(random, bins * 60);
      TeacherForcing input = teacher_forcing(network.model(), sound);
      input.features = features;
      input.speaker = 1;
      const Score whole = score(network, input, true);

      const auto rows = std::size_t(network.info().outputs);
      std::vector<float> columns;
      Scorer scorer(network, {.speaker = 1, .front_end = false, .outputs = [&](std::span<const float> more) {
                                columns.insert(columns.end(), more.begin(), more.end());
                              }});
      std::size_t fed = 0;  // frames come in step with the sound
      cut(random, sound.size(), 200, 1, [&](std::size_t from, std::size_t count) {
        const std::size_t until = features.size() * (from + count) / sound.size() / bins * bins;
        scorer.append_features(std::span(features).subspan(fed, until - fed));
        fed = until;
        scorer.append(std::span(sound).subspan(from, count));
      });
      const Score found = scorer.finish();
      CHECK(found.steps == whole.steps);
      CHECK(found.nll_nats == whole.nll_nats);
      CHECK((found.nll_nats_after_receptive_field == whole.nll_nats_after_receptive_field ||
             (std::isnan(found.nll_nats_after_receptive_field) && std::isnan(whole.nll_nats_after_receptive_field))));
      REQUIRE(columns.size() == rows * sound.size());
      bool same = true;
      for (std::size_t t = 0; t < sound.size(); ++t) {
        for (std::size_t row = 0; row < rows; ++row) {
          same = same && columns[t * rows + row] == whole.outputs[row * sound.size() + t];
        }
      }
      CHECK(same);
      CHECK_THROWS_AS(Scorer(network, {.speaker = 99, .front_end = false}), Error);
      Scorer uncovered(network, {.front_end = false});
      uncovered.append_features(std::span(features).first(bins));
      uncovered.append(sound);
      CHECK_THROWS_AS(uncovered.finish(), Error);
    }
  }
}
