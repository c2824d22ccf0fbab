// Effects against the output of the runtimes they were made for: every case of the golden folder.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "golden_folder.hpp"

namespace {

namespace fs = std::filesystem;

struct Case {
  std::vector<float> in, out;
};

// u32 N, f32 in[N], f32 out[N], little-endian
Case read_case(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint32_t n = 0;
  file.read(reinterpret_cast<char*>(&n), sizeof n);
  Case golden{std::vector<float>(n), std::vector<float>(n)};
  file.read(reinterpret_cast<char*>(golden.in.data()), std::streamsize(n * sizeof(float)));
  file.read(reinterpret_cast<char*>(golden.out.data()), std::streamsize(n * sizeof(float)));
  REQUIRE(file.good());
  return golden;
}

// What knobs stand at from a sample on.
struct Step {
  std::size_t at = 0;
  std::vector<double> values{};
};

// The cases of a model with knobs, in NAME.cases.json: the file of each, and its steps.
std::vector<std::pair<fs::path, std::vector<Step>>> knob_cases(const fs::path& path) {
  std::vector<std::pair<fs::path, std::vector<Step>>> cases;
  std::ifstream file(fs::path(path).replace_extension(".cases.json"));
  const auto json = nlohmann::json::parse(file);
  for (const auto& each : json.at("cases")) {
    std::vector<Step> steps;
    for (const auto& step : each.at("steps")) steps.push_back({step.at("at"), step.at("values")});
    cases.emplace_back(path.parent_path() / each.at("bin").get<std::string>(), steps);
  }
  REQUIRE_FALSE(cases.empty());
  return cases;
}

// A random filter among the cases goes beyond +40 dBFS, where an effect clamps unless it is told not to.
std::vector<float> render(const atrous::Network& network, const std::vector<float>& in, const std::vector<int>& blocks,
                          const std::vector<Step>& steps = {{}}) {
  atrous::Effect effect(
      network,
      {.max_block = 4096, .knobs = steps[0].values, .knob_ramp = 0, .ceiling = std::numeric_limits<float>::max()});
  std::vector<float> out(in.size());
  std::size_t t = 0, step = 1;
  for (std::size_t i = 0; t < in.size(); ++i) {
    auto frames = std::min<std::size_t>(in.size() - t, blocks[i % blocks.size()]);
    if (step < steps.size() && steps[step].at == t) {
      for (std::size_t k = 0; k < steps[step].values.size(); ++k) effect.set_knob(k, steps[step].values[k]);
      ++step;
    }
    if (step < steps.size()) frames = std::min(frames, steps[step].at - t);
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
    t += frames;
  }
  return out;
}

// The models of a folder that have knobs, or those that have none.
std::vector<fs::path> models_in(const char* folder, bool knobs) {
  std::vector<fs::path> models;
  for (const fs::path& path : golden_files(folder)) {
    const bool model = path.extension() != ".bin" && path.filename() != "INDEX.tsv" &&
                       path.filename().string().find(".cases.") == std::string::npos;

    if (model && fs::exists(fs::path(path).replace_extension(".cases.json")) == knobs) models.push_back(path);
  }
  return models;
}

// A GRU that distorts by a gain of 10 is where single precision shows most: 4e-12 with libm's functions.
double most_error(const fs::path& path) {
  return path.stem() == "neuralseed_ts9_gru7_gain10_loss003_TEST" ? 2.5e-11 : 1e-11;
}

}  // namespace

TEST_CASE("golden effects agree with their original runtimes on every instruction set") {
  if (no_golden_folder()) return;
  int compared = 0;
  for (const char* folder : {"nam", "guitarml", "recurrent"}) {
    for (const fs::path& path : models_in(folder, false)) {
      INFO(path.filename().string());
      const atrous::Model model = atrous::Model::load(path);
      const Case expected = read_case(fs::path(path).replace_extension(".bin"));
      for (const atrous::Isa isa : atrous::available_isas()) {
        INFO("isa " << atrous::isa_name(isa));
        const atrous::Network network(model, {isa});
        const std::vector<float> whole = render(network, expected.in, {4096});
        CHECK(error_to_signal(whole, expected.out) <= most_error(path));
        for (const std::vector<int>& blocks :
             std::vector<std::vector<int>>{{1}, {7}, {16}, {64}, {480}, {2048}, {1, 63, 5, 640, 17, 2}}) {
          if (isa == atrous::Isa::reference && blocks.size() == 1) continue;  // slow
          const std::vector<float> cut = render(network, expected.in, blocks);
          CHECK(std::memcmp(whole.data(), cut.data(), whole.size() * sizeof(float)) == 0);
        }
      }
      ++compared;
    }
  }
  CHECK(compared > 0);
}

TEST_CASE("golden models with knobs agree at every setting, and where they are turned") {
  if (no_golden_folder()) return;
  int compared = 0;
  for (const char* folder : {"recurrent", "parametric"}) {
    for (const fs::path& path : models_in(folder, true)) {
      INFO(path.filename().string());
      const atrous::Network network(atrous::Model::load(path));
      for (const auto& [bin, steps] : knob_cases(path)) {
        INFO(bin.filename().string());
        const Case expected = read_case(bin);
        const std::vector<float> whole = render(network, expected.in, {4096}, steps);
        CHECK(error_to_signal(whole, expected.out) <= most_error(path));
        const std::vector<float> cut = render(network, expected.in, {1, 63, 5, 640, 17, 2}, steps);
        CHECK(std::memcmp(whole.data(), cut.data(), whole.size() * sizeof(float)) == 0);
        ++compared;
      }
    }
  }
  CHECK(compared > 0);
}

TEST_CASE("golden files that must be refused are refused") {
  if (no_golden_folder()) return;
  for (const fs::path& path : golden_files("rejected")) {
    INFO(path.filename().string());
    CHECK_THROWS_AS(atrous::Model::load(path), atrous::Error);
  }
}
