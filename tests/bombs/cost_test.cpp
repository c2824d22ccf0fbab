// What a file is admitted or refused by is what it is thought to cost. Random models at the edges of what files may ask
// for are measured: what they allocate, and the CPU time that they take. Wherever that is worth a thought, it is within
// a factor of three of what was thought. Time is compared with that of a model of known cost, measured in between, so
// that neither a slow machine nor a busy one counts.
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <new>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/generator.hpp>
#include <atrous/network.hpp>

#include "catch.hpp"
#include "features/waveform.hpp"
#include "model/cost.hpp"
#include "model/work.hpp"
#include "network/access.hpp"
#include "profiling/peaks.hpp"
#include "random_models.hpp"
#include "run/channel_streams.hpp"
#include "stream/conditioning.hpp"
#include "stream/floating_point.hpp"

namespace {

std::size_t allocated = 0;

void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  allocated += malloc_usable_size(memory);
  return memory;
}

void release(void* memory) noexcept {
  allocated -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto bytes = std::size_t(alignment);
  return counted(std::aligned_alloc(bytes, (size + bytes - 1) / bytes * bytes));
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

namespace {

using namespace atrous;
using namespace atrous::test;

constexpr double most_apart = 3;
constexpr std::size_t floor_bytes = std::size_t{1} << 18;
constexpr double floor_sample = 200;  // tenths of nanoseconds
constexpr double floor_seconds = 0.01;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

// The least of several runs, of many if they are short.
double seconds(const std::function<void()>& run, int runs = 4) {
  constexpr double enough = 0.01;
  double least = std::numeric_limits<double>::infinity(), total = 0;
  for (int n = 0; n < runs || total < enough; ++n) {
    const double start = cpu_seconds();
    run();
    const double taken = cpu_seconds() - start;
    least = std::min(least, taken), total += taken;
  }
  return least;
}

// Blocks of noise through one stream.
class Playing {
 public:
  explicit Playing(const network::Plan& plan) : streams_(plan, 1, false) {
    Random random(1);
    noise_ = uniform(random, frames);
  }
  // Tenths of nanoseconds of a sample.
  double sample() {
    float* row = block_;
    return seconds([&] { std::copy(noise_.begin(), noise_.end(), block_), streams_.process(&row, frames); }) * 1e10 /
           frames;
  }

 private:
  static constexpr int frames = 64;
  run::ChannelStreams streams_;
  std::vector<float> noise_;
  float block_[frames];
};

// How much longer things take at present than they were found to: by a model of 2 x 10 layers of 16 channels.
class Reference {
 public:
  Reference() : model_(make_effect(extent())), network_(as_model(model_)), playing_(Network::Access::plan(network_)) {}
  double slowness() { return playing_.sample() / model::sample_cost(model_.config); }

 private:
  static Extent extent() {
    Extent result;
    result.stacks = 2, result.layers = 10, result.channels = result.bottleneck = result.skip = 16;
    result.kernel = 3, result.dilation = 16;
    return result;
  }
  model::ModelData model_;
  Network network_;
  Playing playing_;
};

void check_close(const std::string& model, const char* what, double thought, double found, double floor) {
  if (std::max(thought, found) < floor) return;
  INFO(model);
  INFO(what << ": thought to be " << thought << ", found to be " << found);
  if (std::getenv("ATROUS_COSTS")) {
    std::printf("%-10s %12.4g %12.4g %6.2f  %s\n", what, thought, found, thought / found, model.c_str());
  }
  CHECK(thought <= most_apart * found);
  CHECK(found <= most_apart * thought);
}

// Memory that is given back stays with the program, so that the system's price for it is paid once.
void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

struct Edge {
  const char* name;
  int Extent::*number;
  int most;
};

std::string text(const Extent& e) {
  std::string line = "seed " + std::to_string(e.seed);
  const auto add = [&](const char* name, int value) { line += std::string(", ") + name + " " + std::to_string(value); };
  add("stacks", e.stacks), add("layers", e.layers), add("channels", e.channels), add("bottleneck", e.bottleneck);
  add("skip", e.skip), add("kernel", e.kernel), add("dilation", e.dilation), add("groups", e.groups);
  add("post", e.post), add("taps", e.taps), add("cells", e.cells), add("silence", e.silence);
  add("condition", e.condition), add("films", e.films), add("branches", e.branches);
  return line;
}

Extent random_extent(Random& random) {
  Extent e;
  e.seed = unsigned(random());
  e.stacks = spread(random, 1, 3), e.layers = spread(random, 1, 8);
  e.channels = spread(random, 1, 32), e.bottleneck = spread(random, 1, 32),
  e.skip = one_in(random, 3) ? 0 : spread(random, 1, 32);
  e.kernel = spread(random, 1, 4), e.dilation = spread(random, 1, 64),
  e.groups = one_in(random, 2) ? 1 : spread(random, 1, 24);
  e.post = between(random, 0, 2);
  return e;
}

// As far up as `make` lets the number go: what it throws is a limit, or too much for a test.
template <class Make>
model::ModelData at_the_edge(Extent& extent, const Edge& edge, Random& random, const Make& make) {
  constexpr std::int64_t most_weights = 4000000;
  extent.*edge.number = spread(random, std::max(1, edge.most / 64), edge.most);
  while (true) {
    try {
      model::ModelData data = make(extent);
      if (model::count_weights(data) <= most_weights) {
        model::validate(data);
        return data;
      }
    } catch (const Error&) {
    }
    extent.*edge.number /= 2;
  }
}

// What may pass between a file and its network: a second and 256 MB, and as much per megabyte as every file is allowed.
Network packed(const std::string& name, const model::ModelData& data) {
  const double megabytes = 4e-6 * double(model::count_weights(data));
  const std::size_t before = allocated;
  const double start = cpu_seconds();
  Network network(as_model(data));
  INFO(name);
  CHECK(cpu_seconds() - start <= 1 + megabytes);
  CHECK(double(allocated - before) <= 256e6 + 100e6 * megabytes);
  return network;
}

void check_effect(const std::string& name, Reference& reference, const model::ModelData& data) {
  const Network network = packed(name, data);
  const std::size_t before = allocated;
  const stream::BlockStream stream(Network::Access::plan(network));
  check_close(name, "bytes", 4 * model::stream_values(data.config), double(allocated - before), floor_bytes);
  const double slow = reference.slowness();
  const double silence =
      seconds([&] { const run::ChannelStreams streams(Network::Access::plan(network), 1, false); }, 3);
  check_close(name, "silence", 1e-10 * slow * model::silence_cost(data.config), silence, floor_seconds);
  Playing playing(Network::Access::plan(network));
  const double sample = playing.sample();
  check_close(name, "sample", std::min(slow, reference.slowness()) * model::sample_cost(data.config), sample,
              floor_sample);
}

}  // namespace

// What all times are compared with: the limits are meant for a core that does 110 billion operations a second.
TEST_CASE("the model of known cost takes the time that it is thought to take") {
  const stream::FloatingPointScope scope;
  constexpr double gflops = 110;
  Reference reference;
  profiling::Peaks peaks(kernels::best_kernels(), 1);
  for (profiling::Timed* each : {&peaks.fma, &peaks.l2, &peaks.l3}) each->seconds = {seconds(each->work)};
  check_close("reference", "sample", gflops / peaks.result().fma_gflops, reference.slowness(), 0);
}

TEST_CASE("effects take the memory and the time that they are thought to take") {
  const stream::FloatingPointScope scope;
  keep_memory();
  Reference reference;
  Random random(11);
  const std::vector<Edge> edges{{"layers", &Extent::layers, 4096},
                                {"channels", &Extent::channels, 16384},
                                {"bottleneck", &Extent::bottleneck, 8192},
                                {"skip", &Extent::skip, 16384},
                                {"kernel", &Extent::kernel, 65536},
                                {"dilation", &Extent::dilation, 1 << 20},
                                {"post", &Extent::post, 255},
                                {"taps", &Extent::taps, 1 << 20},
                                {"cells", &Extent::cells, 4096},
                                {"silence", &Extent::silence, 1 << 20},
                                {"condition", &Extent::condition, 4096}};
  for (int round = 0; round < 6; ++round) {
    for (const Edge& edge : edges) {
      Extent extent = random_extent(random);
      const std::string name = edge.name;
      extent.films = one_in(random, 4);
      if (one_in(random, 4)) extent.condition = spread(random, 1, 8);
      const bool chain = name == "taps" || name == "cells" || (name == "silence" && one_in(random, 2));
      if (chain) extent.layers = 0, extent.post = name == "taps" ? 0 : spread(random, 1, 8);
      if (name == "silence" && chain) extent.cells = spread(random, 1, 64);
      const model::ModelData data = at_the_edge(extent, edge, random, make_effect);
      check_effect(name + ": " + text(extent), reference, data);
    }
  }
}

TEST_CASE("layers of many groups take the time that they are thought to take") {
  const stream::FloatingPointScope scope;
  keep_memory();
  Reference reference;
  Random random(12);
  for (int round = 0; round < 8; ++round) {
    Extent extent = random_extent(random);
    extent.channels = extent.bottleneck = extent.groups = spread(random, 64, 2048);
    extent.skip = one_in(random, 2) ? 0 : extent.channels;
    extent.stacks = 1, extent.layers = spread(random, 1, 4), extent.post = 0;
    const model::ModelData data = make_effect(extent);
    model::validate(data);
    check_effect("groups: " + text(extent), reference, data);
  }
}

TEST_CASE("layers with branches take the memory and the time that they are thought to take") {
  const stream::FloatingPointScope scope;
  keep_memory();
  Reference reference;
  Random random(17);
  for (int round = 0; round < 12; ++round) {
    Extent extent = random_extent(random);
    extent.branches = between(random, 1, model::max_branches);
    if (round % 3 == 0) extent.kernel = spread(random, 1, 1000);
    const model::ModelData data = make_effect(extent);
    model::validate(data);
    check_effect("branches: " + text(extent), reference, data);
  }
}

namespace {

void check_generator(const std::string& name, Reference& reference, const model::ModelData& data) {
  const Network network = packed(name, data);
  const std::size_t before = allocated;
  Generator generator(network, {.seed = 1});
  check_close(name, "bytes", 4 * model::stream_values(data.config), double(allocated - before), floor_bytes);
  std::vector<float> out(16);  // as many steps as are known ahead at once
  const double slow = reference.slowness();
  const double steps = seconds([&] { generator.fill(out); });
  check_close(name, "step", std::min(slow, reference.slowness()) * model::sample_cost(data.config), steps * 1e10 / 16,
              20 * floor_sample);
}

}  // namespace

TEST_CASE("generators with branches take the memory and the time that they are thought to take") {
  Reference reference;
  Random random(18);
  for (int round = 0; round < 12; ++round) {
    Extent extent = random_extent(random);
    extent.channels = spread(random, 1, 64), extent.bottleneck = spread(random, 1, 64);
    extent.branches = between(random, 1, 4), extent.dilation = spread(random, 16, 256);
    const model::ModelData data = make_generator(extent, {});
    model::validate(data);
    check_generator("branches: " + text(extent), reference, data);
  }
}

TEST_CASE("generators take the memory and the time that they are thought to take") {
  Reference reference;
  Random random(13);
  const std::vector<Edge> edges{{"layers", &Extent::layers, 4096},  {"channels", &Extent::channels, 4096},
                                {"skip", &Extent::skip, 8192},      {"bottleneck", &Extent::bottleneck, 4096},
                                {"kernel", &Extent::kernel, 16384}, {"dilation", &Extent::dilation, 1 << 20}};
  for (int round = 0; round < 6; ++round) {
    for (const Edge& edge : edges) {
      Extent extent = random_extent(random);
      extent.channels = spread(random, 1, 64), extent.bottleneck = spread(random, 1, 64);
      const model::ModelData data =
          at_the_edge(extent, edge, random, [](const Extent& e) { return make_generator(e, {}); });
      check_generator(edge.name + (": " + text(extent)), reference, data);
    }
  }
}

namespace {

// The last samples of some frames, as steps ask for them, so that all taps have something to read.
class Conditioned {
 public:
  explicit Conditioned(const network::Plan& plan) : plan_(plan), condition_(plan) {
    const std::int64_t hop = plan.upsampler->hop();
    const int bins = plan.upsampler->bins_in(), frames = std::clamp(most_values / bins, 64, most_frames);
    Random random(1);
    condition_.append(uniform(random, std::size_t(frames) * bins), true);
    end_ = condition_.available() / ahead * ahead;
    begin_ = end_ - std::min(end_ / 2, std::max<std::int64_t>(2048, 4 * hop)) / ahead * ahead;
  }

  std::int64_t samples() const { return end_ - begin_; }

  void run() {
    for (std::int64_t t = begin_; t < end_; t += ahead) {
      condition_.prepare(t, ahead);
      std::size_t layer = 0;
      for (const network::StackPlan& stack : plan_.stacks) {
        for (const network::LayerPlan& each : stack.layers) {
          for (int n = 0; n < ahead; ++n) condition_.mix(layer, t + n, 0, each.conv.out, z_.data());
          ++layer;
        }
      }
    }
  }

 private:
  static constexpr int ahead = kernels::max_columns, most_frames = 1 << 13, most_values = 1 << 22;
  const network::Plan& plan_;
  stream::Conditioning condition_;
  std::int64_t begin_ = 0, end_ = 0;  // samples
  std::vector<float> z_ = std::vector<float>(2 * model::max_channels);
};

// Lets go of what is too large for a test.
void check_condition(const std::string& name, Reference& reference, const model::ModelData& data) {
  constexpr std::int64_t most_weights = 4000000;
  constexpr int least_samples = 1024;
  constexpr double most_sample = 1e6;
  if (model::condition_cost(data.config) > most_sample) throw Error(ErrorCode::invalid, "slower than a test should be");
  if (model::count_weights(data) > most_weights)
    throw Error(ErrorCode::invalid, "more weights than a test should have");
  const Network network = packed(name, data);
  Conditioned conditioned(Network::Access::plan(network));
  if (conditioned.samples() < least_samples) return;
  const double slow = reference.slowness();
  const double taken = seconds([&] { conditioned.run(); }, 2) / double(conditioned.samples());
  check_close(name, "condition", std::min(slow, reference.slowness()) * model::condition_cost(data.config),
              taken * 1e10, 20 * floor_sample);
}

std::string text(const model::Condition& condition) {
  std::string line = ", bins " + std::to_string(condition.bins);
  for (const model::UpsampleStage& stage : condition.upsampler) {
    line += ", kind " + std::to_string(int(stage.kind)) + " kernel " + std::to_string(stage.kernel) + " stride " +
            std::to_string(stage.stride) + " over bins " + std::to_string(stage.frequency_kernel);
  }
  return line;
}

}  // namespace

TEST_CASE("features take the time that they are thought to take on their way to the layers") {
  const stream::FloatingPointScope scope;
  keep_memory();
  Reference reference;
  Random random(16);
  struct StageEdge {
    const char* name;
    int Stages::*number;
    int most;
  };
  const std::vector<StageEdge> edges{{"stages", &Stages::count, 64},
                                     {"kernel", &Stages::kernel, 65536},
                                     {"bins", &Stages::bins, 16384},
                                     {"over bins", &Stages::frequency_kernel, 4095}};
  for (int round = 0; round < 8; ++round) {
    for (const StageEdge& edge : edges) {
      const Extent extent = random_extent(random);
      Stages stages{between(random, 1, 4), spread(random, 1, 16), spread(random, 1, 64), spread(random, 1, 128),
                    one_in(random, 2) ? 1 : 3};
      for (stages.*edge.number = spread(random, edge.most / 64, edge.most); stages.*edge.number > 0;) {
        try {
          const model::ModelData data = make_generator(extent, stages);
          check_condition(std::string(edge.name) + ": " + text(extent) + text(data.config.wavenet.condition), reference,
                          data);
          break;
        } catch (const Error&) {  // a limit, or too much for a test
          stages.*edge.number /= 2;
        }
      }
    }
  }
}

TEST_CASE("front ends take the time that they are thought to take") {
  const stream::FloatingPointScope scope;
  keep_memory();
  Reference reference;
  Random random(14);
  for (int round = 0; round < 30; ++round) {
    model::ModelData data;
    data.name = "front end";
    data.config.wavenet.post.push_back({{}, {1, 1, 1, 1, 1, false}});
    model::Features features;
    features.sample_rate = data.config.sample_rate = 16000;
    features.fft = one_in(random, 2) ? 1 << between(random, 4, 17) : spread(random, 16, model::max_fft);
    features.window = std::max(1, features.fft / between(random, 1, 4));
    features.hop = std::max(1, features.fft / 2);
    features.bins = spread(random, 1, model::max_channels);
    features.power = one_in(random, 3) ? 1.7 : between(random, 1, 2);
    features.log_base = static_cast<model::LogBase>(between(random, 0, 2));
    data.config.features = features;
    const Model model = as_model(data);
    const auto length = std::size_t(std::max(4 * features.hop, 16000));
    const std::vector<float> sound = uniform(random, length);
    FeatureExtractor extractor(model, 16000);
    extractor.append(sound);
    const double slow = reference.slowness(), taken = seconds([&] { extractor.append(sound); });
    const double thought = 1e-10 * slow * model::features_cost(features) * double(length) / 16000;
    check_close("fft " + std::to_string(features.fft) + ", bins " + std::to_string(features.bins), "features", thought,
                taken, 0);
  }
}

TEST_CASE("a high-pass takes the time that it is thought to take") {
  Reference reference;
  Random random(15);
  for (const int taps : {101, 1001, 20001, 65535}) {
    model::Config config;
    config.waveform.highpass_hz = 100, config.waveform.highpass_taps = taps;
    features::Highpass highpass(config.waveform, config.sample_rate);
    highpass.append(std::vector<float>(65536));
    const std::vector<float> sound = uniform(random, 2400);  // 50 ms
    const double slow = reference.slowness(), taken = seconds([&] { highpass.append(sound); });
    check_close(std::to_string(taps) + " taps", "high-pass", 0.05e-10 * slow * model::highpass_cost(config), taken, 0);
  }
}
