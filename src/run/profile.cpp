#include <algorithm>
#include <deque>
#include <thread>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>
#include <atrous/profile.hpp>

#include "run/floating_point.hpp"
#include "run/peaks.hpp"
#include "run/stages.hpp"
#include "run/timing.hpp"
#include "stream/block_queue.hpp"

namespace atrous {
namespace {

using run::Timed;

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

// A case with its voices, which take blocks in turn, dealt out to the threads.
class Running {
 public:
  Running(const ProfileCase& each, const ProfileOptions& options)
      : case_(each), threads_(std::min(each.threads, each.streams)) {
    voices_.reserve(each.streams);
    for (int v = 0; v < each.streams; ++v) voices_.emplace_back(each.network, each.block, v);
    whole = {[this] { run(); }, options.seconds};
    if (threads_ > 1) measure_blocks_per_thread();
    const network::Plan& plan = each.network.plan();
    stages_ = each.network.info().generates ? run::column_stages(plan)
                                            : run::block_stages(plan, std::min(each.block, stream::block_frames));
    if (!options.stages) return;
    for (const run::Stage& stage : stages_) {
      stages.push_back({[&stage] {
                          for (const std::function<void()>& call : stage.calls) call();
                        },
                        options.seconds / static_cast<double>(stages_.size())});
    }
  }
  Running(const Running&) = delete;  // what is timed refers to it
  Running& operator=(const Running&) = delete;

  Timed whole;
  std::vector<Timed> stages;

  Profile result(const MachinePeaks& peaks) const {
    const NetworkInfo& info = case_.network.info();
    Profile profile;
    profile.peaks = peaks;
    profile.samples_per_second =
        static_cast<double>(case_.block) * case_.streams * static_cast<double>(blocks_) / whole.median();
    profile.us_per_sample = 1e6 * case_.streams / profile.samples_per_second;
    profile.times_real_time = profile.samples_per_second / info.sample_rate;
    profile.gflops = 2e-9 * static_cast<double>(info.macs_per_sample) * profile.samples_per_second;
    profile.fma_share = profile.gflops / (peaks.fma_gflops * threads_);
    double bytes_per_sample = 0;
    for (const run::Stage& stage : stages_) {
      bytes_per_sample += static_cast<double>(stage.weight_bytes) / stage.samples_per_call;
    }
    profile.gbytes_per_second = 1e-9 * bytes_per_sample * profile.samples_per_second;
    profile.weights_level = run::cache_level(info.weight_bytes);
    profile.bandwidth_share =
        profile.gbytes_per_second /
        ((profile.weights_level == 2 ? peaks.l2_gbytes_per_second : peaks.l3_gbytes_per_second) * threads_);
    if (!stages.empty()) profile.stages = shares(profile.us_per_sample);
    return profile;
  }

 private:
  void run() {
    if (threads_ == 1) return run_share(0, 1);
    std::vector<std::thread> running;
    running.reserve(threads_);
    for (int t = 0; t < threads_; ++t) {
      running.emplace_back([this, t] { run_share(t, blocks_); });
    }
    for (std::thread& thread : running) thread.join();
  }

  void run_share(int thread, long blocks) {
    for (long block = 0; block < blocks; ++block) {
      for (std::size_t v = thread; v < voices_.size(); v += threads_) voices_[v].run();
    }
  }

  // So many that starting a thread is nothing beside them.
  void measure_blocks_per_thread() {
    constexpr double seconds_per_thread = 0.01;
    Timed share{[this] { run_share(0, 1); }, seconds_per_thread};
    run::take_turns({&share});
    blocks_ = std::max(1L, static_cast<long>(seconds_per_thread / share.median()));
  }

  std::vector<StageProfile> shares(double us_per_sample) const {
    std::vector<StageProfile> profiles;
    double rest = us_per_sample;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const double us = stages[i].median() * 1e6 / stages_[i].samples_per_call;
      profiles.push_back({stages_[i].name, us, us / us_per_sample});
      rest -= us;
    }
    profiles.push_back({"queues and the rest", std::max(rest, 0.0), std::max(rest, 0.0) / us_per_sample});
    return profiles;
  }

  const ProfileCase& case_;
  int threads_;
  long blocks_ = 1;  // of a voice, that a run takes
  std::vector<Voice> voices_;
  std::vector<run::Stage> stages_;
};

void check(const std::vector<ProfileCase>& cases, const ProfileOptions& options) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorCode::argument, "profile: " + message);
  };
  for (const ProfileCase& each : cases) {
    require(each.block >= 1 && each.block <= 65536, "block is out of range, expected 1 to 65536");
    require(each.streams >= 1 && each.streams <= 256, "streams is out of range, expected 1 to 256");
    require(each.threads >= 1 && each.threads <= 256, "threads is out of range, expected 1 to 256");
  }
  require(options.seconds >= 0.01 && options.seconds <= 600, "seconds is out of range, expected 0.01 to 600");
}

// The peaks of the case's instruction set; measured once where several cases share it.
run::Peaks& peaks_of(const ProfileCase& each, std::deque<run::Peaks>& known, double seconds) {
  const kernels::Kernels& kernels = *each.network.plan().kernels;
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const run::Peaks& peaks) { return peaks.kernels().isa == kernels.isa; });
  return found == known.end() ? known.emplace_back(kernels, seconds / 10) : *found;
}

}  // namespace

std::vector<Profile> profile(const std::vector<ProfileCase>& cases, const ProfileOptions& options) {
  check(cases, options);
  std::deque<run::Peaks> peaks;
  std::deque<Running> running;
  for (const ProfileCase& each : cases) {
    peaks_of(each, peaks, options.seconds);
    running.emplace_back(each, options);
  }
  std::vector<Timed*> all;
  for (run::Peaks& each : peaks) all.insert(all.end(), {&each.fma, &each.l2, &each.l3});
  for (Running& each : running) {
    all.push_back(&each.whole);
    for (Timed& stage : each.stages) all.push_back(&stage);
  }
  const run::FloatingPointScope scope;
  run::take_turns(all);

  std::vector<Profile> profiles;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    profiles.push_back(running[i].result(peaks_of(cases[i], peaks, options.seconds).result()));
  }
  return profiles;
}

}  // namespace atrous
