// Networks that many threads share: effects, generators and banks play at once, on one processor and on two, and each
// sounds as it does alone. For ThreadSanitizer above all (preset tsan).
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include <atrous/effect.hpp>
#include <atrous/generator.hpp>

#include "catch.hpp"
#include "slim_files.hpp"

namespace {

using namespace atrous;

constexpr int thread_count = 6, rounds = 3;
using Sound = std::vector<float>;

test::Json filter(test::Random& random) {
  return {{"version", "0.7.0"},
          {"architecture", "Linear"},
          {"config", {{"receptive_field", 2000}, {"bias", false}, {"implementation", "fft"}}},
          {"weights", test::uniform(random, 2000)}};
}

// What the threads share; nothing of it changes while they play.
struct Shared {
  explicit Shared(test::Random random)
      : slim(test::parse(test::small_slim(random).dump())),
        linear(test::parse(filter(random).dump())),
        effects(slim, {.all_sizes = true}),
        generators(test::as_model(test::random_generator(random))),
        in(test::uniform(random, 2000)),
        features(test::uniform(random, 6 * 30)) {}

  Model slim, linear;
  Network effects, generators;
  Sound in, features;
};

// An effect that changes its size on the way.
Sound play_effect(const Shared& shared, std::optional<double> rate) {
  Effect effect(shared.effects, {.sample_rate = rate, .max_block = 64});
  Sound out(shared.in.size());
  for (std::size_t at = 0; at < out.size(); at += 50) {
    if (at % 500 == 0) effect.set_size(double(at % 1000 == 0));
    effect.process(std::span(shared.in).subspan(at), std::span(out).subspan(at, 50));
  }
  return out;
}

// Loaded, packed and planned by this thread, as others are at it too.
Sound play_filter(const Shared& shared) {
  const Network network(shared.linear);
  Effect effect(network, {.max_block = 500});
  Sound out(shared.in.size());
  for (std::size_t at = 0; at < out.size(); at += 500) {
    effect.process(std::span(shared.in).subspan(at), std::span(out).subspan(at, 500));
  }
  return out;
}

Sound play_generator(const Shared& shared, std::uint64_t seed) {
  Generator generator(shared.generators, {.seed = seed});
  generator.append_features(shared.features);
  generator.finish();
  Sound out(300);
  generator.prime(std::span(shared.in).first(50));
  out.resize(generator.fill(out));
  return out;
}

// `count` voices on `threads` threads, one voice after the other.
Sound play_bank(const Shared& shared, std::size_t count, int threads) {
  std::vector<GeneratorOptions> voices(count);
  for (std::size_t v = 0; v < count; ++v) voices[v] = {.seed = 3, .voice = v};
  GeneratorBank bank(shared.generators, voices, threads);
  Sound out(count * 150);
  std::vector<std::span<float>> spans(count);
  for (std::size_t v = 0; v < count; ++v) {
    bank.append_features(v, shared.features);
    bank.finish(v);
    spans[v] = std::span(out).subspan(v * 150, 150);
  }
  bank.fill(spans);
  return out;
}

// What each thread does.
std::vector<std::function<Sound()>> parts(const Shared& shared) {
  return {[&] { return play_effect(shared, {}); }, [&] { return play_effect(shared, 44100); },
          [&] { return play_filter(shared); },     [&] { return play_generator(shared, 7); },
          [&] { return play_bank(shared, 1, 2); }, [&] { return play_bank(shared, 18, 2); }};
}

#if defined(__linux__)
// While one lives, this thread and those that it starts stay on the first `count` of their processors.
class Processors {
 public:
  explicit Processors(int count) {
    REQUIRE(sched_getaffinity(0, sizeof before_, &before_) == 0);
    cpu_set_t few;
    CPU_ZERO(&few);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&few) < count; ++i) {
      if (CPU_ISSET(i, &before_)) CPU_SET(i, &few);
    }
    REQUIRE(sched_setaffinity(0, sizeof few, &few) == 0);
  }
  ~Processors() { sched_setaffinity(0, sizeof before_, &before_); }
  Processors(const Processors&) = delete;
  Processors& operator=(const Processors&) = delete;

 private:
  cpu_set_t before_;
};
#else
struct Processors {
  explicit Processors(int) {}
};
#endif

}  // namespace

TEST_CASE("six threads that share networks each sound as they do alone") {
  const Shared shared(test::Random(9));
  const std::vector<std::function<Sound()>> parts = ::parts(shared);
  REQUIRE(parts.size() == thread_count);
  std::vector<Sound> alone;
  for (const auto& part : parts) alone.push_back(part());
  for (const Sound& sound : alone) {
    REQUIRE(sound.size() > 100);
    CHECK(std::any_of(sound.begin(), sound.end(), [](float x) { return x != 0; }));
  }
  const int processors = GENERATE(1, 2);
  INFO(processors << " processors");
  const Processors few(processors);
  std::vector<std::vector<Sound>> together(thread_count);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < rounds; ++round) together[t].push_back(parts[t]());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < thread_count; ++t) {
    INFO("thread " << t);
    for (const Sound& sound : together[t]) CHECK(sound == alone[t]);
  }
}
