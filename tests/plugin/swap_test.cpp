// Replacing what plays: the sound of it, the real-time contract, and races.
#include <thread>

#include "catch.hpp"
#include "playing.hpp"
#include "real_time_watch.hpp"

using namespace plugin;
using namespace plugin_test;

namespace {

std::shared_ptr<const Model> model_of(const Folder& folder, unsigned seed) {
  return std::make_shared<const Model>(folder.write(std::to_string(seed) + ".nam", effect_file(seed)));
}

std::unique_ptr<Voice> voice_of(const std::shared_ptr<const Model>& model, double rate = 48000) {
  return std::make_unique<Voice>(model, rate, 1, usual_settings());
}

// What a run of a new model plays, begun and prewarmed at that frame.
Sound run_from(const std::shared_ptr<const Model>& model, const Sound& in, std::size_t begin, double rate) {
  Chain chain(1);
  as_process(chain);
  chain.voice().offer(voice_of(model, rate));
  chain.start(rate);
  const Rows out = play(chain, {{in.begin() + long(begin), in.end()}}, blocks(64));
  Sound sound(begin);
  sound.insert(sound.end(), out[0].begin(), out[0].end());
  return sound;
}

}  // namespace

TEST_CASE("at every swap the crossfade leads from the old run to one of the new model begun there") {
  const Folder folder;
  const std::shared_ptr<const Model> models[] = {model_of(folder, 1), model_of(folder, 2), model_of(folder, 3)};
  for (const double rate : {48000.0, 44100.0}) {
    const auto length = std::size_t(0.01 * rate);
    const Rows in = noise(1, 24000);
    Chain chain(1);
    as_process(chain);
    chain.voice().offer(voice_of(models[0], rate));
    chain.start(rate);
    std::vector<std::size_t> swaps;
    const Rows out = play(chain, in, [&](std::size_t at) {
      if (at / 2000 > swaps.size()) {
        swaps.push_back(at);
        chain.voice().offer(voice_of(models[swaps.size() % 3], rate));
      }
      return 1 + at % 97;
    });
    REQUIRE(swaps.size() > 10);
    Sound old = run_from(models[0], in[0], 0, rate);
    for (std::size_t n = 0; n < swaps.size(); ++n) {
      const Sound next = run_from(models[(n + 1) % 3], in[0], swaps[n], rate);
      const std::size_t end = n + 1 < swaps.size() ? swaps[n + 1] : out[0].size();
      for (std::size_t t = swaps[n]; t < end; ++t) {
        const double part = std::min(1.0, double(t - swaps[n]) / double(length));
        const double wanted = (1 - part) * double(old[t]) + part * double(next[t]);
        if (!(std::abs(double(out[0][t]) - wanted) <= 1e-6)) FAIL("swap " << n << ", frame " << t - swaps[n]);
      }
      old = next;
    }
  }
}

TEST_CASE("what is replaced while it waits never plays, and all of it is freed") {
  const Folder folder;
  const auto a = model_of(folder, 1), b = model_of(folder, 2);
  Chain chain(1);
  as_process(chain);
  chain.start(48000);
  for (int i = 0; i < 5; ++i) chain.voice().offer(voice_of(a));
  CHECK(a.use_count() == 2);  // the newest alone
  const Rows in = noise(1, 2000);
  play(chain, in, blocks(64));
  chain.voice().offer(voice_of(b));
  play(chain, in, blocks(64));
  CHECK(a.use_count() == 2);
  chain.voice().collect();
  CHECK(a.use_count() == 1);
  CHECK(!chain.voice().changing());
}

namespace {

// Exchanges while another thread processes.
template <class Audio>
void swap_while_processing(int swaps, const Audio& audio) {
  const Folder folder;
  const std::shared_ptr<const Model> models[] = {
      model_of(folder, 1), std::make_shared<const Model>(folder.write("knobs.nam", knob_file(2)))};
  atrous::write_audio(folder / "a.wav", {.channels = 1, .samples = noise(1, 500)[0]});
  const Impulse impulse(folder / "a.wav");
  Chain chain(1);
  chain.voice().offer(voice_of(models[0]));
  chain.start(48000);
  std::atomic<bool> ends{false};
  std::thread thread([&] { audio(chain, ends); });
  int done = 0;
  for (; done < swaps; ++done) {
    chain.voice().offer(voice_of(models[done % 2]));
    if (done % 10 == 0)
      chain.cabinet_a().offer(done % 20 ? std::make_unique<Cabinet>(impulse, 48000, 1) : std::make_unique<Cabinet>());
    chain.settings.set(input_gain, float(done % 7));
    chain.settings.set(gate, float(done % 3 == 0));
    chain.settings.set(bass, float(done % 5));
    chain.settings.set(bypass, float(done % 50 == 0));
    chain.settings.set(first_knob, float(done % 101));
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (chain.voice().changing() && std::chrono::steady_clock::now() < limit) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      chain.voice().collect();
      chain.cabinet_a().collect();
    }
    if (chain.voice().changing()) break;  // the audio thread is no more
  }
  ends = true;
  thread.join();
  CHECK(done == swaps);
  CHECK(models[0].use_count() + models[1].use_count() == 3);
}

}  // namespace

TEST_CASE("a thousand swaps beside processing threads race nowhere") {
  swap_while_processing(1000, [](Chain& chain, std::atomic<bool>& ends) {
    const Rows in = noise(1, 128);
    Sound out(128);
    for (std::size_t round = 0; !ends; ++round) {
      const float* from = in[0].data();
      float* to = out.data();
      chain.process(&from, &to, 1 + round % 128);
    }
  });
}

TEST_CASE("many instances come and go while their threads load") {
  for (int i = 0; i < 30; ++i) {
    std::vector<std::unique_ptr<Rig>> rigs;
    for (int n = 0; n < 10; ++n) rigs.push_back(std::make_unique<Rig>(1 + n % 2, 48000));
    for (auto& rig : rigs) rig->choose(model_part, amp);
  }
}

#ifdef ATROUS_CAN_WATCH
TEST_CASE("a thousand swaps keep the real-time contract on the audio thread, one of several threads") {
  std::atomic<bool> watched{false}, left{false};
  Counts noticed{}, done{};
  swap_while_processing(1000, [&](Chain& chain, std::atomic<bool>& ends) {
    const Rows in = noise(1, 128);
    Sound out(128);
    noticed = counts(one_fault_of_each);
    watched = forbid_system_calls();
    done = counts([&] {
      for (std::size_t round = 0; !ends; ++round) {
        const float* from = in[0].data();
        float* to = out.data();
        chain.process(&from, &to, 1 + round % 128);
      }
    });
    left = true;
    syscall(SYS_exit, 0);
  });
  CHECK(noticed == Counts{1, 1, 1});
  CHECK(watched);
  CHECK(left);
  CHECK(done == Counts{0, 0, 0});
}

TEST_CASE("a thread that may not call the system is no more when it does, and others are") {
  std::atomic<bool> watched{false}, left{false};
  std::thread([&] {
    watched = forbid_system_calls();
    syscall(SYS_getppid);
    left = true;
    syscall(SYS_exit, 0);
  }).join();
  CHECK(watched);
  CHECK_FALSE(left);
}
#endif
