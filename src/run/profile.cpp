#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>
#include <atrous/profile.hpp>

#include "run/floating_point.hpp"
#include "run/stages.hpp"
#include "stream/block_queue.hpp"

namespace atrous {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
  const Clock::time_point start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Seconds per call of `work` in each of several batches that together take about `seconds`.
std::vector<double> time_batches(const std::function<void()>& work, double seconds) {
  constexpr int batches = 9;
  work();  // warms caches and branch predictors
  const double first = std::max(seconds_of(work), 1e-9);
  const long calls = std::max(1L, static_cast<long>(seconds / batches / first));
  std::vector<double> times;
  times.reserve(batches);
  for (int i = 0; i < batches; ++i) {
    times.push_back(seconds_of([&] {
                      for (long call = 0; call < calls; ++call) work();
                    }) /
                    static_cast<double>(calls));
  }
  return times;
}

double time_call(const std::function<void()>& work, double seconds) {
  return median(time_batches(work, seconds));
}

// What the machine reached at its best.
double best_time(const std::function<void()>& work, double seconds) {
  const std::vector<double> times = time_batches(work, seconds);
  return *std::min_element(times.begin(), times.end());
}

MachinePeaks measure_peaks(const kernels::Kernels& kernels, double seconds) {
  MachinePeaks peaks;
  constexpr long rounds = 100000;
  double operations = 0;
  const double spin = best_time([&] { operations = kernels.spin_fma(rounds); }, seconds);
  peaks.fma_gflops = operations / spin * 1e-9;
  const network::AlignedFloats buffer(std::size_t{384} * 1024 / sizeof(float), 1.0f);  // beyond L1, inside any L2
  volatile float keep = 0;
  const double read = best_time([&] { keep = kernels.read_all(buffer.data(), buffer.size()); }, seconds);
  peaks.l2_gbytes_per_second = static_cast<double>(buffer.size() * sizeof(float)) / read * 1e-9;
  return peaks;
}

// One voice, whichever way the network runs.
class Voice {
 public:
  Voice(const Network& network, int block, std::uint64_t index) : network_(network), block_(block), index_(index) {
    samples_.resize(block, 0.1f);
    if (network.info().generates)
      restart();
    else
      effect_.emplace(network, EffectOptions{0, block, network.info().inputs});
  }

  void run() {
    if (effect_) {
      const std::vector<const float*>& in = inputs();
      effect_->process(in.data(), outs_.data(), block_);
    } else if (generator_->available() < samples_.size()) {
      restart();
      generator_->fill(samples_);
    } else {
      generator_->fill(samples_);
    }
  }

 private:
  // A fresh generator with about a second of conditioning. Rare beside the blocks that it runs.
  void restart() {
    const NetworkInfo& info = network_.info();
    generator_.emplace(network_, GeneratorOptions{0, index_});
    if (info.feature_bins == 0) return;
    const int frames = static_cast<int>(info.sample_rate) / std::max(info.feature_hop, 1) + block_ + 2;
    generator_->append_features(std::vector<float>(static_cast<std::size_t>(frames) * info.feature_bins, 0.0f));
    generator_->finish();
  }

  const std::vector<const float*>& inputs() {
    if (ins_.empty()) {
      out_samples_.resize(samples_.size() * network_.info().inputs);
      for (int i = 0; i < network_.info().inputs; ++i) {
        ins_.push_back(samples_.data());
        outs_.push_back(out_samples_.data() + static_cast<std::ptrdiff_t>(i) * block_);
      }
    }
    return ins_;
  }

  Network network_;
  int block_;
  std::uint64_t index_;
  std::vector<float> samples_, out_samples_;
  std::vector<const float*> ins_;
  std::vector<float*> outs_;
  std::optional<Effect> effect_;
  std::optional<Generator> generator_;
};

void check(const ProfileOptions& options) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorCode::argument, "profile: " + message);
  };
  require(options.block >= 1 && options.block <= 65536, "block is out of range, expected 1 to 65536");
  require(options.streams >= 1 && options.streams <= 256, "streams is out of range, expected 1 to 256");
  require(options.threads >= 1 && options.threads <= 256, "threads is out of range, expected 1 to 256");
  require(options.seconds >= 0.01 && options.seconds <= 600, "seconds is out of range, expected 0.01 to 600");
}

// Seconds for one block of every voice, the voices dealt out to the threads.
double time_voices(std::vector<Voice>& voices, const ProfileOptions& options) {
  const int threads = std::min(options.threads, options.streams);
  const auto share = [&](int thread) {
    return [&voices, thread, threads] {
      for (std::size_t v = thread; v < voices.size(); v += threads) voices[v].run();
    };
  };
  if (threads == 1) return time_call(share(0), options.seconds);
  std::vector<double> seconds(threads);
  std::vector<std::thread> running;
  running.reserve(threads);
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] { seconds[t] = time_call(share(t), options.seconds); });
  }
  for (std::thread& thread : running) thread.join();
  return *std::max_element(seconds.begin(), seconds.end());
}

std::vector<StageProfile> time_stages(const Network& network, const ProfileOptions& options, double us_per_sample) {
  const run::FloatingPointScope scope;
  const network::Plan& plan = network.plan();
  const std::vector<run::Stage> stages = network.info().generates
                                             ? run::column_stages(plan)
                                             : run::block_stages(plan, std::min(options.block, stream::block_frames));
  std::vector<StageProfile> profiles;
  double rest = us_per_sample;
  for (const run::Stage& stage : stages) {
    const double seconds = time_call(
        [&] {
          for (const std::function<void()>& call : stage.calls) call();
        },
        options.seconds / static_cast<double>(stages.size()));
    const double us = seconds * 1e6 / stage.samples_per_call;
    profiles.push_back({stage.name, us, us / us_per_sample});
    rest -= us;
  }
  profiles.push_back({"queues and the rest", std::max(rest, 0.0), std::max(rest, 0.0) / us_per_sample});
  return profiles;
}

}  // namespace

Profile profile(const Network& network, const ProfileOptions& options) {
  check(options);
  const NetworkInfo& info = network.info();
  Profile result;
  result.peaks = measure_peaks(*network.plan().kernels, options.seconds / 10);
  std::vector<Voice> voices;
  voices.reserve(options.streams);
  for (int v = 0; v < options.streams; ++v) voices.emplace_back(network, options.block, v);
  const double seconds = time_voices(voices, options);
  const double samples = static_cast<double>(options.block) * options.streams;
  result.samples_per_second = samples / seconds;
  result.us_per_sample = 1e6 * options.streams / result.samples_per_second;
  result.times_real_time = result.samples_per_second / info.sample_rate;
  result.gflops = 2e-9 * static_cast<double>(info.macs_per_sample) * result.samples_per_second;
  const double reads_per_sample = info.generates ? 1.0 : 1.0 / std::min(options.block, stream::block_frames);
  result.gbytes_per_second =
      1e-9 * static_cast<double>(info.weight_bytes) * reads_per_sample * result.samples_per_second;
  result.fma_share = result.gflops / (result.peaks.fma_gflops * std::min(options.threads, options.streams));
  result.stages = time_stages(network, options, result.us_per_sample);
  return result;
}

}  // namespace atrous
