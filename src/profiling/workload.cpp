#include "profiling/workload.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/generator.hpp>

#include "kernels/kernels.hpp"
#include "profiling/timing.hpp"

namespace atrous::profiling {
namespace {

// Effects that take blocks in turn, dealt out to the threads.
class Effects {
 public:
  Effects(const ProfileCase& each, int threads) : block_(each.block), threads_(threads) {
    const int channels = each.network.info().inputs;
    for (int v = 0; v < each.streams; ++v) {
      Stream& stream =
          streams_.emplace_back(Stream{Effect(each.network, EffectOptions{.max_block = block_, .channels = channels})});
      stream.in.assign(std::size_t(channels) * block_, 0.1f);
      stream.out = stream.in;
      for (std::size_t c = 0; c < std::size_t(channels); ++c) {
        stream.in_rows.push_back(stream.in.data() + c * block_);
        stream.out_rows.push_back(stream.out.data() + c * block_);
      }
    }
    if (threads_ > 1) measure_blocks_per_thread();
  }

  long blocks() const noexcept { return blocks_; }  // of a stream, that a run takes

  void run() {
    if (threads_ == 1) return run_share(0, blocks_);
    std::vector<std::thread> running;
    running.reserve(threads_);
    for (int t = 0; t < threads_; ++t) {
      running.emplace_back([this, t] { run_share(t, blocks_); });
    }
    for (std::thread& thread : running) thread.join();
  }

 private:
  struct Stream {
    Effect effect;
    std::vector<float> in{}, out{};
    std::vector<const float*> in_rows{};
    std::vector<float*> out_rows{};
  };

  void run_share(int thread, long blocks) noexcept {
    for (long block = 0; block < blocks; ++block) {
      for (std::size_t v = thread; v < streams_.size(); v += threads_) {
        Stream& stream = streams_[v];
        stream.effect.process(stream.in_rows, stream.out_rows, block_);
      }
    }
  }

  // So many that starting a thread is nothing beside them.
  void measure_blocks_per_thread() {
    constexpr double seconds_per_thread = 0.01;
    Timed share{[this] { run_share(0, 1); }, seconds_per_thread};
    take_turns({&share});
    blocks_ = std::max(1L, long(seconds_per_thread / share.median()));
  }

  std::size_t block_;
  int threads_;
  long blocks_ = 1;
  std::vector<Stream> streams_;
};

// Voices that go back to their beginning where the conditioning ends: rare beside the blocks that they run.
class Voices {
 public:
  explicit Voices(const ProfileCase& each)
      : block_(each.block),
        bank_(each.network, options(each.streams), each.threads),
        samples_(block_ * std::size_t(each.streams)),
        spans_(std::size_t(each.streams)) {
    const NetworkInfo& info = each.network.info();
    if (!info.features) return;
    const std::size_t frames = (std::size_t(info.sample_rate) + block_) / info.features->hop + 16;
    const std::vector<float> features(frames * info.features->bins, 0.0f);
    for (std::size_t v = 0; v < spans_.size(); ++v) {
      bank_.append_features(v, features);
      bank_.finish(v);
    }
  }

  void run() {
    for (std::size_t v = 0; v < spans_.size(); ++v) {
      if (bank_.available(v) < block_) bank_.reset(v);
      spans_[v] = std::span(samples_).subspan(v * block_, block_);
    }
    bank_.fill(spans_);
  }

 private:
  static std::vector<GeneratorOptions> options(int streams) {
    auto voices = std::vector<GeneratorOptions>(std::size_t(streams));
    for (std::size_t v = 0; v < voices.size(); ++v) voices[v].voice = v;
    return voices;
  }

  std::size_t block_;
  GeneratorBank bank_;
  std::vector<float> samples_;
  std::vector<std::span<float>> spans_;
};

}  // namespace

Workload make_workload(const ProfileCase& each) {
  const double block_of_all = double(each.block) * each.streams;
  if (each.network.info().generates) {
    const auto voices = std::make_shared<Voices>(each);
    // A single voice has its layers shared, several are dealt out.
    const int threads = each.streams == 1 ? each.threads : std::min(each.threads, each.streams);
    const int groups =
        each.streams == 1 ? 1 : std::max(threads, (each.streams + kernels::max_columns - 1) / kernels::max_columns);
    return {[voices] { voices->run(); }, block_of_all, threads, (each.streams + groups - 1) / groups};
  }
  const int threads = std::min(each.threads, each.streams);
  const auto effects = std::make_shared<Effects>(each, threads);
  return {[effects] { effects->run(); }, block_of_all * double(effects->blocks()), threads};
}

}  // namespace atrous::profiling
