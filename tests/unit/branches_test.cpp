// Layers of several convolutions side by side: what they give, against sums written out in double precision; that they
// are kept, sliced and described; and what is refused.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <atrous/network.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "model/access.hpp"
#include "model/sizes.hpp"
#include "model/validate.hpp"
#include "model_files.hpp"
#include "network/fold.hpp"
#include "network/instruction_sets.hpp"
#include "stream/block.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

constexpr int channels = 6;

model::Conv conv(int out, int kernel, int dilation, int groups = 1) {
  return {channels, out, kernel, dilation, groups, true};
}

// Of one layer with these convs, without a skip's matrix, whose rows are the output.
model::ModelData one_layer(const std::vector<model::Conv>& convs, model::Merge merge, model::Gating gating,
                           model::ActivationKind activation, Random& random) {
  model::ModelData data;
  data.name = "branches", data.format = "native", data.architecture = "WaveNet";
  model::WaveNet& net = data.config.wavenet;
  model::Stack& stack = net.stacks.emplace_back();
  stack.input = {1, channels};
  model::Layer& layer = stack.layers.emplace_back();
  layer.conv = convs.front();
  layer.branches.assign(convs.begin() + 1, convs.end());
  layer.merge = merge;
  layer.gating = gating;
  layer.activation.kind = activation;
  int rows = 0;
  for (const model::Conv& each : convs) rows = merge == model::Merge::sum ? each.out : rows + each.out;
  layer.bottleneck = gating == model::Gating::none ? rows : rows / 2;
  net.output.channels = layer.bottleneck;
  fill_tensors(data, random);
  return data;
}

const std::vector<float>& values(const model::ModelData& data, const std::string& name) {
  return data.tensors.at(name).values;
}

using Rows = std::vector<std::vector<double>>;

// A conv of all of v, whose rows are added to those of z from `row` on.
void convolve(const model::ModelData& data, const model::Conv& conv, const std::string& name, const Rows& v,
              std::size_t row, Rows& z) {
  const std::vector<float>&weight = values(data, name + ".weight"), &bias = values(data, name + ".bias");
  const int inputs = conv.in / conv.groups, rows = conv.out / conv.groups;
  for (int r = 0; r < conv.out; ++r) {
    for (int t = 0; t < int(v[0].size()); ++t) {
      double sum = double(bias[std::size_t(r)]);
      for (int i = 0; i < inputs; ++i) {
        for (int k = 0; k < conv.kernel; ++k) {
          const int at = t - (conv.kernel - 1 - k) * conv.dilation;
          const double x = at < 0 ? 0 : v[std::size_t(r / rows * inputs + i)][std::size_t(at)];
          sum += double(weight[std::size_t((r * inputs + i) * conv.kernel + k)]) * x;
        }
      }
      z[row + std::size_t(r)][std::size_t(t)] += sum;
    }
  }
}

// z of the model's only layer.
Rows z_of(const model::ModelData& data, const std::vector<float>& in) {
  const model::Layer& layer = data.config.wavenet.stacks[0].layers[0];
  const std::vector<float>&weight = values(data, "stacks.0.input.weight"), &bias = values(data, "stacks.0.input.bias");
  Rows v;
  for (std::size_t c = 0; c < channels; ++c) {
    v.emplace_back();
    for (const float x : in) v.back().push_back(double(weight[c]) * double(x) + double(bias[c]));
  }
  Rows z(std::size_t(layer.z_rows()), std::vector<double>(in.size(), 0.0));
  const std::string name = "stacks.0.layers.0.";
  std::size_t row = 0;
  convolve(data, layer.conv, name + "conv", v, row, z);
  for (std::size_t n = 0; n < layer.branches.size(); ++n) {
    if (layer.concatenates()) row += std::size_t(n == 0 ? layer.conv.out : layer.branches[n - 1].out);
    convolve(data, layer.branches[n], name + "branches." + std::to_string(n), v, row, z);
  }
  return z;
}

std::vector<float> wanted(const model::ModelData& data, const std::vector<float>& in) {
  const model::Layer& layer = data.config.wavenet.stacks[0].layers[0];
  const Rows z = z_of(data, in);
  std::vector<float> out;
  for (std::size_t r = 0; r < std::size_t(layer.bottleneck); ++r) {
    for (std::size_t t = 0; t < in.size(); ++t) {
      const double first = layer.activation.kind == model::ActivationKind::tanh ? std::tanh(z[r][t]) : z[r][t];
      const bool gated = layer.gating == model::Gating::gated;
      const double second = gated ? 1 / (1 + std::exp(-z[std::size_t(layer.bottleneck) + r][t])) : 1;
      out.push_back(float(first * second));
    }
  }
  return out;
}

// All rows of the output, one after the other, in blocks of no more than `block` frames.
std::vector<float> render(const Model& model, Isa isa, const std::vector<float>& in, int block) {
  const network::Plan plan = network::fold(Model::Access::data(model), *network::find_kernels(isa));
  stream::BlockStream stream(plan);
  const int length = int(in.size());
  std::vector<float> out(std::size_t(plan.info.outputs) * in.size());
  for (int t = 0; t < length; t += block) {
    const int frames = std::min(length - t, block);
    const float* const from = in.data() + t;
    const kernels::Rows rows = stream.run({.signal = &from}, frames);
    for (int r = 0; r < plan.info.outputs; ++r) {
      std::copy_n(rows.data + r * rows.stride, frames, out.data() + r * length + t);
    }
  }
  return out;
}

const std::vector<std::vector<model::Conv>> sums{
    {conv(8, 3, 1), conv(8, 3, 6), conv(8, 3, 12), conv(8, 3, 18)},         // ASPP
    {conv(8, 2, 7), conv(8, 2, 7), conv(8, 2, 7)},                          // one conv in truth
    {conv(8, 3, 40), conv(8, 1, 1), conv(8, 2, 100, 2), conv(8, 2, 5, 2)},  // of groups that differ
    {conv(8, 1, 1), conv(8, 1, 9)},                                         // nothing of the past
};
const std::vector<std::vector<model::Conv>> stacked{
    {conv(2, 3, 1), conv(2, 3, 6), conv(2, 3, 12), conv(2, 3, 18)},
    {conv(3, 2, 7), conv(4, 1, 1), conv(1, 4, 3)},
    {conv(4, 3, 40, 2), conv(18, 2, 100, 3)},
};

}  // namespace

TEST_CASE("branches give what their convolutions give, added up or one below the other") {
  Random random(1);
  const std::vector<float> in = uniform(random, 700);
  using model::ActivationKind, model::Gating, model::Merge;
  for (const auto& [merge, lists] : {std::pair(Merge::sum, &sums), std::pair(Merge::concatenate, &stacked)}) {
    for (std::size_t n = 0; n < lists->size(); ++n) {
      for (const Gating gating : {Gating::none, Gating::gated}) {
        for (const ActivationKind kind : {ActivationKind::tanh, ActivationKind::identity}) {
          const model::ModelData data = one_layer((*lists)[n], merge, gating, kind, random);
          REQUIRE_NOTHROW(model::validate(data));
          const std::vector<float> expected = wanted(data, in);
          const Model model = as_model(data), again = parse(saved(model));
          for (const Isa isa : available_isas()) {
            INFO("merge " << int(merge) << ", list " << n << ", gating " << int(gating) << ", " << isa_name(isa));
            const std::vector<float> out = render(model, isa, in, 64);
            CHECK(largest_difference(out, expected) <= 4e-6);
            CHECK(out == render(model, isa, in, 13));
            CHECK(out == render(again, isa, in, 33));
          }
        }
      }
    }
  }
}

TEST_CASE("taps of one lag are one matrix, and branches that are one convolution in truth run as one") {
  Random random(2);
  const auto plan_of = [&](const std::vector<model::Conv>& convs) {
    const model::ModelData data =
        one_layer(convs, model::Merge::sum, model::Gating::none, model::ActivationKind::tanh, random);
    return network::fold(data, kernels::best_kernels());
  };
  const network::Plan aspp = plan_of(sums[0]);
  CHECK(aspp.stacks[0].layers[0].conv.lags == std::vector{36, 24, 18, 12, 6, 2, 1, 0});
  CHECK(aspp.stacks[0].layers[0].conv.kernel == 0);
  CHECK(aspp.stacks[0].layers[0].fused);
  CHECK(aspp.info.macs_per_sample == channels + 8 * 8 * channels);
  const network::Plan one = plan_of(sums[1]);
  CHECK(one.stacks[0].layers[0].conv.lags == std::vector{7, 0});
  CHECK(one.stacks[0].layers[0].conv.kernel == 2);
  CHECK(one.stacks[0].layers[0].conv.dilation == 7);
}

TEST_CASE(
    "receptive field, covered lags, rates and branches of a layer with branches are those of all its convolutions") {
  Random random(3);
  model::ModelData data =
      one_layer(sums[0], model::Merge::sum, model::Gating::none, model::ActivationKind::tanh, random);
  const NetworkInfo alone = Network(as_model(data)).info();
  CHECK(alone.receptive_field == 37);
  CHECK(alone.gridding.covered_lags == 8);
  CHECK(alone.gridding.common_divisor == 1);
  CHECK(alone.dilations == std::vector{1});
  CHECK(alone.branches == std::vector<std::vector<int>>{{6, 12, 18}});
  CHECK(!alone.stacks[0].distance);

  model::Stack& stack = data.config.wavenet.stacks[0];
  stack.layers[0].residual = model::Pointwise{channels};
  model::Layer plain = stack.layers[0];
  plain.branches.clear();
  plain.conv = conv(8, 2, 3);
  stack.layers.insert(stack.layers.begin(), plain);
  data.tensors.clear();
  fill_tensors(data, random);
  const NetworkInfo info = Network(as_model(data)).info();
  CHECK(info.receptive_field == 40);
  CHECK(info.gridding.covered_lags == 16);  // 0 1 2 6 12 18 24 36, and 3 more each
  CHECK(info.dilations == std::vector{3, 1});
  CHECK(info.branches == std::vector<std::vector<int>>{{}, {6, 12, 18}});
  CHECK(info.stacks[0].rates == std::vector{3, 12});  // 24 to 36
  CHECK(info.stacks[0].kernel == 2);
  CHECK(info.stacks[0].distance == 12);
  CHECK(!info.stacks[0].holds);
}

TEST_CASE("summed branches are sliced, concatenated ones are not") {
  Random random(4);
  for (const auto merge : {model::Merge::sum, model::Merge::concatenate}) {
    model::ModelData data =
        one_layer(merge == model::Merge::sum ? std::vector{conv(8, 3, 1), conv(8, 2, 5)} : stacked[0], merge,
                  model::Gating::none, model::ActivationKind::tanh, random);
    data.config.wavenet.stacks[0].head = model::Conv{8, 1};
    data.config.wavenet.output.channels = 1;
    data.tensors.clear();
    fill_tensors(data, random);
    data.sizes = {{0.5, {3}, nullptr}};
    if (merge == model::Merge::concatenate) {
      CHECK_THROWS_WITH(model::validate(data),
                        ContainsSubstring("sizes[0].channels[0]") && ContainsSubstring("branches"));
      continue;
    }
    REQUIRE_NOTHROW(model::validate(data));
    const model::ModelData small = model::smaller(data, 0);
    REQUIRE_NOTHROW(model::validate(small));
    const model::Tensor &wide = data.tensors.at("stacks.0.layers.0.branches.0.weight"),
                        &narrow = small.tensors.at("stacks.0.layers.0.branches.0.weight");
    CHECK(narrow.shape == std::vector<std::int64_t>{4, 3, 2});
    CHECK(narrow.values[2 * 3 * 2 + 3] == wide.values[2 * channels * 2 + 3]);  // row 2, input 1, tap 1
  }
}

TEST_CASE("a layer whose branches do not fit is refused by the field") {
  Random random(5);
  const auto refused = [&](model::Merge merge, const std::string& field, const auto& change) {
    model::ModelData data = one_layer(merge == model::Merge::sum ? sums[0] : stacked[0], merge, model::Gating::none,
                                      model::ActivationKind::tanh, random);
    change(data.config.wavenet.stacks[0].layers[0]);
    CHECK_THROWS_WITH(model::validate(data), ContainsSubstring("branches: stacks[0].layers[0]." + field + ": "));
  };
  using model::Layer, model::Merge;
  refused(Merge::sum, "branches[1].in", [](Layer& layer) { layer.branches[1].in = 5; });
  refused(Merge::sum, "branches[2].out", [](Layer& layer) { layer.branches[2].out = 4; });
  refused(Merge::sum, "conv.out", [](Layer& layer) { layer.conv.out = 4; });
  refused(Merge::sum, "branches[0].groups", [](Layer& layer) { layer.branches[0].groups = 3; });
  refused(Merge::sum, "branches[0].kernel", [](Layer& layer) { layer.branches[0].kernel = 1 << 20; });
  refused(Merge::sum, "branches[0].dilation", [](Layer& layer) { layer.branches[0].dilation = 0; });
  refused(Merge::sum, "branches", [](Layer& layer) { layer.branches.resize(9, layer.conv); });
  refused(Merge::sum, "merge", [](Layer& layer) { layer.branches.clear(), layer.merge = Merge::concatenate; });
  refused(Merge::concatenate, "branches", [](Layer& layer) { layer.branches.pop_back(); });
  refused(Merge::concatenate, "branches", [](Layer& layer) { layer.conv.out = 9; });
}
