#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>
#include <atrous/profile.hpp>

#include "network/access.hpp"
#include "profiling/peaks.hpp"
#include "profiling/stages.hpp"
#include "profiling/timing.hpp"
#include "profiling/workload.hpp"
#include "stream/block_queue.hpp"
#include "stream/floating_point.hpp"

namespace atrous {
namespace {

using profiling::Timed;

// The stages of a model, and of those in front of it, which run first.
class ModelStages {
 public:
  ModelStages(const network::Plan& last, const ProfileCase& each, int columns) {
    for (const network::Plan* plan = &last; plan; plan = plan->front.get()) {
      models_.push_back(plan->info.generates
                            ? profiling::column_stages(*plan, columns)
                            : profiling::block_stages(*plan, std::min(int(each.block), stream::block_frames)));
    }
    std::reverse(models_.begin(), models_.end());
  }

  void run() {
    for (const auto& stages : models_) stages->run();
  }

  // With the number of their model where there are several.
  std::vector<profiling::StageTime> result() const {
    std::vector<profiling::StageTime> all;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      for (profiling::StageTime stage : models_[i]->result()) {
        if (models_.size() > 1) stage.name = "model " + std::to_string(i + 1) + ": " + stage.name;
        all.push_back(std::move(stage));
      }
    }
    return all;
  }

 private:
  std::vector<std::unique_ptr<profiling::Stages>> models_;
};

// A case in the making: its whole work, and its stages alone.
class Running {
 public:
  Running(const ProfileCase& each, const ProfileOptions& options)
      : info_(each.network.info()),
        workload_(profiling::make_workload(each)),
        stages_(Network::Access::plan(each.network), each, workload_.columns) {
    stages_.run();
    whole = {workload_.run, options.seconds};
    if (options.stages) stages.push_back({[this] { stages_.run(); }, options.seconds});
  }
  Running(const Running&) = delete;  // what is timed refers to it
  Running& operator=(const Running&) = delete;

  Timed whole;
  std::vector<Timed> stages;  // one for all of them, if they are asked for

  Profile result(const MachinePeaks& peaks) const {
    Profile profile;
    profile.peaks = peaks;
    profile.samples_per_second = workload_.samples / whole.median();
    profile.us_per_sample = 1e6 / profile.samples_per_second;
    profile.times_real_time = profile.samples_per_second / info_.sample_rate;
    profile.gflops = 2e-9 * double(info_.macs_per_sample) * profile.samples_per_second;
    profile.fma_share = profile.gflops / (peaks.fma_gflops * workload_.threads);
    double bytes_per_sample = 0;
    for (const profiling::StageTime& stage : stages_.result()) bytes_per_sample += stage.weight_bytes;
    profile.gbytes_per_second = 1e-9 * bytes_per_sample * profile.samples_per_second;
    profile.weights_level = profiling::cache_level(info_.weight_bytes);
    profile.bandwidth_share =
        profile.gbytes_per_second /
        ((profile.weights_level == 2 ? peaks.l2_gbytes_per_second : peaks.l3_gbytes_per_second) * workload_.threads);
    if (!stages.empty()) profile.stages = shares(profile.us_per_sample * workload_.threads);
    return profile;
  }

 private:
  std::vector<StageProfile> shares(double us_per_sample) const {
    std::vector<StageProfile> profiles;
    double rest = us_per_sample;
    for (const profiling::StageTime& stage : stages_.result()) {
      const double us = 1e6 * stage.seconds;
      profiles.push_back({stage.name, us, us / us_per_sample});
      rest -= us;
    }
    profiles.push_back({"queues and the rest", std::max(rest, 0.0), std::max(rest, 0.0) / us_per_sample});
    return profiles;
  }

  const NetworkInfo& info_;
  profiling::Workload workload_;
  ModelStages stages_;
};

void check(std::span<const ProfileCase> cases, const ProfileOptions& options) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorCode::argument, "profile: " + message);
  };
  for (const ProfileCase& each : cases) {
    const auto in_range = [&](const char* name, std::int64_t found, std::int64_t most) {
      require(found >= 1 && found <= most,
              name + std::string(" is out of range, expected 1 to ") + std::to_string(most));
    };
    in_range("block", std::int64_t(each.block), std::int64_t{ProfileCase::most_frames});
    in_range("streams", each.streams, GeneratorBank::most_voices);
    in_range("threads", each.threads, GeneratorBank::most_threads);
  }
  require(options.seconds >= 0.01 && options.seconds <= 600, "seconds is out of range, expected 0.01 to 600");
}

// The peaks of the case's instruction set; measured once where several cases share it.
profiling::Peaks& peaks_of(const ProfileCase& each, std::deque<profiling::Peaks>& known, double seconds) {
  const kernels::Kernels& kernels = *Network::Access::plan(each.network).kernels;
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const profiling::Peaks& peaks) { return &peaks.kernels() == &kernels; });
  return found == known.end() ? known.emplace_back(kernels, seconds / 10) : *found;
}

}  // namespace

std::vector<Profile> profile(std::span<const ProfileCase> cases, const ProfileOptions& options) {
  check(cases, options);
  std::deque<profiling::Peaks> peaks;
  std::deque<Running> running;
  for (const ProfileCase& each : cases) {
    peaks_of(each, peaks, options.seconds);
    running.emplace_back(each, options);
  }
  std::vector<Timed*> all;
  for (profiling::Peaks& each : peaks) all.insert(all.end(), {&each.fma, &each.l2, &each.l3});
  for (Running& each : running) {
    all.push_back(&each.whole);
    for (Timed& stage : each.stages) all.push_back(&stage);
  }
  const stream::FloatingPointScope scope;
  profiling::take_turns(all);

  std::vector<Profile> profiles;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    profiles.push_back(running[i].result(peaks_of(cases[i], peaks, options.seconds).result()));
  }
  return profiles;
}

}  // namespace atrous
