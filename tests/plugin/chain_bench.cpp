// What the plugin's chain costs beside the model alone: medians of rounds in turn, so that a noisy machine is as noisy
// for all. Usage: chain_bench [MODEL [FRAMES]]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "playing.hpp"

using namespace plugin;
using namespace plugin_test;

namespace {

constexpr int rounds = 41, blocks_of_round = 400;

struct Runner {
  const char* name;
  std::function<void()> block;
  std::vector<double> microseconds{};
};

void measure(Runner& runner) {
  const auto began = std::chrono::steady_clock::now();
  for (int n = 0; n < blocks_of_round; ++n) runner.block();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
  runner.microseconds.push_back(took.count() / blocks_of_round);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// A rig that plays `model`, and a block for it to play again and again.
struct Instance {
  Instance(const std::string& model, int channels, std::size_t frames)
      : rig(channels, 48000), in(noise(channels, frames)), out(in) {
    rig.choose(model_part, model);
    rig.wait(60);
  }
  void play() {
    const float* from[] = {in.front().data(), in.back().data()};
    float* to[] = {out.front().data(), out.back().data()};
    rig.chain.process(from, to, in[0].size());
  }

  Rig rig;
  Rows in, out;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string model = argc > 1 ? argv[1] : amp;
  const std::size_t frames = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 64;
  atrous::Effect effect(atrous::Network(atrous::Model::load(model)), {.max_block = frames});
  Rows alone = noise(1, frames);
  const float* from[] = {alone[0].data()};
  float* to[] = {alone[0].data()};
  Instance mono(model, 1, frames), left(model, 1, frames), right(model, 1, frames), stereo(model, 2, frames);
  Instance joined(model, 2, frames);
  joined.rig.chain.settings.set(mono_input, 1);

  std::vector<Runner> runners{
      {"the model alone",
       [&] {
         std::copy(mono.in[0].begin(), mono.in[0].end(), alone[0].begin());
         effect.process(from, to, frames);
       }},
      {"a mono instance", [&] { mono.play(); }},
      {"two mono instances", [&] { left.play(), right.play(); }},
      {"a stereo instance", [&] { stereo.play(); }},
      {"a stereo instance of mono input", [&] { joined.play(); }},
  };
  for (int n = 0; n < rounds; ++n) {
    for (Runner& runner : runners) measure(runner);
  }
  for (const Runner& runner : runners) std::printf("%8.3f us a block: %s\n", median(runner.microseconds), runner.name);
}
