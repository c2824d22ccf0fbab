// Layers with FiLM, and models whose condition is another model: read from `.nam`, run, saved, loaded and run again.
#include <cmath>
#include <string>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "film_files.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

std::vector<float> render(const Model& model, Isa isa, const std::vector<float>& in, int block) {
  const Network network(model, {isa});
  Effect effect(network);
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += static_cast<std::size_t>(block)) {
    const std::size_t frames = std::min(in.size() - t, static_cast<std::size_t>(block));
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
  }
  return out;
}

void check_renders(const Model& model, Random& random) {
  const std::vector<float> in = uniform(random, 500);
  const Model again = parse(saved(model));
  const std::vector<float> reference = render(model, Isa::reference, in, 500);
  for (const Isa isa : available_isas()) {
    INFO("isa " << isa_name(isa));
    const std::vector<float> out = render(model, isa, in, 500);
    CHECK(out == render(model, isa, in, 7));
    CHECK(out == render(again, isa, in, 64));
    double error = 0, signal = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double difference = static_cast<double>(out[i]) - static_cast<double>(reference[i]);
      error += difference * difference;
      signal += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
    }
    CHECK(error <= 1e-10 * signal);
  }
}

}  // namespace

TEST_CASE(
    "films at every point, alone and together, render alike in any blocks, on any instruction set, from any file") {
  Random random(11);
  for (const unsigned films : {1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 255u, 90u, 165u}) {
    INFO("films " << films);
    check_renders(parse(random_film_nam(random, films, 1).dump()), random);
  }
}

TEST_CASE("a film changes the sound") {
  Random random(12);
  const Json plain = random_film_nam(random, 0, 1);
  const Model without = parse(plain.dump());
  const std::vector<float> in = uniform(random, 200);
  const std::vector<float> dry = render(without, Isa::automatic, in, 200);
  for (unsigned bit = 0; bit < 8; ++bit) {
    INFO(film_keys[bit]);
    const std::vector<float> wet = render(parse(random_film_nam(random, 1u << bit, 1).dump()), Isa::automatic, in, 200);
    CHECK(wet != dry);
  }
}

TEST_CASE("a model that is another's condition renders alike, and is saved and loaded with it") {
  Random random(13);
  for (const unsigned films : {0u, 255u}) {
    INFO("films " << films);
    Json inner = random_film_nam(random, films, 1);
    Json outer = random_film_nam(random, films, 1);
    outer["config"]["condition_dsp"] = inner;
    check_renders(parse(outer.dump()), random);
  }
}

TEST_CASE("films and inner models that cannot be are refused by name") {
  Random random(14);
  const auto message = [](const Json& json) -> std::string {
    try {
      parse(json.dump(), "file.nam");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  Json groups = random_film_nam(random, 1, 1);
  groups["config"]["layers"][0]["conv_pre_film"]["groups"] = 2;
  CHECK(message(groups).find("conv_pre_film.groups") != std::string::npos);
  Json no_skip = random_film_nam(random, 128, 1);
  no_skip["config"]["layers"][0]["head1x1"]["active"] = false;
  CHECK(message(no_skip).find("head1x1_post_film") != std::string::npos);
  Json wide = random_film_nam(random, 0, 3);
  wide["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  CHECK(message(wide).find("condition_size") != std::string::npos);
  Json rate = random_film_nam(random, 0, 1);
  rate["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  rate["config"]["condition_dsp"]["sample_rate"] = 44100;
  CHECK(message(rate).find("sample_rate") != std::string::npos);
  Json short_weights = random_film_nam(random, 0, 1);
  short_weights["config"]["condition_dsp"] = random_film_nam(random, 0, 1);
  short_weights["config"]["condition_dsp"]["weights"] = {0.5};
  CHECK(message(short_weights).find("condition_dsp.weights") != std::string::npos);
}
