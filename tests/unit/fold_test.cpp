// What folding makes of scales that leave the range of floats: residual scales against an evaluation in double
// precision of the graph as it is written, weights that grow beyond all floats.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/network.hpp>

#include "catch.hpp"
#include "film_files.hpp"
#include "model/tensor_shapes.hpp"
#include "model_files.hpp"
#include "rendering.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr int channels = 3, skip = 2;

// Stacks of tanh layers with kernels of 2, as many as there are lists of residual scales.
model::ModelData stacks_of(const std::vector<std::vector<float>>& scales, Random& random) {
  model::ModelData data;
  data.name = "stacks";
  data.format = "native";
  data.architecture = "WaveNet";
  model::WaveNet& net = data.config.wavenet;
  for (const auto& list : scales) {
    model::Stack& stack = net.stacks.emplace_back();
    stack.input = {net.stacks.size() == 1 ? 1 : channels, channels, 1, 1, 1, true};
    for (const float scale : list) {
      model::Layer& layer = stack.layers.emplace_back();
      layer.conv = {channels, channels, 2, int(stack.layers.size()), 1, true};
      layer.bottleneck = channels;
      layer.activation = activation(model::ActivationKind::tanh);
      layer.skip = model::Pointwise{skip, 1, true};
      layer.residual = model::Pointwise{channels, 1, true};
      layer.residual_scale = scale;
    }
  }
  net.post.push_back({{}, {skip, 1, 1, 1, 1, true}});
  fill_tensors(data, random);
  return data;
}

using Rows = std::vector<std::vector<double>>;  // [channel][time]

// A causal conv of the tensors `name`, zeros before the start.
Rows convolve(const model::ModelData& data, const std::string& name, int dilation, const Rows& in) {
  const Tensor &weight = data.tensors.at(name + ".weight"), &bias = data.tensors.at(name + ".bias");
  const auto kernel = std::size_t(weight.shape.size() == 3 ? weight.shape[2] : 1);
  Rows out(std::size_t(weight.shape[0]), std::vector<double>(in[0].size()));
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t t = 0; t < in[0].size(); ++t) {
      double sum = double(bias.values[o]);
      for (std::size_t i = 0; i < in.size(); ++i) {
        for (std::size_t k = 0; k < kernel; ++k) {
          const std::size_t lag = (kernel - 1 - k) * std::size_t(dilation);
          if (t >= lag) sum += double(weight.values[(o * in.size() + i) * kernel + k]) * in[i][t - lag];
        }
      }
      out[o][t] = sum;
    }
  }
  return out;
}

std::vector<double> evaluate(const model::ModelData& data, const std::vector<float>& signal) {
  Rows v{std::vector<double>(signal.begin(), signal.end())}, acc(skip, std::vector<double>(signal.size()));
  const auto& stacks = data.config.wavenet.stacks;
  for (std::size_t s = 0; s < stacks.size(); ++s) {
    const std::string stack = "stacks." + std::to_string(s);
    v = convolve(data, stack + ".input", 1, v);
    for (std::size_t n = 0; n < stacks[s].layers.size(); ++n) {
      const std::string name = stack + ".layers." + std::to_string(n);
      Rows u = convolve(data, name + ".conv", stacks[s].layers[n].conv.dilation, v);
      for (auto& row : u) {
        for (double& value : row) value = std::tanh(value);
      }
      const Rows skipped = convolve(data, name + ".skip", 1, u), residual = convolve(data, name + ".residual", 1, u);
      const double scale = double(stacks[s].layers[n].residual_scale);
      for (std::size_t t = 0; t < signal.size(); ++t) {
        for (std::size_t c = 0; c < skip; ++c) acc[c][t] += skipped[c][t];
        for (std::size_t c = 0; c < channels; ++c) v[c][t] = (v[c][t] + residual[c][t]) * scale;
      }
    }
  }
  return convolve(data, "post.0", 1, acc)[0];
}

}  // namespace

TEST_CASE("residual scales of any size render as the graph says, 0 among them") {
  Random random(21);
  const std::vector<std::vector<std::vector<float>>> cases{
      {{0, 0, 0}},
      {{1, 0, 0.5f, 0}, {0, 1, 0.7f}},
      {{0.7f, 0.7f, 0.7f}, {0.7f, 0}, {1, 1}},
      {{-0.5f, 1e-20f, 1e20f, 1, 0.7f}},
      {{1e-30f, 1e-30f, 1, 1e30f}},
      {{std::numeric_limits<float>::denorm_min(), 1, 1}, {0.5f}},
      {std::vector<float>(150, 0.70710677f)},
      {std::vector<float>(40, 0.05f)},
  };
  for (const auto& scales : cases) {
    const model::ModelData data = stacks_of(scales, random);
    const std::vector<float> in = uniform(random, 400);
    INFO("the first scale is " << scales[0][0] << " of " << scales[0].size());
    check_renders(as_model(data), {in}, evaluate(data, in));
  }
}

TEST_CASE("weights that folding takes beyond all floats are cut off, and that is said") {
  Random random(22);
  model::ModelData data = stacks_of({{1, 1}}, random);
  CHECK(Network(as_model(data)).info().warnings.empty());
  data.config.wavenet.output.scale = 1e38f;
  for (float& value : data.tensors.at("post.0.weight").values) value = -1e10f;
  const std::vector<std::string> warnings = Network(as_model(data)).info().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("post.0") && ContainsSubstring("beyond the range of a float"));

  // Factors that are not finite themselves: the product of the skip scales.
  data = stacks_of({{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, random);
  for (model::Layer& layer : data.config.wavenet.stacks[0].layers) layer.skip_scale = 1e38f;
  CHECK_FALSE(Network(as_model(data)).info().warnings.empty());
  data.tensors.at("stacks.0.layers.0.skip.weight").values[0] = 0;
  CHECK_NOTHROW(Network(as_model(data)));
}

TEST_CASE("a tensor that the graph needs is never taken for zeros") {
  Random random(5);
  model::ModelData cells = stacks_of({}, random);
  cells.config.wavenet.post.insert(cells.config.wavenet.post.begin(),
                                   {{}, {1, 3, 1, 1, 1, true}, model::PostKind::lstm});
  cells.config.wavenet.post.back().conv.in = 3;
  model::ModelData filter = stacks_of({}, random);
  filter.config.wavenet.post.back().conv = {1, 1, 100, 1, 1, true};
  for (model::ModelData* chain : {&cells, &filter}) fill_tensors(*chain, random);
  for (const model::ModelData& data :
       {Model::Access::data(parse(random_film_nam(random, 0, 1).dump())), random_generator(random), cells, filter}) {
    const Network whole(as_model(data));
    const auto stacks = model::model_tensors(data.config).stacks;
    const auto dead = stacks.empty() ? std::nullopt : stacks.back().layers.back().residual;  // nothing reads it
    for (const auto& [name, tensor] : data.tensors) {
      if (name.starts_with("features.")) continue;  // the network begins after the front end
      if (dead && name.starts_with(dead->name)) continue;
      INFO(name);
      model::ModelData missing = data, cut = data;
      missing.tensors.erase(name);
      cut.tensors[name].values.pop_back();
      for (const auto& each : {missing, cut}) {
        try {
          const Network network(as_model(each));
          FAIL("made a network");
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::invalid);
          CHECK(std::string(error.what()).find(name + ": ") != std::string::npos);
        }
      }
    }
  }
}
