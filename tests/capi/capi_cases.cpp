// capi_cases FOLDER: models and inputs for capi_test.c, and what the C++ API makes of them, as raw numbers.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/generator.hpp>
#include <atrous/score.hpp>
#include <atrous/tensors.hpp>

#include "chain_files.hpp"
#include "model_files.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr std::size_t frames = 6000, bins = 6;

std::filesystem::path folder;

template <class T>
void write(const char* name, const std::vector<T>& values) {
  std::ofstream file(folder / name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * sizeof(T)));
  if (!file) throw Error(ErrorCode::io, "cannot write a case");
}

// What needs FFTW: an empty file stands for a library without it.
template <class T>
void write_if_there(const char* name, const std::function<std::vector<T>()>& make) {
  std::vector<T> values;
  try {
    values = make();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported) throw;
  }
  write(name, values);
}

// Two channels, with a change of size and a reset on the way.
void effects(const std::vector<float>& in) {
  Random random(2);
  std::ofstream(folder / "slim.nam") << small_slim(random).dump();
  const Network network(Model::load(folder / "slim.nam"), {.all_sizes = true});
  Effect effect(network, {.sample_rate = 44100,
                          .max_block = 100,
                          .channels = 2,
                          .input_gain = 0.5,
                          .output_gain = 2,
                          .rest = false,
                          .ceiling = 0.25f});
  std::vector<float> out(2 * frames);
  for (std::size_t t = 0; t < frames; t += 150) {
    if (t == 1500) effect.set_size(0);
    if (t == 4500) effect.reset();
    const float* const from[] = {in.data() + t, in.data() + frames + t};
    float* const to[] = {out.data() + t, out.data() + frames + t};
    effect.process(from, to, 150);
  }
  write("effect.f32", out);
  write<double>("effect.f64", {double(effect.latency()), effect.exact_latency(), double(effect.guarded())});

  const Model conditioned = parse(random_guitarml_recurrent(random, 2, 5, 1, true).dump());
  conditioned.save(folder / "knob.safetensors");
  Effect knob(Network(conditioned), {.knobs = {0.25}, .knob_ramp = 0.02});
  std::vector<float> turned(frames);
  for (std::size_t t = 0; t < frames; t += 150) {
    if (t == 1500) knob.set_knob(0, 0.75);
    knob.process(std::span(in).subspan(t, 150), std::span(turned).subspan(t, 150));
  }
  write("knob.f32", turned);

  Effect plain{Network(Model::load(ATROUS_SOURCE_DIR "/models/amp.nam"))};
  std::vector<float> played(frames);
  plain.process(std::span(in).first(frames), played);
  write("amp.f32", played);
}

// A filter of the first 300 samples of the input, and a stereo sound at two rates.
void taps_and_sounds(const std::vector<float>& in) {
  Effect filter{Network(Model::from_taps(std::span(in).first(300), 48000))};
  std::vector<float> out(frames);
  filter.process(std::span(in).first(frames), out);
  write("taps.f32", out);

  const AudioBuffer sound{.sample_rate = 44100, .channels = 2, .samples = in};
  write_audio(folder / "sound.wav", sound);
  write("sound.f32", resample(sound, 48000).samples);
}

void generators(const std::vector<float>& in) {
  Random random(3);
  const Model model = as_model(random_generator(random));
  model.save(folder / "voice.safetensors");
  const Network network(model, {.isa = Isa::reference, .precision = Precision::bf16});
  const FeatureMatrix features{40, bins, uniform(random, 40 * bins)};
  write_features(folder / "features.npy", features);
  const FeatureMatrix padded = pad_features(model, features);
  Tensor c{{1, std::int64_t(bins), std::int64_t(padded.frames)}, std::vector<float>(padded.values.size())};
  for (std::size_t frame = 0; frame < padded.frames; ++frame) {
    for (std::size_t bin = 0; bin < bins; ++bin) {
      c.values[bin * padded.frames + frame] = padded.values[frame * bins + bin];
    }
  }
  write_tensors(folder / "features.safetensors", {{"c", c}});

  Generator generator(network, {.seed = 5, .voice = 2, .temperature = 0.8, .speaker = 1});
  generator.append_features(features.values);
  generator.finish();
  generator.prime(std::span(in).first(50));
  std::vector<float> sound(700);
  generator.fill(std::span(sound).first(300));
  generator.reset();
  generator.fill(std::span(sound).subspan(300));
  write("generator.f32", sound);

  const std::vector<GeneratorOptions> voices = {{.voice = 0}, {.seed = 7, .greedy = true}, {.voice = 2, .speaker = 2}};
  GeneratorBank bank(Network(model), voices, 2);
  std::vector<float> sounds(3 * 200);
  std::vector<std::span<float>> rows;
  for (std::size_t v = 0; v < 3; ++v) {
    bank.append_features(v, features.values);
    bank.finish(v);
    rows.push_back(std::span(sounds).subspan(200 * v, 200));
  }
  bank.prime(1, std::span(in).first(50));
  bank.fill(rows);
  write("bank.f32", sounds);

  TeacherForcing forcing = teacher_forcing(model, std::span(in).first(500));
  forcing.features = features.values;
  forcing.speaker = 2;
  const Score heard = score(Network(model), forcing);
  write<double>("score.f64", {double(heard.steps), heard.nll_nats, heard.nll_nats_after_receptive_field});
}

void front_end(const std::vector<float>& in) {
  const Model model = Model::load(ATROUS_SOURCE_DIR "/models/voice.safetensors");
  write_if_there<float>("mel.f32", [&] { return compute_features(model, in, model.sample_rate()).values; });
  write_if_there<double>("mel_score.f64", [&]() -> std::vector<double> {
    Scorer scorer{Network(model)};
    scorer.append(in);
    const Score heard = scorer.finish();
    return {double(heard.steps), heard.nll_nats, heard.nll_nats_after_receptive_field};
  });
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  folder = argv[1];
  std::filesystem::create_directories(folder);
  Random random(1);
  const std::vector<float> in = uniform(random, 2 * frames);
  write("in.f32", in);
  effects(in);
  taps_and_sounds(in);
  generators(in);
  front_end(in);
} catch (const std::exception& error) {
  std::fprintf(stderr, "capi_cases: %s\n", error.what());
  return 1;
}
