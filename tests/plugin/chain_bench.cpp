// What the plugin's chain costs beside the model alone. Usage: chain_bench [MODEL [FRAMES]]
#include <cstdio>
#include <cstdlib>

#include "playing.hpp"
#include "profiling/timing.hpp"

using namespace plugin;
using namespace plugin_test;

namespace {

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

  atrous::profiling::Timed model_alone{[&] {
    std::copy(mono.in[0].begin(), mono.in[0].end(), alone[0].begin());
    effect.process(from, to, frames);
  }};
  atrous::profiling::Timed one{[&] { mono.play(); }}, two{[&] { left.play(), right.play(); }};
  atrous::profiling::Timed both{[&] { stereo.play(); }}, same{[&] { joined.play(); }};
  atrous::profiling::take_turns({&model_alone, &one, &two, &both, &same});
  const auto print = [](const char* name, const atrous::profiling::Timed& timed) {
    std::printf("%8.3f us a block: %s\n", 1e6 * timed.median(), name);
  };
  print("the model alone", model_alone);
  print("a mono instance", one);
  print("two mono instances", two);
  print("a stereo instance", both);
  print("a stereo instance of mono input", same);
}
