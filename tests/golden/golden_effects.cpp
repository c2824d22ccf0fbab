// Effects against the output of the runtimes they were made for: every .nam and GuitarML case of the golden folder.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"

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
  file.read(reinterpret_cast<char*>(golden.in.data()), static_cast<std::streamsize>(n * sizeof(float)));
  file.read(reinterpret_cast<char*>(golden.out.data()), static_cast<std::streamsize>(n * sizeof(float)));
  REQUIRE(file.good());
  return golden;
}

double esr(const std::vector<float>& reference, const std::vector<float>& y) {
  double error = 0, signal = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double difference = static_cast<double>(y[i]) - static_cast<double>(reference[i]);
    error += difference * difference;
    signal += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
  }
  return error / signal;
}

// A random filter among the cases goes beyond +40 dBFS, where an effect clamps unless it is told not to.
std::vector<float> render(const atrous::Network& network, const std::vector<float>& in,
                          const std::vector<int>& blocks) {
  atrous::Effect effect(network, {.max_block = 4096, .ceiling = std::numeric_limits<float>::max()});
  std::vector<float> out(in.size());
  std::size_t t = 0;
  for (std::size_t i = 0; t < in.size(); ++i) {
    const auto frames = std::min<std::size_t>(in.size() - t, blocks[i % blocks.size()]);
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
    t += frames;
  }
  return out;
}

}  // namespace

TEST_CASE("golden effects agree with their original runtimes on every instruction set") {
  const fs::path golden = ATROUS_GOLDEN_DIR;
  if (!fs::exists(golden)) {
    WARN("skipped: no golden folder");
    return;
  }
  int compared = 0;
  for (const char* folder : {"nam", "guitarml"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(golden / folder)) {
      if (entry.path().extension() == ".bin") continue;
      INFO(entry.path().filename().string());
      const atrous::Model model = atrous::Model::load(entry.path());
      const Case expected = read_case(fs::path(entry.path()).replace_extension(".bin"));
      for (const atrous::Isa isa : atrous::available_isas()) {
        INFO("isa " << atrous::isa_name(isa));
        const atrous::Network network(model, {isa});
        const std::vector<float> whole = render(network, expected.in, {4096});
        CHECK(esr(expected.out, whole) <= 1e-9);
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

TEST_CASE("golden files that must be refused are refused") {
  const fs::path rejected = fs::path(ATROUS_GOLDEN_DIR) / "rejected";
  if (!fs::exists(rejected)) {
    WARN("skipped: no golden folder");
    return;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(rejected)) {
    INFO(entry.path().filename().string());
    CHECK_THROWS_AS(atrous::Model::load(entry.path()), atrous::Error);
  }
}
