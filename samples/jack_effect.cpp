// jack_effect MODEL [CHANNELS] [--connect]: a model as a live effect, a client "atrous" of JACK (or of PipeWire,
// through pw-jack). --connect joins it to the sound card. Ends with Ctrl-C, and says how many blocks came too late.
#include <jack/jack.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <atrous/effect.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using atrous::Effect;

constexpr std::size_t most_channels = 64;

// The client, its ports, and its effect. JACK calls the static functions; process() alone is called by the audio
// thread.
class Client {
 public:
  Client(jack_client_t* client, const atrous::Network& network, std::size_t channels)
      : client_(client), network_(network), rate_(jack_get_sample_rate(client)) {
    for (std::size_t c = 0; c < channels; ++c) {
      in_.push_back(add_port("in_", c, JackPortIsInput));
      out_.push_back(add_port("out_", c, JackPortIsOutput));
    }
    idle_ = make_effect();
    jack_set_process_callback(client_, process, this);
    jack_set_sample_rate_callback(client_, set_rate, this);
    jack_set_latency_callback(client_, tell_latency, this);
    jack_set_xrun_callback(client_, count_xrun, this);
    jack_on_shutdown(client_, note_end, this);
  }

  ~Client() {
    jack_deactivate(client_);  // no callback runs from here on
    delete idle_.load();
  }

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start() {
    if (jack_activate(client_) != 0) throw std::runtime_error("JACK does not activate the client");
  }

  // To the first so many ports of the sound card.
  void connect() const {
    const auto join = [this](const std::vector<jack_port_t*>& ports, unsigned long theirs) {
      const char** found = jack_get_ports(client_, nullptr, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | theirs);
      for (std::size_t c = 0; found && c < ports.size() && found[c]; ++c) {
        const char* mine = jack_port_name(ports[c]);
        theirs == JackPortIsOutput ? jack_connect(client_, found[c], mine) : jack_connect(client_, mine, found[c]);
      }
      jack_free(found);
    };
    join(in_, JackPortIsOutput);
    join(out_, JackPortIsInput);
  }

  // To be called now and then: follows the rate of the server, which PipeWire changes while it runs. To make an effect
  // allocates and prewarms the model, which no audio thread may wait for. (Other sizes of blocks need nothing: what is
  // more than max_block runs in pieces, and the sound is the same however it is cut.)
  void follow_rate() {
    if (rate_ == rate_of_effect_) return;
    Effect* effect = make_effect();
    Effect* old = nullptr;
    while (!(old = idle_.exchange(nullptr))) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    idle_ = effect;
    delete old;
    jack_recompute_total_latencies(client_);
  }

  bool alive() const { return alive_; }
  int xruns() const { return xruns_; }

 private:
  jack_port_t* add_port(const char* name, std::size_t channel, unsigned long flags) {
    const std::string full = name + std::to_string(channel + 1);
    jack_port_t* port = jack_port_register(client_, full.c_str(), JACK_DEFAULT_AUDIO_TYPE, flags, 0);
    return port ? port : throw std::runtime_error("JACK has no port for " + full);
  }

  Effect* make_effect() {
    rate_of_effect_ = rate_;
    const std::size_t block = std::max<std::size_t>(1, jack_get_buffer_size(client_));
    auto* effect =
        new Effect(network_, {.sample_rate = double(rate_of_effect_), .max_block = block, .channels = int(in_.size())});
    latency_ = jack_nframes_t(effect->latency());
    return effect;
  }

  // Neither allocates, locks nor calls the system: takes the effect, which then is its own, and puts it back. While
  // another thread has it, to change it for another, there is silence.
  static int process(jack_nframes_t frames, void* self) {
    auto& client = *static_cast<Client*>(self);
    const std::size_t channels = client.in_.size();
    std::array<const float*, most_channels> in{};
    std::array<float*, most_channels> out{};
    for (std::size_t c = 0; c < channels; ++c) {
      in[c] = static_cast<const float*>(jack_port_get_buffer(client.in_[c], frames));
      out[c] = static_cast<float*>(jack_port_get_buffer(client.out_[c], frames));
    }
    if (Effect* effect = client.idle_.exchange(nullptr)) {
      effect->process(std::span(in).first(channels), std::span(out).first(channels), frames);
      client.idle_ = effect;
    } else {
      for (std::size_t c = 0; c < channels; ++c) std::fill_n(out[c], frames, 0.0F);
    }
    return 0;
  }

  static int set_rate(jack_nframes_t rate, void* self) {
    static_cast<Client*>(self)->rate_ = rate;
    return 0;
  }

  // What is heard at an output is as old as what came to the input, and the effect's delay; and the other way round.
  static void tell_latency(jack_latency_callback_mode_t mode, void* self) {
    const auto& client = *static_cast<Client*>(self);
    for (std::size_t c = 0; c < client.in_.size(); ++c) {
      const bool forwards = mode == JackCaptureLatency;
      jack_latency_range_t range{};
      jack_port_get_latency_range(forwards ? client.in_[c] : client.out_[c], mode, &range);
      range.min += client.latency_;
      range.max += client.latency_;
      jack_port_set_latency_range(forwards ? client.out_[c] : client.in_[c], mode, &range);
    }
  }

  static int count_xrun(void* self) {
    ++static_cast<Client*>(self)->xruns_;
    return 0;
  }

  static void note_end(void* self) { static_cast<Client*>(self)->alive_ = false; }

  jack_client_t* client_;
  const atrous::Network& network_;
  std::vector<jack_port_t*> in_, out_;
  std::atomic<Effect*> idle_{nullptr};  // null while a thread has it
  std::atomic<jack_nframes_t> rate_, latency_{0};
  jack_nframes_t rate_of_effect_ = 0;
  std::atomic<int> xruns_{0};
  std::atomic<bool> alive_{true};
};

std::atomic<bool> stopped{false};

int run(const char* model, std::size_t channels, bool connect) {
  const atrous::Network network(atrous::Model::load(model));
  if (channels == 0) channels = std::size_t(network.info().inputs);
  struct Close {
    void operator()(jack_client_t* client) const { jack_client_close(client); }
  };
  const std::unique_ptr<jack_client_t, Close> jack(jack_client_open("atrous", JackNoStartServer, nullptr));
  if (!jack) throw std::runtime_error("no JACK server is running (under PipeWire, start this with pw-jack)");
  Client client(jack.get(), network, channels);
  client.start();
  if (connect) client.connect();
  std::cout << jack_get_client_name(jack.get()) << ": " << channels << (channels == 1 ? " channel, " : " channels, ")
            << jack_get_sample_rate(jack.get()) << " Hz, blocks of " << jack_get_buffer_size(jack.get()) << std::endl;
  for (; !stopped && client.alive(); client.follow_rate()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::cout << client.xruns() << " xruns\n";
  if (!client.alive()) throw std::runtime_error("the JACK server has ended");
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool connect = std::erase(arguments, "--connect") > 0;
  const std::size_t channels = arguments.size() == 2 ? std::strtoul(arguments[1].c_str(), nullptr, 10) : 0;
  const bool counted = arguments.size() < 2 || (channels >= 1 && channels <= most_channels);
  if (arguments.empty() || arguments.size() > 2 || !counted) {
    throw std::invalid_argument("usage: jack_effect MODEL [CHANNELS, 1 to 64] [--connect]");
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stopped = true; });
  return run(arguments[0].c_str(), channels, connect);
} catch (const std::exception& error) {
  return std::cerr << "jack_effect: " << error.what() << "\n", 1;
}
