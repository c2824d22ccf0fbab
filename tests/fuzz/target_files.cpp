// What a fuzzer calls with every input: read it as features, tensors, a sound or a sound from a pipe, and where that
// works, write it and read that again. The only way out that is allowed is an atrous::Error of one line.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/tensors.hpp>

#include "model_files.hpp"

namespace {

using namespace atrous;

void check(bool holds) {
  if (!holds) std::abort();
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// The readers take paths.
const test::TemporaryFile& input() {
  static const test::TemporaryFile file("input");
  return file;
}

// Reads three bins.
Model listener() {
  test::Random random(1);
  model::ModelData data = test::small_hearing_model({}, 3, 4, random);
  data.config.features = model::Features{};
  data.config.features->bins = 3;
  return test::as_model(data);
}

void exercise_conditioning() {
  static const Model model = listener();
  const FeatureMatrix features = read_conditioning(model, input().path()).features;
  check(features.bins == 3 && features.frames > 0 && features.values.size() == 3 * features.frames);
  check(std::all_of(features.values.begin(), features.values.end(), [](float x) { return std::isfinite(x); }));
}

void exercise_npy() {
  const test::TemporaryFile copy("copy.npy");
  const FeatureMatrix features = read_features(input().path());
  check(features.values.size() == features.frames * features.bins);
  check(std::all_of(features.values.begin(), features.values.end(), [](float x) { return std::isfinite(x); }));
  write_features(copy.path(), features);
  const FeatureMatrix again = read_features(copy.path());
  check(again.frames == features.frames && same(again.values, features.values));
}

void exercise_tensors() {
  const test::TemporaryFile copy("copy.safetensors");
  const Tensors tensors = read_tensors(input().path());
  write_tensors(copy.path(), tensors);
  const Tensors again = read_tensors(copy.path());
  check(again.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    check(again.at(name).shape == tensor.shape && same(again.at(name).values, tensor.values));
  }
}

void exercise_sound() {
  const test::TemporaryFile copy("copy.wav");
  const AudioBuffer sound = read_audio(input().path());
  check(sound.channels >= 1 && sound.sample_rate >= 1);
  check(sound.samples.size() % std::size_t(sound.channels) == 0);
  write_audio(copy.path(), sound, {.samples = SampleFormat::float32});
  check(same(read_audio(copy.path()).samples, sound.samples));
}

// Through a pipe, which holds that much at once.
void exercise_stream(const std::string& content) {
  constexpr std::size_t most_bytes = 30000;
  int ends[2] = {};
  check(content.size() <= most_bytes && pipe(ends) == 0);
  check(write(ends[1], content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  close(ends[1]);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  try {
    const bool twice = content.size() % 2 == 0;
    AudioReader reader(path, twice);
    check(reader.channels() >= 1 && reader.sample_rate() >= 1);
    check(reader.stated_frames().value_or(1) > 0 && reader.frames() == 0);
    std::vector<float> samples(std::size_t(reader.channels()) * 100);
    while (reader.read(samples) > 0) continue;
    const std::uint64_t frames = reader.frames();
    check(frames <= most_bytes);
    if (twice) {
      reader.rewind();
      while (reader.read(samples) > 0) continue;
      check(reader.frames() == frames);
    }
    write_audio("/dev/null", {reader.sample_rate(), reader.channels(), samples}, reader.format());
  } catch (...) {
    close(ends[0]);
    throw;
  }
  close(ends[0]);
}

// What `read` does, unless it is turned away in one line.
template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    const std::string message = error.what();
    check(!message.empty() && message.find('\n') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string format = ATROUS_FUZZ_FORMAT, content(reinterpret_cast<const char*>(data), size);
  input().write(content);
  if (format == "npy") attempt(exercise_npy);
  if (format == "npy" || format == "tensors") attempt(exercise_conditioning);
  if (format == "tensors") attempt(exercise_tensors);
  if (format == "sound") attempt(exercise_sound);
  // Other sounds are kept in a file first, and so are no streams.
  if (format == "stream" && content.starts_with("RI")) attempt([&] { exercise_stream(content); });
  return 0;
}
