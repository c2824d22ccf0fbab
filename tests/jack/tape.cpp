// tape MODEL IN.wav PLAYED.wav RECORDED.wav TO-PORT FROM-PORT [FRAMES-OF-A-BLOCK...]: plays a second of a mono sound,
// at whatever rate the server has, into one port of a JACK client, and records what comes out of another at the same
// time; writes both as floats. Fails where JACK states another latency than the model has as an effect. Where sizes of
// blocks are given, the server is set to one after the other meanwhile.
//
// Player and recorder are clients of their own, so that the signal does not run in a circle: in a synchronous server
// each then runs once in every cycle, in this order, and what is recorded in a cycle is what came of what was played in
// it.
#include <jack/jack.h>

#include <algorithm>
#include <atomic>
#include <atrous/audio.hpp>
#include <atrous/effect.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Samples = float*;

struct Close {
  void operator()(jack_client_t* client) const { jack_client_close(client); }
};

Samples buffer(jack_port_t* port, jack_nframes_t frames) {
  return static_cast<Samples>(jack_port_get_buffer(port, frames));
}

template <typename Condition>
void wait_for(const std::string& what, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited for 20 s: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

struct Client {
  Client(const char* name, const char* port_name, unsigned long flags, JackProcessCallback process, void* self) {
    wait_for("a JACK server", [&] {
      client.reset(jack_client_open(name, JackNoStartServer, nullptr));
      return client != nullptr;
    });
    port = jack_port_register(client.get(), port_name, JACK_DEFAULT_AUDIO_TYPE, flags, 0);
    if (!port) throw std::runtime_error("JACK has no port");
    jack_set_process_callback(client.get(), process, self);
  }

  std::unique_ptr<jack_client_t, Close> client;
  jack_port_t* port = nullptr;
};

class Tape {
 public:
  Tape(const char* to, const char* from)
      : player_("player", "out", JackPortIsOutput, play, this),
        recorder_("recorder", "in", JackPortIsInput, record, this) {
    wait_for(from, [&] { return jack_port_by_name(player(), from); });
    if (jack_activate(player()) != 0 || jack_activate(recorder_.client.get()) != 0) {
      throw std::runtime_error("JACK does not activate a client");
    }
    connect(jack_port_name(player_.port), to);
    connect(from, jack_port_name(recorder_.port));
    // The graph changes its order between cycles, now and then a few later.
    const int now = cycles_;
    wait_for("the graph", [&] { return cycles_ > now + 50; });
  }

  // What comes back of the whole sound.
  const std::vector<float>& run(const std::vector<float>& sound, const std::vector<jack_nframes_t>& blocks) {
    sound_ = sound;
    recorded_.resize(sound.size());
    running_ = true;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const std::size_t part = sound_.size() * (i + 1) / (blocks.size() + 1);
      wait_for("a part of the sound", [&] { return heard_ >= part; });
      if (jack_set_buffer_size(player(), blocks[i]) != 0) throw std::runtime_error("JACK keeps the size of its blocks");
    }
    wait_for("the sound", [this] { return heard_ == sound_.size(); });
    return recorded_;
  }

  double rate() { return jack_get_sample_rate(player()); }

  // From the player's port to the recorder's; the way from the sound card is no shorter.
  jack_nframes_t latency() {
    jack_latency_range_t range{};
    jack_port_get_latency_range(recorder_.port, JackCaptureLatency, &range);
    return range.min;
  }

 private:
  jack_client_t* player() { return player_.client.get(); }

  // A client has its ports before it is active, and no port connects until then.
  void connect(const char* from, const char* to) {
    wait_for(std::string("a connection to ") + to, [&] { return jack_connect(player(), from, to) == 0; });
  }

  static int play(jack_nframes_t frames, void* self) {
    auto& tape = *static_cast<Tape*>(self);
    Samples out = buffer(tape.player_.port, frames);
    std::fill_n(out, frames, 0.0F);
    if (!tape.running_) return 0;
    const std::size_t count = std::min<std::size_t>(frames, tape.sound_.size() - tape.played_);
    std::copy_n(tape.sound_.begin() + std::ptrdiff_t(tape.played_), count, out);
    tape.played_ += count;
    return 0;
  }

  static int record(jack_nframes_t frames, void* self) {
    auto& tape = *static_cast<Tape*>(self);
    ++tape.cycles_;
    const std::size_t count = std::min<std::size_t>(frames, tape.played_ - tape.heard_);
    std::copy_n(buffer(tape.recorder_.port, frames), count, tape.recorded_.begin() + std::ptrdiff_t(tape.heard_));
    tape.heard_ += count;
    return 0;
  }

  std::vector<float> sound_, recorded_;
  std::atomic<bool> running_{false};
  std::atomic<std::size_t> played_{0}, heard_{0};
  std::atomic<int> cycles_{0};
  Client player_, recorder_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 7)
    throw std::invalid_argument(
        "usage: tape MODEL IN.wav PLAYED.wav RECORDED.wav TO-PORT FROM-PORT [FRAMES-OF-A-BLOCK...]");
  std::vector<jack_nframes_t> blocks;
  for (int i = 7; i < argc; ++i) blocks.push_back(jack_nframes_t(std::stoul(argv[i])));
  std::vector<float> sound = atrous::read_audio(argv[2]).samples;
  Tape tape(argv[5], argv[6]);
  const double rate = tape.rate();
  sound.resize(std::size_t(rate));
  atrous::write_audio(argv[3], {.sample_rate = rate, .samples = sound});
  atrous::write_audio(argv[4], {.sample_rate = rate, .samples = tape.run(sound, blocks)});
  const atrous::Effect effect(atrous::Network(atrous::Model::load(argv[1])), {.sample_rate = rate});
  if (tape.latency() != effect.latency()) {
    throw std::runtime_error("expected a latency of " + std::to_string(effect.latency()) + ", JACK states " +
                             std::to_string(tape.latency()));
  }
} catch (const std::exception& error) {
  return std::cerr << "tape: " << error.what() << "\n", 1;
}
