// The `.nam` architectures without skips: read, run, saved as native files, loaded and run again; and refused when
// wrong.
#include <cmath>
#include <string>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "broken_files.hpp"
#include "catch.hpp"
#include "difference.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

Json nam(const std::string& architecture, Json config, std::vector<float> weights) {
  return {{"version", "0.5.4"},
          {"architecture", architecture},
          {"sample_rate", 48000},
          {"config", std::move(config)},
          {"weights", std::move(weights)}};
}

Json random_lstm(Random& random, int cells, int layers) {
  int count = cells + 1;
  for (int n = 0; n < layers; ++n) count += 4 * cells * ((n == 0 ? 1 : cells) + cells) + 4 * cells + 2 * cells;
  return nam("LSTM", {{"input_size", 1}, {"hidden_size", cells}, {"num_layers", layers}},
             uniform(random, std::size_t(count)));
}

Json random_convnet(Random& random, int channels, bool batchnorm) {
  std::vector<float> weights;
  const auto add = [&](std::size_t count) {
    for (const float value : uniform(random, count)) weights.push_back(value);
  };
  const auto c = std::size_t(channels);
  for (std::size_t in : {std::size_t{1}, c}) {
    add(c * in * 2);
    if (!batchnorm) {
      add(c);
      continue;
    }
    add(c);                                                                               // mean
    for (const float value : uniform(random, c)) weights.push_back(1.5f + value * 0.5f);  // variance
    add(2 * c);                                                                           // gamma, beta
    weights.push_back(1e-3f);
  }
  add(c + 1);
  return nam("ConvNet",
             {{"channels", channels}, {"dilations", {1, 4}}, {"batchnorm", batchnorm}, {"activation", "Tanh"}},
             weights);
}

std::vector<float> render(const Model& model, Isa isa, const std::vector<float>& in, int block) {
  const Network network(model, {isa});
  Effect effect(network);
  std::vector<float> out(in.size());
  for (std::size_t t = 0; t < in.size(); t += std::size_t(block)) {
    const std::size_t frames = std::min(in.size() - t, std::size_t(block));
    effect.process(std::span(in).subspan(t, frames), std::span(out).subspan(t, frames));
  }
  effect.reset();
  std::vector<float> again(in.size());
  effect.process(in, again);
  CHECK(again == out);
  return out;
}

std::string message(const Json& json) {
  return test::refusal(json.dump(), "file.nam");
}

}  // namespace

TEST_CASE("LSTMs, ConvNets and Linear models render alike in any blocks, on any instruction set, from any file") {
  Random random(21);
  std::vector<Json> models;
  for (const int cells : {1, 3, 16, 21}) models.push_back(random_lstm(random, cells, 1 + cells % 3));
  for (const int channels : {1, 5, 8, 19}) models.push_back(random_convnet(random, channels, channels % 2 == 1));
  for (const std::size_t taps : {1u, 2u, 63u, 300u}) {
    for (const char* implementation : {"auto", "direct", "fft"}) {
      models.push_back(nam("Linear", {{"receptive_field", taps}, {"bias", true}, {"implementation", implementation}},
                           uniform(random, taps + 1)));
    }
  }
  for (const Json& json : models) {
    INFO(json["architecture"] << " " << json["config"].dump());
    const Model model = parse(json.dump());
    CHECK(model.architecture() == json["architecture"].get<std::string>());
    const Model again = parse(saved(model));
    CHECK(again.architecture() == model.architecture());
    const std::vector<float> in = uniform(random, 700);
    const std::vector<float> reference = render(model, Isa::reference, in, 700);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      const std::vector<float> out = render(model, isa, in, 700);
      CHECK(out == render(model, isa, in, 1));
      CHECK(out == render(again, isa, in, 37));
      CHECK(largest_difference(out, reference) <= 8e-6);
    }
  }
}

TEST_CASE("how a filter runs is kept in native files, and allowed to filters alone") {
  Random random(24);
  const Json linear =
      nam("Linear", {{"receptive_field", 8}, {"bias", false}, {"implementation", "fft"}}, uniform(random, 8));
  NativeFile file(saved(parse(linear.dump())));
  CHECK(file.config["post"][0]["implementation"] == "fft");
  CHECK(parse(file.bytes()).architecture() == "Linear");
  Json other = linear;
  other["config"]["implementation"] = "Direct";
  CHECK(NativeFile(saved(parse(other.dump()))).config["post"][0]["implementation"] == "direct");
  other["config"]["implementation"] = "Fast";
  const Model unknown = parse(other.dump());
  REQUIRE(unknown.warnings().size() == 1);
  CHECK_THAT(unknown.warnings()[0], ContainsSubstring("config.implementation"));
  CHECK(NativeFile(saved(unknown)).config["post"][0]["implementation"] == "auto");
  file.config["post"][0]["conv"]["dilation"] = 2;
  CHECK_THROWS_WITH(parse(file.bytes()), ContainsSubstring("post[0].implementation"));
  file.config["post"][0]["implementation"] = "auto";
  CHECK_NOTHROW(parse(file.bytes()));
}

TEST_CASE("an LSTM reads without end, the other chains as far as their taps reach") {
  Random random(25);
  const Json lstm = random_lstm(random, 4, 2);
  const NetworkInfo recurrent = Network(parse(lstm.dump())).info();
  CHECK(recurrent.recurrent);
  CHECK(recurrent.parameters == std::int64_t(lstm["weights"].size()));
  const NetworkInfo convnet = Network(parse(random_convnet(random, 4, false).dump())).info();
  CHECK_FALSE(convnet.recurrent);
  CHECK(convnet.receptive_field == 6);
}

TEST_CASE("an LSTM is what its equations say") {
  Random random(22);
  constexpr int cells = 4;
  const Json json = random_lstm(random, cells, 1);
  const std::vector<double> w = json["weights"].get<std::vector<double>>();
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const std::size_t bias = 4 * cells * (1 + cells), hidden = bias + 4 * cells, cell = hidden + cells,
                    head = cell + cells;
  std::vector<double> h(w.begin() + hidden, w.begin() + hidden + cells), c(w.begin() + cell, w.begin() + cell + cells);
  const std::vector<float> in = uniform(random, 300);
  const std::vector<float> out = render(parse(json.dump()), Isa::automatic, in, 300);
  for (int t = -24000; t < 300; ++t) {  // half a second of zeros first
    const double x = t < 0 ? 0 : double(in[std::size_t(t)]);
    std::vector<double> z(4 * cells);
    for (std::size_t row = 0; row < 4 * cells; ++row) {
      z[row] = w[bias + row] + w[row * (1 + cells)] * x;
      for (std::size_t i = 0; i < cells; ++i) z[row] += w[row * (1 + cells) + 1 + i] * h[i];
    }
    double y = w[head + cells];
    for (std::size_t i = 0; i < cells; ++i) {
      c[i] = sigmoid(z[cells + i]) * c[i] + sigmoid(z[i]) * std::tanh(z[2 * cells + i]);
      h[i] = sigmoid(z[3 * cells + i]) * std::tanh(c[i]);
      y += w[head + i] * h[i];
    }
    if (t >= 0) REQUIRE(double(out[std::size_t(t)]) == Approx(y).margin(1e-5));
  }
}

TEST_CASE("chains with wrong numbers are refused by name") {
  Random random(23);
  Json lstm = random_lstm(random, 3, 2);
  const auto broken = [](Json json, const char* pointer, Json value) {
    json[Json::json_pointer(pointer)] = std::move(value);
    return message(json);
  };
  CHECK_THAT(broken(lstm, "/config/hidden_size", 0), ContainsSubstring("config.hidden_size"));
  CHECK_THAT(broken(lstm, "/config/hidden_size", 2.5), ContainsSubstring("config.hidden_size"));
  CHECK_THAT(broken(lstm, "/config/num_layers", 1e9), ContainsSubstring("config.num_layers"));
  CHECK_THAT(broken(lstm, "/config/input_size", "1"), ContainsSubstring("config.input_size"));
  CHECK_THAT(broken(lstm, "/config/in_channels", 2), ContainsSubstring("config.in_channels"));
  CHECK_THAT(broken(lstm, "/weights", Json::array()), ContainsSubstring("weights"));
  CHECK_THAT(broken(lstm, "/weights/3", nullptr), ContainsSubstring("weights[3]"));
  const Json convnet = random_convnet(random, 4, true);
  CHECK_THAT(broken(convnet, "/config/dilations/1", 0), ContainsSubstring("config.dilations[1]"));
  CHECK_THAT(broken(convnet, "/config/groups", 3), ContainsSubstring("groups"));
  CHECK_THAT(broken(convnet, "/config/channels", 1e9), ContainsSubstring("config.channels"));
  CHECK_THAT(broken(convnet, "/config/batchnorm", false), ContainsSubstring("weights"));
  CHECK_THAT(broken(convnet, "/config/activation", "None"), ContainsSubstring("config.activation"));
  const Json linear = nam("Linear", {{"receptive_field", 8}, {"bias", false}}, uniform(random, 8));
  CHECK_THAT(broken(linear, "/config/receptive_field", 9), ContainsSubstring("weights"));
  CHECK_THAT(broken(linear, "/config/receptive_field", -1), ContainsSubstring("config.receptive_field"));
  CHECK_THAT(broken(linear, "/config/receptive_field", (1 << 20) + 1), ContainsSubstring("config.receptive_field"));
  CHECK_THAT(broken(linear, "/config/bias", 1), ContainsSubstring("config.bias"));
  CHECK_THAT(broken(linear, "/config/implementation", 1), ContainsSubstring("config.implementation"));
}
