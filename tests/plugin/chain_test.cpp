// What the plugin does to sound.
#include <atrous/effect_renderer.hpp>
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "difference.hpp"
#include "hyper_files.hpp"
#include "playing.hpp"
#include "slim_files.hpp"

using namespace plugin;
using namespace plugin_test;

namespace {

constexpr double pi = 3.14159265358979323846;

// By any number of frames: through a sinc under a Hann window.
Sound delayed(const Sound& sound, double frames) {
  constexpr int reach = 400;
  const int whole = int(std::floor(frames));
  Sound late(sound.size());
  for (int t = 0; t < int(sound.size()); ++t) {
    double sum = 0;
    for (int i = -reach; i <= reach; ++i) {
      const int from = t - whole - i;
      if (from < 0 || from >= int(sound.size())) continue;
      const double x = double(i) - (frames - whole);
      const double sinc = std::abs(x) < 1e-12 ? 1 : std::sin(pi * x) / (pi * x);
      sum += double(sound[std::size_t(from)]) * sinc * std::pow(std::cos(pi * x / (2 * reach + 2)), 2);
    }
    late[std::size_t(t)] = float(sum);
  }
  return late;
}

}  // namespace

TEST_CASE("with what `process` lacks switched off, the chain plays its bytes, however it is cut") {
  const Folder folder;
  Random random(2);
  const std::string slim = folder.write("slim.nam", atrous::test::small_slim(random));
  for (const int channels : {1, 2}) {
    for (const std::string& file : {std::string(amp), folder.write("random.nam", effect_file(3)), slim}) {
      INFO(file << ", " << channels << " channels");
      const Rows in = noise(channels, 20000);
      Rig rig(channels, 48000);
      as_process(rig.chain);
      rig.chain.settings.set(input_gain, 3.7f);
      rig.chain.settings.set(output_gain, -5.3f);
      rig.chain.settings.set(quality, 20);
      rig.choose(model_part, file);
      const Rows wanted =
          effect(file, in,
                 {.input_gain = std::pow(10.0, double(3.7f) / 20), .output_gain = std::pow(10.0, double(-5.3f) / 20)},
                 double(20.0f) / 100);
      CHECK(rig.report(model_part).problem == "");
      CHECK(rig.chain.latency() == 0);
      CHECK(difference(play(rig.chain, in, blocks(64)), wanted) == "");
      rig.start();
      CHECK(difference(play(rig.chain, in, ragged(3000)), wanted) == "");
    }
  }
}

TEST_CASE("at other rates the chain plays what `process` does, later by the exact latency") {
  for (const double rate : {44100.0, 88200.0, 96000.0, 192000.0}) {
    // Low enough for the model not to fold harmonics back: those depend on where its samples fall between the host's.
    Rows in{Sound(std::size_t(0.3 * rate))};
    for (int k = 0; k < 12; ++k) {
      for (std::size_t t = 0; t < in[0].size(); ++t) {
        in[0][t] += 0.0016f * float(std::sin(2 * pi * (60 + 400.0 * k) * double(t) / rate + k));
      }
    }
    atrous::EffectRenderer renderer(atrous::Network(atrous::Model::load(amp)), {.sample_rate = rate});
    Sound wanted;
    renderer.process(in[0], wanted);
    renderer.finish(wanted);

    Rig rig(1, rate);
    as_process(rig.chain);
    rig.choose(model_part, amp);
    const Sound out = play(rig.chain, in, ragged(500))[0];
    const double latency = double(rig.chain.settings.get(exact_latency));
    CHECK(rig.chain.latency() == int(std::lround(latency)));
    const Sound late = delayed(wanted, latency);
    double error = 0, signal = 0;
    for (std::size_t t = out.size() / 2; t + 1000 < out.size(); ++t) {
      error += std::pow(double(out[t]) - double(late[t]), 2);
      signal += std::pow(double(late[t]), 2);
    }
    INFO(rate);
    CHECK(db(std::sqrt(error / signal)) < -90);
  }
}

TEST_CASE("normalisation and calibration are those of `process`") {
  const Folder folder;
  Json nam = effect_file(4);
  nam["metadata"] = {{"loudness", -21.5}, {"input_level_dbu", 15.25}, {"output_level_dbu", 9.5}};
  const std::string file = folder.write("levels.nam", nam);
  const Rows in = noise(1, 3000);
  const auto gain = [](double gain_db) { return std::pow(10.0, gain_db / 20); };
  struct Case {
    bool normalizes, calibrates;
    double input, output;
  };
  for (const Case& wanted :
       {Case{true, false, 1, gain(-18 + 21.5)}, Case{false, true, gain(12 - 15.25), gain(9.5 - 12)},
        Case{true, true, gain(12 - 15.25), gain(-18 + 21.5)}, Case{false, false, 1, 1}}) {
    Rig rig(1, 48000);
    as_process(rig.chain);
    rig.chain.settings.set(normalize, wanted.normalizes);
    rig.chain.settings.set(calibrate, wanted.calibrates);
    rig.choose(model_part, file);
    CHECK(difference(play(rig.chain, in, blocks(64)),
                     effect(file, in, {.input_gain = wanted.input, .output_gain = wanted.output})) == "");
  }
}

TEST_CASE("how the signal is cut changes no bit of anything") {
  const Folder folder;
  Random random(5);
  atrous::write_audio(folder / "a.wav",
                      {.sample_rate = 48000, .channels = 2, .samples = atrous::test::uniform(random, 3000)});
  atrous::write_audio(folder / "b.wav",
                      {.sample_rate = 44100, .channels = 1, .samples = atrous::test::uniform(random, 700)});
  const Rows in = noise(2, 30000);
  for (const double rate : {48000.0, 44100.0}) {
    Rig rig(2, rate);
    rig.choose(model_part, amp);
    rig.choose(cabinet_a_part, folder / "a.wav");
    rig.choose(cabinet_b_part, folder / "b.wav");
    // What happens at a frame happens there in every cut.
    const auto run = [&](const std::function<std::size_t(std::size_t)>& next) {
      for (unsigned i = 0; i < input_count; ++i) rig.chain.settings.set(i, parameter_info(i).usual);
      rig.start();
      return play(rig.chain, in, [&](std::size_t at) {
        if (at == 6000) {
          rig.chain.settings.set(bass, 6);
          rig.chain.settings.set(input_gain, -10);
          rig.chain.settings.set(gate, 1);
          rig.chain.settings.set(cabinet_blend, 90);
        }
        if (at == 12000) {
          rig.chain.settings.set(treble, -7);
          rig.chain.settings.set(bypass, 1);
          rig.chain.settings.set(gate_threshold, -10);
        }
        if (at == 18000) {
          rig.chain.settings.set(bypass, 0);
          rig.chain.settings.set(dc_blocker, 0);
          rig.chain.settings.set(cabinet, 0);
        }
        return std::min(next(at), 6000 - at % 6000);
      });
    };
    const Rows wanted = run(blocks(64));
    CHECK(difference(run(ragged(2000)), wanted) == "");
    CHECK(difference(run(blocks(1)), wanted) == "");
    CHECK(difference(run(blocks(6000)), wanted) == "");
  }
}

TEST_CASE("with mono input the model runs once, on the mean of both sides, and is heard on both") {
  const Rows in = noise(2, 20000);
  Rows mean{Sound(in[0].size())};
  for (std::size_t t = 0; t < mean[0].size(); ++t) mean[0][t] = 0.5f * (in[0][t] + in[1][t]);
  Rig rig(2, 48000);
  as_process(rig.chain);
  rig.chain.settings.set(mono_input, 1);
  rig.choose(model_part, amp);
  const Rows once = effect(amp, mean);
  CHECK(difference(play(rig.chain, in, ragged(300)), {once[0], once[0]}) == "");

  // Switched on and off while it plays, it leads over without a click.
  rig.chain.settings.set(mono_input, 0);
  rig.start();
  const Rows both = effect(amp, in);
  const Rows out = play(rig.chain, in, [&](std::size_t at) {
    if (at == 6000) rig.chain.settings.set(mono_input, 1);
    if (at == 12000) rig.chain.settings.set(mono_input, 0);
    return 50;
  });
  CHECK(std::equal(out[0].begin(), out[0].begin() + 6000, both[0].begin()));
  CHECK(std::equal(out[1].begin(), out[1].begin() + 6000, both[1].begin()));
  CHECK(std::equal(out[1].begin() + 6960, out[1].begin() + 12000, out[0].begin() + 6960));
  CHECK(std::equal(out[1].begin() + 17100, out[1].end(), both[1].begin() + 17100));
}

TEST_CASE("bypass passes the input on, late by the latency, and neither way clicks") {
  for (const double rate : {48000.0, 44100.0}) {
    Rig rig(1, rate);
    rig.choose(model_part, amp);
    const std::size_t second = std::size_t(rate);
    Rows in{Sound(second)};
    for (std::size_t t = 0; t < second; ++t) in[0][t] = 0.2f * float(std::sin(2 * pi * 110 * double(t) / rate));
    const Rows plain = play(rig.chain, in, blocks(64));
    double steepest = 0;
    for (std::size_t t = second / 2; t < second; ++t)
      steepest = larger(steepest, std::abs(double(plain[0][t]) - double(plain[0][t - 1])));
    rig.start();
    const Rows out = play(rig.chain, in, [&](std::size_t at) {
      rig.chain.settings.set(bypass, at >= second / 2 && at < second * 3 / 4);
      return 50;
    });
    const auto latency = std::size_t(rig.chain.latency());
    CHECK((latency > 0) == (rate != 48000));
    const std::size_t from = second / 2 + 2000, to = second * 3 / 4;
    CHECK(std::equal(out[0].begin() + long(from), out[0].begin() + long(to), in[0].begin() + long(from - latency)));
    for (std::size_t t = second / 2; t < second; ++t) {
      if (!(std::abs(double(out[0][t]) - double(out[0][t - 1])) <= 2 * steepest)) FAIL("a click at frame " << t);
    }
  }
}

TEST_CASE("the tone stack does what its knobs say") {
  const auto level_at = [](double hz, Parameter band, float gain_db) {
    Rig rig(1, 48000);
    as_process(rig.chain);
    rig.chain.settings.set(band, gain_db);
    rig.start();
    Rows in{Sound(48000)};
    for (std::size_t t = 0; t < in[0].size(); ++t) in[0][t] = 0.1f * float(std::sin(2 * pi * hz * double(t) / 48000));
    const Rows out = play(rig.chain, in, blocks(64));
    return db(std::sqrt(energy(out[0], 24000) / energy(in[0], 24000)));
  };
  CHECK(level_at(20, bass, 9) == Approx(9).margin(0.3));
  CHECK(level_at(5000, bass, 9) == Approx(0).margin(0.1));
  CHECK(level_at(700, middle, -7) == Approx(-7).margin(0.1));
  CHECK(level_at(20, middle, -7) == Approx(0).margin(0.1));
  CHECK(level_at(18000, treble, 5) == Approx(5).margin(0.3));
  CHECK(level_at(100, treble, 5) == Approx(0).margin(0.1));
}

TEST_CASE("the gate silences what is quiet, and lets the rest through untouched") {
  Rig rig(1, 48000);
  as_process(rig.chain);
  rig.chain.settings.set(gate, 1);
  rig.chain.settings.set(gate_threshold, -40);
  rig.start();
  Rows in = noise(1, 96000, 1, 0.001f);
  const Rows loud = noise(1, 24000, 2, 0.5f);
  std::copy(loud[0].begin(), loud[0].end(), in[0].begin() + 48000);
  const Rows out = play(rig.chain, in, blocks(64));
  CHECK(energy({out[0].begin() + 24000, out[0].begin() + 48000}) == 0);
  CHECK(std::equal(out[0].begin() + 48100, out[0].begin() + 72000, in[0].begin() + 48100));
  CHECK(out[0][95000] == 0);
}

TEST_CASE("the DC blocker takes away what stands still, to the last bit") {
  Rig rig(1, 48000);
  const Rows out = play(rig.chain, {Sound(48000 * 4, 0.25f)}, blocks(64));
  CHECK(out[0][0] == 0.25f);
  CHECK(std::abs(out[0][48000]) < 1e-6f);
  CHECK(out[0].back() == 0);
}

TEST_CASE("only finite samples within +40 dBFS leave") {
  Rig rig(1, 48000);
  rig.chain.settings.set(output_gain, 24);
  Rows in = noise(1, 4000, 3, 1e38f);
  in[0][7] = std::numeric_limits<float>::quiet_NaN();
  in[0][9] = std::numeric_limits<float>::infinity();
  const Rows out = play(rig.chain, in, blocks(64));
  for (const float x : out[0]) {
    if (!(std::abs(x) <= 100)) FAIL("a sample of " << x);
  }
}

TEST_CASE("meters show peaks, and the CPU share while somebody looks") {
  Rig rig(2, 48000);
  as_process(rig.chain);
  rig.chain.settings.set(output_gain, 6);
  rig.start();
  Rows in(2, Sound(48000));
  in[1][100] = -0.5f;
  const auto shown = [&](unsigned meter) { return double(rig.chain.settings.get(meter)); };
  play(rig.chain, in, [&](std::size_t at) {
    if (at == 128) {
      CHECK(shown(input_peak) == Approx(db(0.5)).margin(0.1));
      CHECK(shown(output_peak) == Approx(db(0.5) + 6).margin(0.1));
    }
    return 64;
  });
  CHECK(shown(input_peak) == Approx(db(0.5) - 20).margin(0.1));  // a second later
  CHECK(shown(cpu_share) == 0);
  ++rig.chain.watchers;
  play(rig.chain, in, blocks(64));
  CHECK(shown(cpu_share) > 0);
}

TEST_CASE("a silent track comes to rest, and wakes with the same bits") {
  const Folder folder;
  Random random(6);
  atrous::write_audio(folder / "a.wav", {.channels = 1, .samples = atrous::test::uniform(random, 3000)});
  Rig rig(1, 48000);
  rig.choose(model_part, amp);
  rig.choose(cabinet_a_part, folder / "a.wav");
  const Rows out = play(rig.chain, {Sound(48000 * 5)}, blocks(64));
  CHECK(out[0].back() == 0);
}

TEST_CASE("a model's knobs are turned by parameters, on all channels, and stand by default until they are") {
  const Folder folder;
  const std::string file = folder.write("knobs.nam", knob_file(7));
  for (const int channels : {1, 2}) {
    const Rows in = noise(channels, 6000);
    Rig rig(channels, 48000);
    as_process(rig.chain);
    rig.choose(model_part, file);
    REQUIRE(rig.report(model_part).problem == "");
    const auto plays = [&](const atrous::EffectOptions& options) {
      rig.start();
      return difference(play(rig.chain, in, ragged(300)), effect(file, in, options));
    };
    CHECK(plays({}) == "");
    rig.chain.settings.set(first_knob, 37);
    rig.chain.settings.set(first_knob + 1, 80);  // of three positions the last
    CHECK(plays({.knobs = {0.37 * 10, 2}}) == "");
    rig.chain.settings.set(first_knob, 0);
    rig.chain.settings.set(first_knob + 1, 40);
    CHECK(plays({.knobs = {0, 1}}) == "");
    rig.choose(model_part, folder.write("again.nam", knob_file(8)));
    rig.choose(model_part, file);  // which begins with the knobs as they stand
    CHECK(plays({.knobs = {0, 1}}) == "");
    rig.chain.settings.set(first_knob, -1);
    CHECK(plays({}) == "");
  }
}

TEST_CASE("a knob that is turned while it plays goes as the engine's does, wherever blocks end") {
  const Folder folder;
  Random random(10);
  const Rows in = noise(2, 12000);
  for (Json json : {knob_file(7), atrous::test::random_hyper(random, {5}, 2).file()}) {
    INFO(json["architecture"]);
    json["sample_rate"] = 48000;
    const std::string file = folder.write("knobs.nam", json);
    Rig rig(2, 48000);
    as_process(rig.chain);
    rig.choose(model_part, file);
    const auto run = [&](const std::function<std::size_t(std::size_t)>& next) {
      for (unsigned i = 0; i < knob_count; ++i) rig.chain.settings.set(first_knob + i, -1);
      rig.start();
      return play(rig.chain, in, [&](std::size_t at) {
        if (at == 3000) rig.chain.settings.set(first_knob, 90);
        if (at == 6000) rig.chain.settings.set(first_knob + 1, 0);
        if (at == 9000) rig.chain.settings.set(first_knob, -1);
        return std::min(next(at), 3000 - at % 3000);
      });
    };
    atrous::Effect engine(atrous::Network(atrous::Model::load(file)), {.channels = 2, .knob_ramp = 0.02});
    Rows wanted = in;
    for (std::size_t at = 0; at < in[0].size(); at += 3000) {
      if (at == 3000) engine.set_knob(0, 0.9 * 10);
      if (at == 6000) engine.set_knob(1, 0);
      if (at == 9000) engine.set_knob(0, 5);
      float* const rows[] = {wanted[0].data() + at, wanted[1].data() + at};
      engine.process(std::vector<const float*>{rows[0], rows[1]}, rows, 3000);
    }
    CHECK(difference(run(blocks(3000)), wanted) == "");
    CHECK(difference(run(ragged(700)), wanted) == "");
    CHECK(difference(run(blocks(1)), wanted) == "");
  }
}

TEST_CASE("knobs beyond the parameters stand by default, and parameters beyond the knobs do nothing") {
  const Folder folder;
  const Rows in = noise(1, 3000);
  const std::string many = folder.write("many.nam", knobs_file(9, 10)), none = folder.write("none.nam", effect_file(3));
  Rig rig(1, 48000);
  as_process(rig.chain);
  for (unsigned i = 0; i < knob_count; ++i) rig.chain.settings.set(first_knob + i, 100);
  CHECK(difference(play(rig.chain, in, blocks(64)), in) == "");  // without a model
  rig.choose(model_part, none);
  rig.start();
  CHECK(difference(play(rig.chain, in, blocks(64)), effect(none, in)) == "");
  rig.choose(model_part, many);
  rig.start();
  const Rows wanted = effect(many, in, {.knobs = {1, 1, 1, 1, 1, 1, 1, 1, 0.25, 0.25}});
  CHECK(difference(play(rig.chain, in, blocks(64)), wanted) == "");
}

TEST_CASE("the model runs oversampled as the engine does it, and the latency follows") {
  const Folder folder;
  const std::string file = folder.write("knobs.nam", knob_file(7));
  const Rows in = noise(2, 6000);
  for (const double rate : {48000.0, 44100.0}) {
    Rig rig(2, rate);
    as_process(rig.chain);
    rig.choose(model_part, file);
    rig.chain.settings.set(first_knob, 20);
    for (const int times : {4, 2, 1}) {
      rig.chain.settings.set(oversample, float(times / 2));
      rig.start();
      const Rows out = play(rig.chain, in, ragged(300));
      CHECK(difference(out, effect(file, in, {.sample_rate = rate, .knobs = {2, 1}, .oversample = times})) == "");
      CHECK((rig.chain.latency() == 64) == (times > 1 && rate == 48000));
      rig.chain.settings.set(minimum_phase, 1);
      rig.start();
      const atrous::EffectOptions minimum{
          .sample_rate = rate, .knobs = {2, 1}, .oversample = times, .oversample_phase = atrous::FilterPhase::minimum};
      CHECK(difference(play(rig.chain, in, ragged(300)), effect(file, in, minimum)) == "");
      rig.chain.settings.set(minimum_phase, 0);
    }
  }
}

TEST_CASE("oversampling that is changed while it plays is led over to") {
  Rig rig(1, 48000);
  as_process(rig.chain);
  rig.choose(model_part, amp);
  const Rows in = noise(1, 48000);
  play(rig.chain, in, blocks(64));
  rig.chain.settings.set(oversample, 1);
  for (int tries = 0; rig.chain.latency() == 0 && tries < 3000; ++tries) {
    play(rig.chain, {Sound(64)}, blocks(64));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE(rig.chain.latency() == 64);
  const Rows out = play(rig.chain, in, ragged(200)), wanted = effect(amp, in, {.oversample = 2});
  const long settled = 10000;  // beyond what the model remembers
  CHECK(std::equal(out[0].begin() + settled, out[0].end(), wanted[0].begin() + settled));
}
