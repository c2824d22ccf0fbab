// Random models at the edges of what files may ask for: one number is drawn as large as the reader lets it be, the
// others are small. For the tests of what a model costs.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/limits.hpp"
#include "model/validate.hpp"
#include "model_files.hpp"

namespace atrous::test {

inline int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}
inline bool one_in(Random& random, int n) {
  return between(random, 1, n) == 1;
}
// Numbers of every magnitude.
inline int spread(Random& random, int low, int high) {
  const double exponent = std::uniform_real_distribution<double>(std::log(low), std::log(high + 0.99))(random);
  return std::clamp(int(std::exp(exponent)), low, high);
}

// What a model is made of. The rest of its configuration follows from the seed.
struct Extent {
  unsigned seed = 1;
  int stacks = 1, layers = 1, channels = 1, bottleneck = 1, skip = 1, kernel = 1, dilation = 1, groups = 1;
  int post = 0, taps = 0, cells = 0, silence = 0;
  int branches = 0;   // of every layer, beside its first
  int condition = 0;  // channels of the model that makes it
  bool films = false;
};

// The largest divisor of both that is at most `most`.
inline int divisor(int most, int a, int b) {
  int best = 1;
  for (int n = 1; n <= most && n <= std::min(a, b); ++n) {
    if (a % n == 0 && b % n == 0) best = n;
  }
  return best;
}

inline model::Activation random_activation(Random& random) {
  return activation(static_cast<model::ActivationKind>(between(random, 0, 11)));
}

// Convs beside that of a layer, of every dilation up to `extent.dilation`.
inline void add_branches(const Extent& extent, Random& random, model::Layer& layer) {
  using namespace model;
  int left = layer.conv.out;
  if (extent.branches > 0 && left > extent.branches && one_in(random, 2)) {
    layer.merge = Merge::concatenate;
    left -= layer.conv.out = between(random, 1, left - extent.branches);
    layer.conv.groups = divisor(extent.groups, extent.channels, layer.conv.out);
  }
  for (int n = extent.branches; n > 0; --n) {
    Conv branch = layer.conv;
    if (layer.merge == Merge::concatenate) {
      left -= branch.out = n == 1 ? left : between(random, 1, left - n + 1);
      branch.groups = divisor(extent.groups, extent.channels, branch.out);
    }
    branch.dilation = spread(random, 1, extent.dilation);
    layer.branches.push_back(branch);
  }
}

inline model::Layer random_layer(const Extent& extent, Random& random, const model::WaveNet& net) {
  using namespace model;
  Layer layer;
  layer.bottleneck = extent.bottleneck;
  layer.gating = static_cast<Gating>(between(random, 0, 2));
  const int z = layer.gating == Gating::none ? extent.bottleneck : 2 * extent.bottleneck;
  layer.conv = {extent.channels, z, extent.kernel, extent.dilation, divisor(extent.groups, extent.channels, z), true};
  add_branches(extent, random, layer);
  layer.activation = random_activation(random);
  layer.secondary = random_activation(random);
  layer.mixin_groups = divisor(extent.groups, std::max(net.condition.channels, 1), z);
  if (one_in(random, 2))
    layer.residual = Pointwise{extent.channels, divisor(extent.groups, extent.bottleneck, extent.channels), true};
  if (extent.skip > 0)
    layer.skip = Pointwise{extent.skip, divisor(extent.groups, extent.bottleneck, extent.skip), true};
  if (!extent.films || net.condition.channels == 0) return layer;
  for (std::size_t i = 0; i < film_points; ++i) {
    const auto point = static_cast<FilmPoint>(i);
    const bool absent =
        (point == FilmPoint::residual_post && !layer.residual) || (point == FilmPoint::skip_post && !layer.skip);
    if (!absent && one_in(random, 2)) layer.film[i] = Film{one_in(random, 2), 1};
  }
  return layer;
}

// Weights under which sound neither dies nor grows.
inline void fill_gently(model::ModelData& data, Random& random) {
  for (const TensorShape& shape : model::tensor_shapes(data.config)) {
    std::int64_t inputs = 1;
    for (std::size_t i = 1; i < shape.shape.size(); ++i) inputs *= shape.shape[i];
    const float most = 1 / std::sqrt(float(inputs));
    model::Tensor& tensor = data.tensors[shape.name];
    tensor.shape = shape.shape;
    tensor.values.resize(std::size_t(model::value_count(shape.shape)));
    auto state = unsigned(random());
    for (float& value : tensor.values) {
      state = state * 1664525u + 1013904223u;
      value = most * (float(state >> 8) * 0x1p-23f - 1);
    }
  }
}

inline void add_post(const Extent& extent, Random& random, int width, model::WaveNet& net) {
  using namespace model;
  for (int n = 0; n < extent.post; ++n) {
    if (extent.cells > 0) {
      net.post.push_back(
          {{}, {width, extent.cells, 1, 1, 1, true}, one_in(random, 2) ? PostKind::gru : PostKind::lstm});
      width = extent.cells;
    } else {
      net.post.push_back({random_activation(random),
                          {width, extent.channels, extent.kernel, extent.dilation,
                           divisor(extent.groups, width, extent.channels), true}});
      width = extent.channels;
    }
  }
  net.post.push_back({{}, {width, 1, std::max(1, width == 1 ? extent.taps : 1), 1, 1, true}});
}

// An effect.
inline model::ModelData make_effect(const Extent& extent) {
  using namespace model;
  Random random(extent.seed);
  ModelData data;
  data.name = "random", data.format = "native", data.architecture = "WaveNet";
  Config& config = data.config;
  config.prewarm = true;
  config.prewarm_samples = extent.silence;
  WaveNet& net = config.wavenet;
  net.condition = {ConditionKind::signal, 1, 0, 0, {}, nullptr};
  if (extent.layers == 0) net.condition = {};
  if (extent.condition > 0 && extent.layers > 0) {
    Extent inner = extent;
    inner.seed++, inner.channels = inner.bottleneck = extent.condition, inner.condition = 0, inner.films = false;
    net.condition = {ConditionKind::model, 1, 0, 0, {}, std::make_shared<const ModelData>(make_effect(inner))};
  }
  int width = 1, heard = 1;
  for (int s = 0; s < extent.stacks && extent.layers > 0; ++s) {
    Stack& stack = net.stacks.emplace_back();
    stack.input = {heard, extent.channels, 1, 1, 1, true};
    for (int n = 0; n < extent.layers; ++n) stack.layers.push_back(random_layer(extent, random, net));
    heard = extent.channels;
    const Layer& any = stack.layers.front();
    width = any.skip ? any.skip->out : any.bottleneck;
    if (s + 1 < extent.stacks || one_in(random, 2))
      stack.head = Conv{width, s + 1 < extent.stacks ? width : 2, 1, 1, 1, true};
    if (stack.head) width = stack.head->out;
  }
  add_post(extent, random, width, net);
  fill_gently(data, random);
  return data;
}

// What a generator's upsampler is made of: as many stages, the last of them with these numbers.
struct Stages {
  int count = 0, kernel = 1, stride = 1, bins = 1, frequency_kernel = 1;
};

inline void add_upsampler(const Stages& extent, Random& random, model::Condition& condition) {
  using namespace model;
  for (int n = 0; n < extent.count; ++n) {
    const bool last = n + 1 == extent.count;
    UpsampleStage stage;
    stage.kind = static_cast<UpsampleKind>(between(random, 0, 4));
    stage.in = stage.out = condition.channels;
    stage.kernel = last ? extent.kernel : spread(random, 1, 4);
    stage.stride = last ? extent.stride : between(random, 1, 2);
    if (stage.kind == UpsampleKind::conv) stage.stride = 1;
    if (stage.kind == UpsampleKind::repeat) stage.kernel = 1;
    if (stage.kind == UpsampleKind::stretch) stage.kernel |= 1;
    if (stage.kind == UpsampleKind::stretch || stage.kind == UpsampleKind::transposed2d) {
      stage.frequency_kernel = last ? extent.frequency_kernel | 1 : 1;
    }
    if (one_in(random, 2)) stage.activation = random_activation(random);
    condition.upsampler.push_back(stage);
  }
}

// A generator; it reads features where there are stages.
inline model::ModelData make_generator(const Extent& extent, const Stages& stages) {
  using namespace model;
  Random random(extent.seed);
  ModelData data;
  data.name = "random", data.format = "native", data.architecture = "WaveNet";
  data.config.sample_rate = 16000;
  WaveNet& net = data.config.wavenet;
  if (stages.count > 0) {
    net.condition = {ConditionKind::features, stages.bins, stages.bins, 0, {}, nullptr};
    add_upsampler(stages, random, net.condition);
  }
  int width = 1, heard = 1;
  for (int s = 0; s < extent.stacks; ++s) {
    Stack& stack = net.stacks.emplace_back();
    stack.input = {heard, extent.channels, 1, 1, 1, true};
    for (int n = 0; n < extent.layers; ++n) stack.layers.push_back(random_layer(extent, random, net));
    heard = extent.channels;
    width = stack.layers.front().skip ? stack.layers.front().skip->out : extent.bottleneck;
  }
  for (int n = 0; n < extent.post; ++n) {
    net.post.push_back({random_activation(random),
                        {width, extent.channels, extent.kernel, extent.dilation,
                         divisor(extent.groups, width, extent.channels), true}});
    width = extent.channels;
  }
  net.post.push_back({{}, {width, 2, 1, 1, 1, true}});
  net.output = {OutputKind::gaussian, 2, 1, 65536, -7};
  fill_gently(data, random);
  return data;
}

}  // namespace atrous::test
