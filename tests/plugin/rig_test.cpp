// Files: found, missing, refused, shared, moved; and cabinets made of them.
#include <sys/stat.h>

#include <cstdlib>

#include "catch.hpp"
#include "difference.hpp"
#include "playing.hpp"
#include "rig/file_identity.hpp"
#include "rig/find_file.hpp"
#include "rig/model_cache.hpp"
#include "rig/presets.hpp"
#include "rig/remembered.hpp"

namespace fs = std::filesystem;
using namespace plugin;
using namespace plugin_test;

namespace {

// The signal through taps, as the definition of a convolution has it.
Sound convolved(const Sound& in, const Sound& taps) {
  Sound out(in.size());
  for (std::size_t t = 0; t < in.size(); ++t) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min(t + 1, taps.size()); ++i) sum += double(taps[i]) * double(in[t - i]);
    out[t] = float(sum);
  }
  return out;
}

Sound loaded(const std::string& file, Part part, double rate, const Sound& in) {
  Rig rig(1, rate);
  as_process(rig.chain);
  rig.chain.settings.set(cabinet, 1);
  rig.choose(part, file);
  REQUIRE(rig.report(part).problem == "");
  return play(rig.chain, {in}, ragged(700))[0];
}

}  // namespace

TEST_CASE("a cabinet is the convolution with its file, of a side for each channel, without latency") {
  const Folder folder;
  Random random(1);
  const Sound left = atrous::test::uniform(random, 900), right = atrous::test::uniform(random, 900);
  Sound both;
  for (std::size_t t = 0; t < left.size(); ++t) both.insert(both.end(), {left[t], right[t]});
  atrous::write_audio(folder / "mono.flac",
                      {.channels = 1, .samples = left, .format = {"flac", atrous::SampleFormat::pcm24}});
  atrous::write_audio(folder / "stereo.wav", {.channels = 2, .samples = both});
  const Rows in = noise(2, 5000);

  for (const Part part : {cabinet_a_part, cabinet_b_part}) {
    CHECK(largest_difference(loaded(folder / "mono.flac", part, 48000, in[0]), convolved(in[0], left)) <= 1e-5);
    Sound mean = left;
    for (std::size_t t = 0; t < mean.size(); ++t) mean[t] = 0.5f * (left[t] + right[t]);
    CHECK(largest_difference(loaded(folder / "stereo.wav", part, 48000, in[0]), convolved(in[0], mean)) <= 1e-5);
  }
  Rig rig(2, 48000);
  as_process(rig.chain);
  rig.chain.settings.set(cabinet, 1);
  rig.choose(cabinet_a_part, folder / "stereo.wav");
  const Rows out = play(rig.chain, in, ragged(700));
  CHECK(largest_difference(out[0], convolved(in[0], left)) <= 1e-5);
  CHECK(largest_difference(out[1], convolved(in[1], right)) <= 1e-5);
  CHECK(rig.chain.latency() == 0);

  // Both of them, blended.
  rig.choose(cabinet_b_part, folder / "mono.flac");
  rig.chain.settings.set(cabinet_blend, 25);
  rig.start();
  const Rows blend = play(rig.chain, in, ragged(700));
  Sound wanted = convolved(in[1], right);
  const Sound other = convolved(in[1], left);
  for (std::size_t t = 0; t < wanted.size(); ++t) wanted[t] = 0.75f * wanted[t] + 0.25f * other[t];
  CHECK(largest_difference(blend[1], wanted) <= 1e-5);
}

TEST_CASE("a cabinet of another rate is resampled, at the same level, and its silent end is cut off") {
  const Folder folder;
  Random random(2);
  Sound taps = atrous::test::uniform(random, 2000);
  for (std::size_t t = 0; t < taps.size(); ++t)
    taps[t] *= float(std::exp(-double(t) / 200) * std::min(1.0, double(t) / 100));
  taps.resize(96000);
  atrous::write_audio(folder / "ir.wav", {.sample_rate = 96000, .samples = taps});
  const Impulse impulse(folder / "ir.wav");
  CHECK(impulse.taps(96000, 1)[0].size() < 3000);
  const Sound at_48k = impulse.taps(48000, 1)[0];
  CHECK(at_48k.size() < 1500);
  double before = 0, after = 0;  // the response at 0 Hz
  for (const float x : taps) before += double(x);
  for (const float x : at_48k) after += double(x);
  CHECK(after == Approx(before).epsilon(0.01));
}

TEST_CASE("files that cannot be played say why, and change nothing that is heard") {
  const Folder folder;
  Rig rig(1, 48000);
  as_process(rig.chain);
  const std::string good = folder.write("good.nam", effect_file(1));
  rig.choose(model_part, good);
  const Rows in = noise(1, 2000);
  const Rows wanted = play(rig.chain, in, blocks(64));

  const std::string broken = folder.write("broken.nam", effect_file(1).dump().substr(0, 500));
  const std::string text = folder.write("text.nam", std::string("hello"));
  const std::string pipe = folder / "pipe.nam";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string folder_of = folder / "folder.nam";
  fs::create_directory(folder_of);
  const std::string generator = ATROUS_SOURCE_DIR "/models/voice.safetensors";
  for (const std::string& bad : {broken, text, pipe, folder_of, generator}) {
    INFO(bad);
    rig.choose(model_part, bad);
    const FileReport report = rig.report(model_part);
    CHECK(report.problem != "");
    CHECK(report.problem.find('\n') == std::string::npos);
    CHECK(report.tried == bad);
    CHECK(report.playing == good);
    CHECK(report.wanted == good);
    CHECK_FALSE(report.loading);
    rig.start();
    CHECK(difference(play(rig.chain, in, blocks(64)), wanted) == "");
    for (const Part part : {cabinet_a_part, cabinet_b_part}) {
      rig.choose(part, bad);
      CHECK(rig.report(part).problem != "");
      CHECK(rig.report(part).wanted == bad);  // nothing else plays there
    }
  }

  // A missing one is remembered.
  rig.choose(model_part, folder / "gone.nam");
  CHECK(rig.report(model_part).wanted == folder / "gone.nam");
  CHECK(rig.report(model_part).problem.find("there is no such file") != std::string::npos);
  rig.choose(model_part, "");
  CHECK(rig.report(model_part).problem == "");
  CHECK(rig.report(model_part).playing == "");
  CHECK_FALSE(rig.model_report());
}

TEST_CASE("a session that has moved finds its files by the ends of their paths") {
  const Folder folder;
  fs::create_directories(folder / "old/models");
  fs::create_directories(folder / "cabs");
  std::ofstream(folder / "old/models/a.nam") << effect_file(1).dump();
  std::ofstream(folder / "old/models/a.wav") << "x";
  const std::string was = folder / "old/models/a.nam";
  CHECK(find_file(was, {}) == was);
  CHECK(find_file("", {}) == "");
  fs::rename(folder / "old", folder / "new");
  CHECK(find_file(was, {}) == std::nullopt);
  CHECK(find_file(was, {folder / "cabs", folder / "new"}) == folder / "new/models/a.nam");
  CHECK(find_file(was, {folder / "new/models"}) == folder / "new/models/a.nam");
  fs::create_directories(folder / "new/session");
  const fs::path before = fs::current_path();
  fs::current_path(folder / "new/session");
  CHECK(find_file(was, usual_bases()) == folder / "new/models/a.nam");
  fs::current_path(before);

  setenv("ATROUS_PATH", (folder / "cabs:" + (folder / "new")).c_str(), 1);
  Rig rig(1, 48000);
  rig.choose(model_part, was);
  CHECK(rig.report(model_part).problem == "");
  CHECK(rig.report(model_part).wanted == folder / "new/models/a.nam");
  unsetenv("ATROUS_PATH");
  // Beside it, what went with it is found too, without any other hint.
  rig.choose(cabinet_a_part, folder / "old/models/a.wav");
  CHECK(rig.report(cabinet_a_part).problem.find("new/models/a.wav") != std::string::npos);  // found, and no sound
}

TEST_CASE("next and previous go through the folder, round and round, past what is refused") {
  const Folder folder;
  for (const char* name : {"a.nam", "b.nam", "d.NAM"}) folder.write(name, effect_file(1));
  folder.write("c.nam", std::string("broken"));
  folder.write("readme.txt", std::string("hello"));
  Rig rig(1, 48000);
  rig.choose(model_part, folder / "a.nam");
  std::vector<std::string> tried, playing;
  for (int i = 0; i < 5; ++i) {
    rig.choose(model_part, *rig.neighbour_of(model_part, 1));
    tried.push_back(fs::path(rig.report(model_part).tried).filename());
    playing.push_back(fs::path(rig.report(model_part).playing).filename());
  }
  CHECK(tried == std::vector<std::string>{"b.nam", "c.nam", "d.NAM", "a.nam", "b.nam"});
  CHECK(playing == std::vector<std::string>{"b.nam", "b.nam", "d.NAM", "a.nam", "b.nam"});
  rig.choose(model_part, *rig.neighbour_of(model_part, -1));
  CHECK(rig.report(model_part).playing == folder / "a.nam");
  rig.choose(model_part, *rig.neighbour_of(model_part, -1));
  CHECK(rig.report(model_part).playing == folder / "d.NAM");
  // Sessions of LV2 hold links to files elsewhere.
  fs::create_directory(folder / "session");
  fs::create_symlink("../b.nam", folder / "session/b.nam");
  rig.choose(model_part, folder / "session/b.nam");
  CHECK(rig.neighbour_of(model_part, -1) == folder / "a.nam");
  rig.choose(model_part, folder / "d.NAM");
  fs::remove(folder / "d.NAM");
  rig.choose(model_part, *rig.neighbour_of(model_part, 1));
  CHECK(rig.report(model_part).playing == folder / "a.nam");
}

TEST_CASE("instances share the network of a file for as long as one plays it, and a new file is a new one") {
  const Folder folder;
  const std::string file = folder.write("a.nam", effect_file(1));
  std::weak_ptr<const Model> first;
  {
    const auto a = shared_model(file), b = shared_model(file);
    CHECK(a == b);
    first = a;
    fs::create_symlink(file, folder / "link.nam");
    CHECK(shared_model(folder / "link.nam") == a);
    folder.write("new.nam", effect_file(2));
    fs::rename(folder / "new.nam", file);
    const auto c = shared_model(file);
    CHECK(c != a);
    CHECK(shared_model(file) == c);
  }
  CHECK(first.expired());
}

TEST_CASE("a model replaced on disk while it plays goes on, and is read anew when it is chosen again") {
  const Folder folder;
  const std::string file = folder.write("a.nam", effect_file(1));
  Rig rig(1, 48000);
  as_process(rig.chain);
  rig.choose(model_part, file);
  const Rows in = noise(1, 2000);
  const Rows before = play(rig.chain, in, blocks(64));
  folder.write("a.nam", std::string("rubbish"));
  rig.start();
  CHECK(difference(play(rig.chain, in, blocks(64)), before) == "");
  folder.write("a.nam", effect_file(2));
  rig.choose(model_part, file);
  rig.start();
  CHECK(difference(play(rig.chain, in, blocks(64)), effect(file, in)) == "");
}

TEST_CASE("the host's rate changes: model and cabinets follow, and the latency") {
  const Folder folder;
  atrous::write_audio(folder / "ir.wav", {.samples = noise(1, 500)[0]});
  Rig rig(1, 48000);
  rig.choose(model_part, amp);
  rig.choose(cabinet_a_part, folder / "ir.wav");
  CHECK(rig.chain.latency() == 0);
  rig.set_sample_rate(96000);
  const int latency = rig.chain.latency();
  CHECK(latency > 0);
  CHECK(rig.chain.settings.get(exact_latency) == Approx(double(latency)).margin(0.51));
  const Rows in = noise(1, 5000);
  const Rows out = play(rig.chain, in, blocks(64));
  Rig fresh(1, 96000);
  fresh.choose(model_part, amp);
  fresh.choose(cabinet_a_part, folder / "ir.wav");
  CHECK(difference(play(fresh.chain, in, blocks(64)), out) == "");
  rig.set_sample_rate(48000);
  CHECK(rig.chain.latency() == 0);
}

TEST_CASE("what there is to say about a model") {
  Rig rig(1, 48000);
  CHECK_FALSE(rig.model_report());
  rig.choose(model_part, amp);
  REQUIRE(rig.model_report());
  CHECK(rig.model_report()->sample_rate == 48000);
  CHECK(rig.model_report()->receptive_field > 100);
  CHECK(rig.model_report()->parameters > 1000);
  CHECK(rig.model_report()->architecture == "WaveNet");
}

TEST_CASE("a model's knobs have the model's names, ranges and positions, and parameters go over their range") {
  const Folder folder;
  Rig rig(1, 48000);
  rig.choose(model_part, folder.write("knobs.nam", knob_file(1)));
  REQUIRE(rig.model_report());
  const std::vector<ModelKnob> knobs = rig.model_report()->knobs;
  CHECK(knobs == std::vector<ModelKnob>{{"Gain", 0, 10, 5, {}}, {"Voice", 0, 2, 1, {"Clean", "Crunch", "Lead"}}});
  CHECK(knob_value(knobs[0], -1) == 5);
  CHECK(knob_value(knobs[0], 0) == 0);
  CHECK(knob_value(knobs[0], 100) == 10);
  CHECK(knob_value(knobs[0], -0.4f) == 0);
  CHECK(knob_text(knobs[0], 25) == "2.5");
  CHECK(knob_place(knobs[0], -1) == 0.5f);
  CHECK(knob_value(knobs[1], 24) == 0);
  CHECK(knob_value(knobs[1], 26) == 1);
  CHECK(knob_text(knobs[1], -1) == "Crunch");
  CHECK(knob_text(knobs[1], 100) == "Lead");
  CHECK(knob_says(knobs[0]) == "Gain, from 0 to 10; by default 5");
  CHECK(knob_says(knobs[1]) == "Voice: Clean, Crunch, Lead; by default Crunch");
  CHECK(knob_parameter(knobs[0], "2.5") == 25);
  CHECK(knob_parameter(knobs[0], "1e9") == 100);
  CHECK_FALSE(knob_parameter(knobs[0], "loud"));
  CHECK(knob_parameter(knobs[1], "Lead") == 100);
  CHECK(knob_parameter(knobs[1], "1") == 50);
  int changes = 0;
  Rig other(1, 48000);
  other.model_changed = [&changes] { ++changes; };
  other.choose(model_part, amp);
  REQUIRE(other.wait(60));
  CHECK(other.model_report()->knobs.empty());
  other.choose(model_part, folder / "missing.nam");
  REQUIRE(other.wait(60));
  CHECK(changes == 1);
}

TEST_CASE("the stand-alone finds its settings and files again") {
  const Folder folder;
  const std::string file = folder / "deep/er/a.conf";
  {
    Rig rig(1, 48000);
    rig.chain.settings.set(treble, -2.25f);
    rig.chain.settings.set(bypass, 1);
    rig.chain.settings.set(first_knob + 2, 12.5f);
    rig.chain.settings.set(oversample, 2);
    rig.choose(model_part, amp);
    rig.choose(cabinet_a_part, folder / "gone with spaces.wav");
    remember(rig, file);
  }
  Rig rig(1, 48000);
  recall(rig, file);
  CHECK(rig.chain.settings.get(treble) == -2.25f);
  CHECK(rig.chain.settings.get(bypass) == 0);
  CHECK(rig.chain.settings.get(first_knob) == -1);
  CHECK(rig.chain.settings.get(first_knob + 2) == 12.5f);
  CHECK(rig.chain.settings.get(oversample) == 2);
  CHECK(rig.report(model_part).playing == amp);
  CHECK(rig.report(cabinet_a_part).wanted == folder / "gone with spaces.wav");
  folder.write("bad.conf", std::string("treble\ntreble x\nbass 1e9\n\xff\xfe 3\nmodel "));
  recall(rig, folder / "bad.conf");
  recall(rig, folder / "none.conf");
  CHECK(rig.chain.settings.get(treble) == -2.25f);
  CHECK(rig.chain.settings.get(bass) == 12);
  CHECK(rig.report(model_part).playing == amp);
  setenv("XDG_CONFIG_HOME", "/c", 1);
  CHECK(remembered_file("AtrousMono") == "/c/atrous/AtrousMono.conf");
  unsetenv("XDG_CONFIG_HOME");
}

TEST_CASE("presets are of their parameters' ranges, and have names of their own") {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < preset_count(); ++i) {
    names.push_back(preset(i).name);
    for (unsigned p = 0; p < input_count; ++p) {
      const float value = preset(i).settings.values[p];
      CHECK((value >= parameter_info(p).least && value <= parameter_info(p).most));
    }
  }
  std::sort(names.begin(), names.end());
  CHECK(std::unique(names.begin(), names.end()) == names.end());
}

TEST_CASE("parameters have names, symbols, ranges and texts") {
  std::vector<std::string> symbols;
  for (unsigned i = 0; i < parameter_count; ++i) {
    const ParameterInfo& info = parameter_info(i);
    symbols.push_back(info.symbol);
    CHECK(std::string(info.name) != "");
    CHECK(std::string(info.text).find('.') == std::string::npos);
    CHECK(info.least < info.most);
    CHECK((info.usual >= info.least && info.usual <= info.most));
  }
  std::sort(symbols.begin(), symbols.end());
  CHECK(std::unique(symbols.begin(), symbols.end()) == symbols.end());
  CHECK(std::string(parameter_text(input_gain, 3).characters) == "+3.0 dB");
  CHECK(std::string(parameter_text(gate, 1).characters) == "On");
  CHECK(std::string(parameter_text(quality, 50).characters) == "50 %");
  CHECK(std::string(parameter_text(gate_threshold, -70).characters) == "-70 dB");
  CHECK(std::string(parameter_text(first_knob, -1).characters) == "Default");
  CHECK(std::string(parameter_text(first_knob + 7, 50).characters) == "50 %");
  CHECK(std::string(parameter_text(oversample, 2).characters) == "4x");
}
