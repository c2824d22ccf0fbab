// What a fuzzer calls with every input: read it as features, tensors or a sound, and where that works, write it and
// read that again. The only way out that is allowed is an atrous::Error of one line.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string format = ATROUS_FUZZ_FORMAT;
  input().write(std::string(reinterpret_cast<const char*>(data), size));
  try {
    if (format == "npy") exercise_npy();
    if (format == "tensors") exercise_tensors();
    if (format == "sound") exercise_sound();
  } catch (const Error& error) {
    const std::string message = error.what();
    check(!message.empty() && message.find('\n') == std::string::npos);
  }
  return 0;
}
