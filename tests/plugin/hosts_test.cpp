// The plugin in hosts of its formats: each test runs over all of them.
#include <malloc.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <regex>
#include <thread>

#include "catch.hpp"
#include "hosts/host.hpp"
#include "playing.hpp"

namespace fs = std::filesystem;
using namespace plugin_test;
using Clock = std::chrono::steady_clock;

namespace {

struct Format {
  const char* name;
  std::unique_ptr<Host> (*open_in)(const std::string& folder, int channels);
  std::unique_ptr<Host> open(int channels) const { return open_in(ATROUS_PLUGINS, channels); }
};
constexpr Format formats[] = {{"LV2", open_lv2}, {"CLAP", open_clap}, {"VST3", open_vst3}};

constexpr std::size_t most = 1024;  // frames in a block

// Has the host play a file, and waits until it is loaded.
void load(Host& host, const std::string& part, const std::string& path) {
  host.choose(part, path);
  for (const auto end = Clock::now() + std::chrono::seconds(60); host.file(part) != path;) {
    if (Clock::now() > end) FAIL("after a minute the host has " << host.file(part) << ", not " << path);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// What `atrous process` lacks, switched off; before the host plays.
void as_process(Host& host) {
  for (const unsigned parameter : {plugin::normalize, plugin::dc_blocker, plugin::cabinet, plugin::gate}) {
    host.set(parameter, 0);
  }
}

// A host that plays a model as `atrous process` does.
std::unique_ptr<Host> playing(const Format& format, int channels, const std::string& model, double rate = 48000) {
  auto host = format.open(channels);
  as_process(*host);
  load(*host, "model", model);
  host->activate(rate, most);
  return host;
}

// The same without a host.
Rows rig_plays(const std::string& model, const Rows& in, double rate) {
  plugin::Rig rig(int(in.size()), rate);
  plugin_test::as_process(rig.chain);
  rig.choose(plugin::model_part, model);
  REQUIRE(rig.wait(60));
  rig.start();
  return play(rig.chain, in, ragged(most));
}

bool is_finite(const Rows& rows) {
  for (const Sound& row : rows) {
    if (!std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); })) return false;
  }
  return true;
}

// In use by this process.
std::size_t bytes_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t tasks() {
  return std::size_t(std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator()));
}

bool is_mapped(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  return std::string(std::istreambuf_iterator<char>(maps), {}).find(name) != std::string::npos;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// A session as it was before there were knobs and oversampling; LV2 writes it as Turtle, the others as text between
// zeros.
std::string as_version_1(std::string session) {
  session = replaced(session, "version 2", "version 1");
  for (const char* symbol : {"knob_[1-8]", "oversample", "minimum_phase"}) {
    const std::string name = symbol;
    session = std::regex_replace(session, std::regex("\\[[^\\]]*\"" + name + "\"[^\\]]*\\] ,"), "");
    session = std::regex_replace(session, std::regex(",[^\\[,]*\\[[^\\]]*\"" + name + "\"[^\\]]*\\]"), "");
    session = std::regex_replace(session, std::regex(name + std::string(R"(\x00[-0-9.]*\x00)")), "");
  }
  return session;
}

}  // namespace

TEST_CASE("a scan shows the plugin's name, channels and parameters, with units, ranges and texts") {
  for (const Format& format : formats) {
    for (const int channels : {1, 2}) {
      INFO(format.name << ", " << channels << " channels");
      const auto host = format.open(channels);
      CHECK(host->name == (channels == 1 ? "Atrous Mono" : "Atrous Stereo"));
      CHECK(host->inputs == channels);
      CHECK(host->outputs == channels);
      REQUIRE(host->parameters.size() == plugin::parameter_count);
      for (unsigned i = 0; i < plugin::parameter_count; ++i) {
        const plugin::ParameterInfo& wanted = plugin::parameter_info(i);
        const HostParameter& shown = host->parameters[i];
        INFO(wanted.name);
        CHECK(shown.name == wanted.name);
        CHECK(shown.unit == wanted.unit);
        CHECK(shown.least == Approx(double(wanted.least)));
        CHECK(shown.most == Approx(double(wanted.most)));
        CHECK(shown.is_output == (wanted.kind == plugin::Kind::meter));
        CHECK(shown.is_toggle == (wanted.kind == plugin::Kind::toggle));
        if (shown.is_output) continue;
        CHECK(shown.usual == Approx(double(wanted.usual)));
        CHECK(host->get(i) == Approx(double(wanted.usual)));
        if (i == plugin::bypass) continue;  // hosts have words of their own for it
        if (shown.is_toggle) {
          CHECK(host->text(i, 0) == "Off");
          CHECK(host->text(i, 1) == "On");
        } else if (wanted.kind == plugin::Kind::choice) {
          CHECK(host->text(i, 0) == "1x");
          CHECK(host->text(i, 1) == "2x");
          CHECK(host->text(i, 2) == "4x");
        } else {
          if (wanted.kind == plugin::Kind::knob) CHECK(host->text(i, wanted.usual) == "Default");
          CHECK(std::stod(host->text(i, shown.most)) == Approx(shown.most));
        }
      }
    }
  }
}

TEST_CASE("at the model's rate the plugin plays the bytes of `atrous process`") {
  const Folder folder;
  for (const int channels : {1, 2}) {
    const Rows in = noise(channels, 30000);
    Sound mixed;
    for (std::size_t t = 0; t < in[0].size(); ++t) {
      for (const Sound& row : in) mixed.push_back(row[t]);
    }
    atrous::write_audio(folder / "in.wav", {.sample_rate = 48000, .channels = channels, .samples = mixed});
    const std::string command =
        ATROUS_PROGRAM " process -q " + std::string(amp) + " " + (folder / "in.wav") + " " + (folder / "out.wav");
    REQUIRE(std::system(command.c_str()) == 0);
    const Sound wanted = atrous::read_audio(folder / "out.wav").samples;
    for (const Format& format : formats) {
      INFO(format.name << ", " << channels << " channels");
      const auto host = playing(format, channels, amp);
      CHECK(host->latency() == 0);
      const Rows out = play(*host, in, ragged(most));
      Sound heard;
      for (std::size_t t = 0; t < out[0].size(); ++t) {
        for (const Sound& row : out) heard.push_back(row[t]);
      }
      CHECK(difference({heard}, {wanted}) == "");
    }
  }
}

TEST_CASE("at any rate, in ragged blocks, a host's plugin plays what the plugin without a host does") {
  for (const double rate : {44100.0, 48000.0, 88200.0, 192000.0}) {
    const Rows in = noise(2, std::size_t(rate / 4));
    const Rows wanted = rig_plays(amp, in, rate);
    for (const Format& format : formats) {
      INFO(format.name << " at " << rate << " Hz");
      const auto host = playing(format, 2, amp, rate);
      CHECK((host->latency() == 0) == (rate == 48000));
      CHECK(difference(play(*host, in, ragged(most)), wanted) == "");
      // And again from the beginning, at another rate and back.
      host->deactivate();
      host->activate(rate == 48000 ? 44100 : 48000, most);
      play(*host, noise(2, 1000), blocks(64));
      host->deactivate();
      host->activate(rate, most);
      CHECK(difference(play(*host, in, ragged(most)), wanted) == "");
    }
  }
}

TEST_CASE("blocks may be played where they stand, and be empty") {
  const Rows in = noise(2, 5000);
  const Rows wanted = rig_plays(amp, in, 48000);
  for (const Format& format : formats) {
    INFO(format.name);
    const auto host = playing(format, 2, amp);
    Rows sound = in;
    std::size_t at = 0;
    for (const std::size_t frames : {1, 0, 1000, 0, 0, 999, 1024, 0, 1024, 952}) {
      float* const rows[] = {sound[0].data() + at, sound[1].data() + at};
      host->process(rows, rows, frames);
      at += frames;
    }
    REQUIRE(at == in[0].size());
    CHECK(difference(sound, wanted) == "");
  }
}

TEST_CASE("the latency is told again when it changes") {
  plugin::Rig rig(1, 96000);
  rig.choose(plugin::model_part, amp);
  REQUIRE(rig.wait(60));
  rig.start();
  const auto wanted = std::size_t(rig.chain.latency());
  CHECK(wanted > 0);
  for (const Format& format : formats) {
    INFO(format.name);
    const auto host = format.open(1);
    host->activate(96000, most);
    play(*host, noise(1, 5000), ragged(most));
    CHECK(host->latency() == 0);
    load(*host, "model", amp);
    play(*host, noise(1, 50000), ragged(most));
    CHECK(host->latency() == wanted);
    CHECK(host->get(plugin::exact_latency) == Approx(double(wanted)).margin(0.51));
    load(*host, "model", "");
    play(*host, noise(1, 50000), ragged(most));
    CHECK(host->latency() == 0);
  }
}

TEST_CASE("a CLAP host with no extension of its own can play a model of another rate") {
  const auto host = open_bare_clap(ATROUS_PLUGINS, 1);
  as_process(*host);
  host->activate(44100, most);
  load(*host, "model", amp);
  play(*host, noise(1, 20000), ragged(most));
  host->deactivate();
  load(*host, "model", "");
  load(*host, "model", amp);
  host->activate(44100, most);
  const Rows in = noise(1, 5000);
  CHECK(difference(play(*host, in, ragged(most)), rig_plays(amp, in, 44100)) == "");
}

TEST_CASE("automated parameters sound as they do without a host") {
  const Rows in = noise(2, 40000);
  // Something else in every block.
  const auto automated = [](auto&& set) {
    return [set, next = ragged(500), n = 0](std::size_t at) mutable {
      ++n;
      set(plugin::input_gain, double(n % 13) - 6);
      set(plugin::bass, 0.25 * double(n % 40) - 5);
      set(plugin::treble, 5 - 0.5 * double(n % 20));
      set(plugin::gate, n % 10 == 3);
      set(plugin::gate_threshold, -20);
      set(plugin::bypass, n % 15 == 7);
      set(plugin::dc_blocker, n % 9 != 2);
      return next(at);
    };
  };
  plugin::Rig rig(2, 48000);
  rig.choose(plugin::model_part, amp);
  REQUIRE(rig.wait(60));
  rig.start();
  const Rows wanted =
      play(rig.chain, in,
           automated([&](unsigned parameter, double value) { rig.chain.settings.set(parameter, float(value)); }));
  for (const Format& format : formats) {
    INFO(format.name);
    const auto host = format.open(2);
    load(*host, "model", amp);
    host->activate(48000, most);
    const Rows out = play(*host, in, automated([&](unsigned parameter, double value) { host->set(parameter, value); }));
    CHECK(difference(out, wanted) == "");
  }
}

TEST_CASE("a session that is saved and restored sounds the same") {
  const Folder files;
  const std::string cabinet = files / "cabinet.wav";
  atrous::write_audio(cabinet, {.samples = noise(1, 500)[0]});
  const Rows in = noise(2, 20000);
  for (const Format& format : formats) {
    INFO(format.name);
    const Folder session;
    Rows wanted;
    {
      const auto host = format.open(2);
      load(*host, "model", amp);
      load(*host, "cabinet_b", cabinet);
      host->set(plugin::input_gain, 3.7);
      host->set(plugin::treble, -2.1);
      host->set(plugin::normalize, 0);
      host->set(plugin::cabinet_blend, 80);
      host->activate(44100, most);
      play(*host, noise(2, 100), blocks(100));
      host->save(session / "");
      host->deactivate();
      host->activate(44100, most);
      wanted = play(*host, in, ragged(most));
    }
    const auto host = format.open(2);
    CHECK(host->restore(session / ""));
    load(*host, "model", amp);  // at once, unless the machine is busy
    CHECK(host->file("cabinet_a") == "");
    CHECK(fs::equivalent(host->file("cabinet_b"), cabinet));  // some keep a link to it in the session
    host->activate(44100, most);
    CHECK(difference(play(*host, in, ragged(most)), wanted) == "");
    CHECK(host->get(plugin::input_gain) == Approx(3.7));
    CHECK(host->get(plugin::normalize) == 0);
    CHECK(host->get(plugin::cabinet_blend) == Approx(80));
  }
}

TEST_CASE("a model's knobs and oversampling are parameters, which a session keeps") {
  const Folder files;
  const std::string model = files.write("knobs.nam", knob_file(7));
  const Rows in = noise(2, 5000);
  const Rows wanted = effect(model, in, {.knobs = {0.3 * 10, 2}, .oversample = 4});
  for (const Format& format : formats) {
    INFO(format.name);
    const Folder session;
    // The second time all is in place from the first frame on.
    const auto plays = [&](Host& host) {
      host.activate(48000, most);
      play(host, noise(2, 100), blocks(100));
      host.deactivate();
      host.activate(48000, most);
      CHECK(host.latency() == 64);
      return play(host, in, ragged(most));
    };
    {
      const auto host = format.open(2);
      as_process(*host);
      load(*host, "model", model);
      host->set(plugin::first_knob, 30);
      host->set(plugin::first_knob + 1, 100);
      host->set(plugin::oversample, 2);
      CHECK(difference(plays(*host), wanted) == "");
      host->save(session / "");
    }
    const auto host = format.open(2);
    CHECK(host->restore(session / ""));
    load(*host, "model", model);
    CHECK(difference(plays(*host), wanted) == "");
    CHECK(host->get(plugin::first_knob) == Approx(30));
    CHECK(host->get(plugin::first_knob + 1) == Approx(100));
    CHECK(host->get(plugin::first_knob + 2) == -1);
    CHECK(host->get(plugin::oversample) == 2);
  }
}

TEST_CASE("a CLAP host shows the model's knobs by the model's names and values") {
  const Folder files;
  const std::string model = files.write("knobs.nam", knob_file(7));
  const auto host = open_clap(ATROUS_PLUGINS, 1);
  const unsigned gain = plugin::first_knob, voice = gain + 1;
  for (const bool is_playing : {false, true, false}) {
    load(*host, "model", is_playing ? model : "");
    host->activate(48000, most);
    play(*host, noise(1, 100), blocks(50));  // between blocks the host is told
    host->deactivate();
    CHECK(host->parameters[gain].name == (is_playing ? "Knob 1: Gain" : "Knob 1"));
    CHECK(host->parameters[voice].name == (is_playing ? "Knob 2: Voice" : "Knob 2"));
    CHECK(host->parameters[voice + 1].name == "Knob 3");
    CHECK(host->text(gain, 72) == (is_playing ? "7.2" : "72 %"));
    CHECK(host->text(voice, 100) == (is_playing ? "Lead" : "100 %"));
    CHECK(host->text(voice, -1) == (is_playing ? "Crunch" : "Default"));
  }
}

TEST_CASE("a session of a version that knew no knobs plays a model with its own defaults") {
  const Folder files;
  const std::string model = files.write("knobs.nam", knob_file(7));
  const Rows in = noise(1, 3000);
  for (const Format& format : formats) {
    INFO(format.name);
    const Folder session;
    const auto host = format.open(1);
    as_process(*host);
    load(*host, "model", model);
    host->activate(48000, most);
    play(*host, in, ragged(most));
    host->save(session / "");
    const std::string file = session / host->session_file();
    const std::string old = as_version_1(read(file));
    CHECK(old.find("knob_1") == std::string::npos);
    write(file, old);
    const auto fresh = format.open(1);
    CHECK(fresh->restore(session / ""));
    load(*fresh, "model", model);
    fresh->activate(48000, most);
    CHECK(difference(play(*fresh, in, ragged(most)), effect(model, in)) == "");
    for (unsigned i = plugin::first_knob; i < plugin::oversample; ++i) CHECK(fresh->get(i) == -1);
    CHECK(fresh->get(plugin::oversample) == 0);
  }
}

TEST_CASE("oversampling that is changed while it plays is told as a new latency") {
  for (const Format& format : formats) {
    INFO(format.name);
    const auto host = playing(format, 1, amp);
    CHECK(host->latency() == 0);
    for (const std::size_t wanted : {64, 0}) {
      host->set(plugin::oversample, wanted > 0 ? 1 : 0);
      for (const auto end = Clock::now() + std::chrono::seconds(60); host->latency() != wanted && Clock::now() < end;) {
        play(*host, noise(1, 500), ragged(most));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      CHECK(host->latency() == wanted);
    }
  }
}

TEST_CASE("a session that has moved with its files finds them") {
  for (const Format& format : formats) {
    INFO(format.name);
    const Folder folder;
    fs::create_directories(folder / "before/models");
    fs::copy_file(amp, folder / "before/models/my amp.nam");
    {
      const auto host = format.open(1);
      load(*host, "model", folder / "before/models/my amp.nam");
      host->save(folder / "before");
    }
    fs::rename(folder / "before", folder / "after");
    // LV2's sessions know their own files; the others look where the user says.
    if (format.open_in != open_lv2) setenv("ATROUS_PATH", (folder / "after").c_str(), 1);
    const auto host = format.open(1);
    CHECK(host->restore(folder / "after"));
    unsetenv("ATROUS_PATH");
    as_process(*host);
    load(*host, "model", folder / "after/models/my amp.nam");
    host->activate(48000, most);
    const Rows in = noise(1, 5000);
    CHECK(difference(play(*host, in, ragged(most)), rig_plays(amp, in, 48000)) == "");
  }
}

TEST_CASE("a session whose model is missing or refused keeps it, and plays it once it is there") {
  for (const Format& format : formats) {
    for (const bool is_missing : {true, false}) {
      INFO(format.name << (is_missing ? ", missing" : ", refused"));
      const Folder folder;
      const std::string model = folder / "a.nam";
      fs::create_directories(folder / "session");
      fs::create_directories(folder / "again");
      fs::copy_file(amp, model);
      {
        const auto host = format.open(1);
        load(*host, "model", model);
        host->save(folder / "session");
      }
      fs::remove(model);
      if (!is_missing) write(model, "hello");
      {
        const auto host = format.open(1);
        CHECK(host->restore(folder / "session"));
        load(*host, "model", model);
        host->activate(48000, most);
        CHECK(is_finite(play(*host, noise(1, 2000), ragged(most))));
        host->save(folder / "again");
      }
      fs::remove(model);
      fs::copy_file(amp, model);
      const auto host = format.open(1);
      CHECK(host->restore(folder / "again"));
      load(*host, "model", model);
      as_process(*host);
      host->activate(48000, most);
      const Rows in = noise(1, 2000);
      CHECK(difference(play(*host, in, ragged(most)), rig_plays(amp, in, 48000)) == "");
    }
  }
}

TEST_CASE("a session that is cut, spoilt or of a later version neither crashes nor stops the plugin") {
  Random random(1);
  for (const Format& format : formats) {
    const Folder folder;
    const std::string file = folder / format.open(1)->session_file();
    {
      const auto host = format.open(1);
      load(*host, "model", amp);
      host->save(folder / "");
    }
    const std::string good = read(file);
    REQUIRE(good.size() > 300);
    std::vector<std::string> sessions{"",
                                      std::string(100000, '\0'),
                                      std::string(1 << 20, 'x'),
                                      good + good,
                                      replaced(good, "version 2", "version 999"),
                                      replaced(good, "version 2", "v")};
    for (std::size_t cut = 1; cut < good.size(); cut += good.size() / 24) sessions.push_back(good.substr(0, cut));
    for (int i = 0; i < 24; ++i) {
      sessions.push_back(good);
      for (int n = 0; n < 20; ++n) sessions.back()[random() % good.size()] = char(random());
    }
    const auto host = format.open(1);
    host->activate(48000, most);
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      INFO(format.name << ", session " << i);
      write(file, sessions[i]);
      host->restore(folder / "");
      CHECK(is_finite(play(*host, noise(1, 200), ragged(100))));
    }
    // It is none the worse for them.
    write(file, good);
    CHECK(host->restore(folder / ""));
    load(*host, "model", amp);
    for (unsigned i = 0; i < plugin::input_count; ++i) host->set(i, host->parameters[i].usual);
    as_process(*host);
    host->deactivate();
    host->activate(48000, most);
    const Rows in = noise(1, 2000);
    CHECK(difference(play(*host, in, ragged(most)), rig_plays(amp, in, 48000)) == "");
  }
}

TEST_CASE("what is no model changes nothing that is heard, and keeps no host waiting") {
  const Folder folder;
  const std::string pipe = folder / "pipe.nam";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_directory(folder / "folder.nam");
  std::vector<std::string> files{pipe, folder / "folder.nam", folder / "missing.nam", "/dev/zero"};
  files.push_back(folder.write("cut.nam", read(amp).substr(0, 1000)));
  for (const char* name : {"huge.nam", "huge.safetensors"}) {
    files.push_back(folder.write(name, std::string()));
    fs::resize_file(files.back(), 400'000'000);
  }
  const Rows in = noise(1, 2000);
  for (const Format& format : formats) {
    const auto host = playing(format, 1, amp);
    const Rows wanted = play(*host, in, ragged(most));
    for (const char* part : {"model", "cabinet_a"}) {
      for (const std::string& bad : files) {
        INFO(format.name << ": " << part << " " << bad);
        const auto begun = Clock::now();
        host->choose(part, bad);
        CHECK(Clock::now() - begun < std::chrono::seconds(10));
        host->deactivate();
        host->activate(48000, most);
        CHECK(difference(play(*host, in, ragged(most)), wanted) == "");
      }
    }
  }
}

TEST_CASE("a model that is replaced on disk while it plays goes on, and is read anew when it is chosen again") {
  const Rows in = noise(1, 2000);
  for (const Format& format : formats) {
    INFO(format.name);
    const Folder folder;
    const std::string file = folder.write("a.nam", effect_file(1));
    const auto host = playing(format, 1, file);
    const Rows before = play(*host, in, ragged(most));
    for (const std::string& now : {std::string("rubbish"), effect_file(2).dump()}) {
      folder.write("a.nam", now);
      host->deactivate();
      host->activate(48000, most);
      CHECK(difference(play(*host, in, ragged(most)), before) == "");
    }
    load(*host, "model", "");
    load(*host, "model", file);
    host->deactivate();
    host->activate(48000, most);
    CHECK(difference(play(*host, in, ragged(most)), effect(file, in)) == "");
  }
}

TEST_CASE("a hundred loads and unloads leave no memory, no thread and no code behind") {
  for (const Format& format : formats) {
    INFO(format.name);
    const auto visit = [&] {
      const auto host = playing(format, 2, amp);
      play(*host, noise(2, 500), blocks(100));
    };
    const std::size_t threads_before = tasks();
    for (int i = 0; i < 20; ++i) visit();
    const std::size_t before = bytes_in_use();
    for (int i = 0; i < 100; ++i) visit();
    const std::size_t after = bytes_in_use();
    CHECK(after < before + 100 * 1024);
    CHECK(tasks() == threads_before);
    CHECK_FALSE(is_mapped("atrous-stereo"));
  }
}

TEST_CASE("a hundred instances share one network") {
  // About half a million weights in few layers: an instance remembers what every layer heard.
  constexpr int size = 256, layers = 2;
  const Folder folder;
  const Json stack = {{"input_size", 1},      {"condition_size", 1}, {"head_size", 1},
                      {"channels", size},     {"kernel_size", 3},    {"dilations", std::vector<int>(layers, 1)},
                      {"activation", "Tanh"}, {"gated", false},      {"head_bias", false}};
  constexpr std::size_t count = size + layers * (size * size * 4 + 3 * size) + size + 1;
  Sound weights(count);
  for (std::size_t i = 0; i < count; ++i) weights[i] = 0.01f * float(i % 7) - 0.03f;
  const std::string model =
      folder.write("large.nam", Json{{"version", "0.5.4"},
                                     {"architecture", "WaveNet"},
                                     {"sample_rate", 48000},
                                     {"config", {{"head_scale", 0.02}, {"layers", Json::array({stack})}}},
                                     {"weights", weights}});
  const std::size_t at_first = bytes_in_use();
  std::optional<atrous::Model> file(atrous::Model::load(model));
  const atrous::Network network(*file);
  file.reset();
  const std::size_t network_bytes = bytes_in_use() - at_first;
  const atrous::Effect effect(network);
  const std::size_t effect_bytes = bytes_in_use() - at_first - network_bytes;
  CHECK(network_bytes > 2 * effect_bytes);

  for (const Format& format : formats) {
    INFO(format.name);
    const std::size_t threads_before = tasks(), before = bytes_in_use();
    std::vector<std::unique_ptr<Host>> hosts;
    hosts.push_back(playing(format, 1, model));
    const std::size_t one = bytes_in_use() - before;
    CHECK(one > network_bytes);
    while (hosts.size() < 100) hosts.push_back(playing(format, 1, model));
    const Rows in = noise(1, 100);
    const Rows wanted = play(*hosts[0], in, blocks(50));
    for (std::size_t i = 1; i < hosts.size(); ++i) CHECK(difference(play(*hosts[i], in, blocks(50)), wanted) == "");
    const std::size_t each = (bytes_in_use() - before - one) / (hosts.size() - 1);
    CAPTURE(one, network_bytes, effect_bytes);
    CHECK(each < effect_bytes + network_bytes / 4);
    hosts.clear();
    CHECK(tasks() == threads_before);
  }
}
