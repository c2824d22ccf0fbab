// Layers with FiLM, and models whose condition is another model: read from `.nam`, run, saved, loaded and run again.
#include <cmath>
#include <string>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "film_files.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

std::vector<float> render(const Model& model, Isa isa, const std::vector<float>& in, int block) {
  const Network network(model, {isa});
  Effect effect(network);
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += std::size_t(block)) {
    const std::size_t frames = std::min(in.size() - t, std::size_t(block));
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
    CHECK(error_to_signal(out, reference) <= 1e-12);
  }
}

// Scale 1 and shift 0, whatever the condition. The rows of the scale come first.
void make_neutral(const model::Film& film, model::Tensor& weight, model::Tensor& bias) {
  std::fill(weight.values.begin(), weight.values.end(), 0.0f);
  const std::size_t scales = bias.values.size() / (film.shift ? 2 : 1);
  for (std::size_t row = 0; row < bias.values.size(); ++row) bias.values[row] = row < scales ? 1.0f : 0.0f;
}

// A model with the weights of `plain`, and of `from` the films alone, each of them changed first.
template <class Change>
Model with_films(const Model& plain, const Model& from, const Change& change) {
  model::ModelData data = Model::Access::data(from);
  for (const auto& [name, tensor] : Model::Access::data(plain).tensors) data.tensors.at(name) = tensor;
  data.config.wavenet.output.scale = Model::Access::data(plain).config.wavenet.output.scale;
  const auto& layers = data.config.wavenet.stacks[0].layers;
  for (auto& [name, tensor] : data.tensors) {
    const std::size_t film = name.find(".film."), suffix = name.rfind(".weight");
    if (film == std::string::npos || suffix == std::string::npos) continue;
    for (const auto& each : layers[0].film) {
      if (each) change(*each, tensor, data.tensors.at(name.substr(0, suffix) + ".bias"));
    }
  }
  return as_model(data);
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

TEST_CASE("a film that scales by 1 and shifts by 0 leaves the sound as it is, and any other changes it") {
  Random random(12);
  const Model plain = parse(random_film_nam(random, 0, 1).dump());
  const std::vector<float> in = uniform(random, 200);
  const std::vector<float> dry = render(plain, Isa::automatic, in, 200);
  for (unsigned bit = 0; bit < 8; ++bit) {
    INFO(film_keys[bit]);
    const Model film = parse(random_film_nam(random, 1u << bit, 1).dump());
    const auto heard = [&](const auto& change) {
      return render(with_films(plain, film, change), Isa::automatic, in, 200);
    };
    CHECK(largest_difference(heard(make_neutral), dry) <= 1e-6);
    CHECK(largest_difference(heard([](auto&...) {}), dry) >= 1e-2);
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
