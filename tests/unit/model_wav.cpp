// A WAV read as a filter: what its samples are.
#include <atrous/audio.hpp>
#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "broken_files.hpp"
#include "catch.hpp"
#include "model_files.hpp"
#include "rendering.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

std::string wav(const std::vector<float>& samples, int channels, SampleFormat format, double rate = 44100) {
  const TemporaryFile file(".wav");
  write_audio(file.path(),
              {.sample_rate = rate, .channels = channels, .samples = samples, .format = {.samples = format}});
  return file.read();
}

std::string refusal(const std::string& file) {
  return test::refusal(file, "cab.wav");
}

}  // namespace

TEST_CASE("a WAV is the filter whose taps its samples are, in every sample format") {
  Random random(95);
  // of 8 bits, so that every format holds them as they are
  std::vector<float> taps = uniform(random, 400);
  for (float& tap : taps) tap = std::round(tap * 100) / 128;
  const Channels in = {uniform(random, 1000)};
  const Channels wanted = render(Model::from_taps(taps, 44100), Isa::automatic, in, 64);
  for (const SampleFormat format : {SampleFormat::pcm8, SampleFormat::pcm16, SampleFormat::pcm24, SampleFormat::pcm32,
                                    SampleFormat::float32, SampleFormat::float64}) {
    const Model model = parse(wav(taps, 1, format));
    CHECK(model.format() == "wav");
    CHECK(model.architecture() == "Linear");
    CHECK(model.sample_rate() == 44100);
    CHECK(model.warnings().empty());
    CHECK(render(model, Isa::automatic, in, 64) == wanted);
    CHECK(render(parse(saved(model)), Isa::automatic, in, 64) == wanted);
  }
  std::vector<float> stereo;
  for (const float tap : taps) stereo.push_back(tap), stereo.push_back(0.5f);
  const Model first = parse(wav(stereo, 2, SampleFormat::pcm24));
  CHECK(render(first, Isa::automatic, in, 64) == wanted);
  CHECK(first.warnings().size() == 1);
}

TEST_CASE("WAVs that are no impulse response are refused") {
  const std::string good = wav({1, 0.5f, 0.25f}, 1, SampleFormat::pcm16);
  CHECK(refusal(good) == "");
  CHECK_THAT(refusal(wav({}, 1, SampleFormat::pcm16)), ContainsSubstring("cab.wav: data: an impulse response"));
  CHECK_THAT(refusal(wav({1}, 1, SampleFormat::pcm16, 50)), ContainsSubstring("cab.wav: sample_rate"));
  CHECK_THAT(refusal(wav(std::vector<float>((1 << 20) + 1), 1, SampleFormat::pcm8)), ContainsSubstring("1048577"));
  CHECK_THAT(refusal(wav({std::numeric_limits<float>::infinity()}, 1, SampleFormat::float32)),
             ContainsSubstring("finite"));
  for (std::size_t size = 12; size < 44; ++size) CHECK(refusal(good.substr(0, size)) != "");
  const auto changed = [&](std::size_t at, char byte) {
    std::string file = good;
    file[at] = byte;
    return refusal(file);
  };
  CHECK_THAT(changed(20, 2), ContainsSubstring("cab.wav: fmt : expected samples of 8 to 32 bits, or floats"));
  CHECK_THAT(changed(22, 0), ContainsSubstring("channel"));
  CHECK_THAT(changed(34, 4), ContainsSubstring("cab.wav: fmt "));
  CHECK_THAT(changed(8, 'X'), ContainsSubstring("other than WAV"));
}
