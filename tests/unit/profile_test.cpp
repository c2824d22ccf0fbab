// What the figures of a profile mean; how large they are is for `atrous bench` to say.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/profile.hpp>

#include "catch.hpp"
#include "film_files.hpp"
#include "network/access.hpp"
#include "parametric_files.hpp"
#include "profiling/stages.hpp"
#include "profiling/timing.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr ProfileOptions quick{0.01, true};

Network random_effect(Isa isa = Isa::automatic) {
  Random random(1);
  return Network(parse(random_guitarml(random, "gated", 1).dump()), {isa});
}

Network random_voice() {
  Random random(2);
  return Network(as_model(random_generator(random)));
}

bool has_stage(const Profile& profile, const std::string& name) {
  return std::any_of(profile.stages.begin(), profile.stages.end(),
                     [&](const auto& stage) { return stage.name == name; });
}

void check_figures(const ProfileCase& each, const Profile& profile) {
  const NetworkInfo& info = each.network.info();
  CHECK(profile.samples_per_second > 0);
  CHECK(profile.us_per_sample * profile.samples_per_second == Approx(1e6));
  CHECK(profile.times_real_time * info.sample_rate == Approx(profile.samples_per_second));
  CHECK(profile.gflops == Approx(2e-9 * double(info.macs_per_sample) * profile.samples_per_second));
  const bool shares_layers = info.generates && each.streams == 1;
  const int threads = shares_layers ? each.threads : std::min(each.threads, each.streams);
  CHECK(profile.fma_share * profile.peaks.fma_gflops * threads == Approx(profile.gflops));
  CHECK(profile.weights_level == 2);  // a few kilobytes
  CHECK(profile.bandwidth_share > 0);
  CHECK(profile.peaks.l2_gbytes_per_second > 0);
  CHECK(profile.peaks.l3_gbytes_per_second > 0);
  REQUIRE(profile.stages.size() > 1);
  double shares = 0;
  for (const StageProfile& stage : profile.stages) {
    CHECK(stage.us_per_sample >= 0);
    CHECK(stage.share * profile.us_per_sample * threads == Approx(stage.us_per_sample));
    shares += stage.share;
  }
  CHECK(profile.stages.back().name == "queues and the rest");
  CHECK(has_stage(profile, "sampling") == info.generates);
  CHECK(has_stage(profile, "condition") == info.features.has_value());
  if (profile.stages.back().share > 0) CHECK(shares == Approx(1));
}

Network random_knobs(Random& random) {
  return Network(parse(as_concat(random_five_inputs(random)).dump()));
}

std::string refusal(const ProfileCase& each, const ProfileOptions& options = quick) {
  try {
    profile(std::span(&each, 1), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a model with knobs is measured as any other") {
  Random random(3);
  const ProfileCase each{random_knobs(random), 64, 1, 1};
  check_figures(each, profile(std::span(&each, 1), quick).front());
}

TEST_CASE("of models in turn the stages of each are shown, and all weights are counted") {
  Random random(4);
  const auto profile_of = [](const Json& file) {
    const ProfileCase each{Network(parse(file.dump())), 64, 1, 1};
    return profile(std::span(&each, 1), quick).front();
  };
  const Json files[] = {random_film_nam(random, 0, 1), as_concat(random_five_inputs(random))};
  const Profile both = profile_of(sequential({files[0], files[1]}));
  double bytes_per_sample = 0;
  std::size_t stages = 1;  // the rest
  for (int model = 0; model < 2; ++model) {
    const Profile alone = profile_of(files[model]);
    for (const StageProfile& stage : alone.stages) {
      if (stage.name == alone.stages.back().name) continue;
      CHECK(has_stage(both, "model " + std::to_string(model + 1) + ": " + stage.name));
      ++stages;
    }
    bytes_per_sample += 1e9 * alone.gbytes_per_second / alone.samples_per_second;
  }
  CHECK(both.stages.size() == stages);
  CHECK(1e9 * both.gbytes_per_second / both.samples_per_second == Approx(bytes_per_sample));
}

TEST_CASE("the figures of effects and voices, alone, side by side and on threads, belong together") {
  std::vector<ProfileCase> cases = {
      {random_voice(), 8, 1, 1}, {random_voice(), 8, 1, 2}, {random_voice(), 8, 3, 2}, {random_effect(), 100, 3, 2}};
  for (const Isa isa : available_isas()) cases.push_back({random_effect(isa), 64, 1, 1});
  const std::vector<Profile> profiles = profile(cases, quick);
  REQUIRE(profiles.size() == cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i);
    check_figures(cases[i], profiles[i]);
    const auto same = std::find_if(cases.begin(), cases.end(),
                                   [&](const ProfileCase& c) { return c.network.isa() == cases[i].network.isa(); });
    CHECK(profiles[i].peaks.fma_gflops == profiles[std::size_t(same - cases.begin())].peaks.fma_gflops);
  }
  CHECK(profile(cases, {0.01, false})[0].stages.empty());
  CHECK(profile({}, quick).empty());
}

TEST_CASE("stages read every weight: once a block, and what is known ahead once for several steps") {
  const auto bytes_per_sample = [](const std::unique_ptr<profiling::Stages>& stages) {
    stages->run();
    double bytes = 0;
    for (const profiling::StageTime& stage : stages->result()) bytes += stage.weight_bytes;
    return bytes;
  };
  const Network effect = random_effect();
  const double weights = 4.0 * double(effect.info().macs_per_sample);
  for (const int frames : {1, 10, 64}) {
    const double read = bytes_per_sample(profiling::block_stages(Network::Access::plan(effect), frames)) * frames;
    CHECK(read >= Approx(weights));
    CHECK(read < 2 * weights);  // padding
  }
  const Network voice = random_voice();
  const double alone = bytes_per_sample(profiling::column_stages(Network::Access::plan(voice), 1));
  const double once = bytes_per_sample(profiling::column_stages(Network::Access::plan(voice), 16)) * 16;
  CHECK(alone < once);
  for (const int columns : {2, 5, 16}) {
    const double together = bytes_per_sample(profiling::column_stages(Network::Access::plan(voice), columns));
    CHECK(together < alone);
    CHECK(together * columns <= once);
  }
}

TEST_CASE("things that are timed take turns") {
  std::string log;
  profiling::Timed a{[&] { log += 'a'; }, 1e-9}, b{[&] { log += 'b'; }, 1e-9};
  profiling::take_turns({&a, &b});
  REQUIRE(a.seconds.size() == b.seconds.size());
  REQUIRE(a.seconds.size() > 4);
  std::string turns;
  for (std::size_t i = 0; i < a.seconds.size(); ++i) turns += "ab";
  REQUIRE(log.size() > turns.size());
  CHECK(log.substr(log.size() - turns.size()) == turns);
  a.seconds = {5, 1, 2};
  CHECK(a.median() == 2);
}

TEST_CASE("a profile refuses what it cannot run") {
  const Network network = random_effect();
  CHECK(refusal({network, 0}).find("block") != std::string::npos);
  CHECK(refusal({network, 65537}).find("block") != std::string::npos);
  CHECK(refusal({network, 64, 0}).find("streams") != std::string::npos);
  CHECK(refusal({network, 64, 257}).find("streams") != std::string::npos);
  CHECK(refusal({network, 64, 1, 0}).find("threads") != std::string::npos);
  CHECK(refusal({network}, {0}).find("seconds") != std::string::npos);
}
