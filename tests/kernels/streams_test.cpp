// Block and column shape execute a network to the same bits, for random networks of every family, however the signal is
// cut and whatever was heard before.
#include <cstring>
#include <memory>

#include "catch.hpp"
#include "model/tensor_shapes.hpp"
#include "model/validate.hpp"
#include "network/fold.hpp"
#include "random.hpp"
#include "stream/block.hpp"
#include "stream/columns.hpp"

namespace {

using namespace atrous;
using model::Activation;
using model::ActivationKind;

Activation random_activation(test::Random& random) {
  Activation a;
  a.kind = random.pick<ActivationKind>({ActivationKind::identity, ActivationKind::tanh, ActivationKind::relu,
                                        ActivationKind::leaky_relu, ActivationKind::silu, ActivationKind::softsign});
  return a;
}

model::Layer random_layer(int channels, int skip, test::Random& random) {
  model::Layer layer;
  layer.gating = random.pick<model::Gating>({model::Gating::none, model::Gating::gated, model::Gating::blended});
  layer.bottleneck = random.coin() ? channels : random.whole(1, 9);
  layer.conv = {channels,
                layer.bottleneck * (layer.gating == model::Gating::none ? 1 : 2),
                random.whole(1, 4),
                random.pick<int>({1, 1, 2, 3, 5, 8, 17, 40, 64}),
                1,
                random.coin()};
  layer.activation.kind = random.coin() ? ActivationKind::tanh : random_activation(random).kind;
  layer.secondary.kind = random.coin() ? ActivationKind::sigmoid : random_activation(random).kind;
  layer.mixin_bias = random.coin();
  if (skip != layer.bottleneck || random.coin()) layer.skip = {skip, 1, random.coin()};
  if (random.whole(0, 3) > 0) layer.residual = {channels, 1, random.coin()};
  layer.residual_scale = random.coin() ? 1.0f : 0.7f;
  layer.skip_scale = random.coin() ? 1.0f : 0.8f;
  return layer;
}

model::WaveNet random_net(test::Random& random) {
  model::WaveNet net;
  net.input.kind = random.pick<model::InputKind>({model::InputKind::signal, model::InputKind::one_hot});
  const bool one_hot = net.input.kind == model::InputKind::one_hot;
  const bool conditioned = random.coin();
  if (conditioned) {
    net.condition.kind = model::ConditionKind::features;
    net.condition.channels = net.condition.bins = random.whole(1, 7);
  } else if (!one_hot) {
    net.condition.kind = model::ConditionKind::signal;
    net.condition.channels = 1;
  }
  if (random.coin()) net.speakers = model::Speakers{3, random.whole(1, 5)};
  int previous_head = 0, v = 0;
  const int stacks = random.whole(1, 3);
  for (int s = 0; s < stacks; ++s) {
    model::Stack stack;
    const int channels = random.whole(1, 21), skip = previous_head ? previous_head : random.whole(1, 20);
    const int in = s > 0 ? v : one_hot ? 16 : 1;
    stack.input = {in, channels, random.whole(1, 3), random.whole(1, 20), 1, random.coin()};
    stack.input_activation = random_activation(random);
    const int layers = random.whole(1, 4);
    for (int l = 0; l < layers; ++l) {
      stack.layers.push_back(random_layer(channels, skip, random));
      stack.layers.back().speaker_bias = net.speakers && random.coin();
      stack.layers.back().mixin_bias &= net.condition.kind != model::ConditionKind::none;
    }
    previous_head = skip;
    if (random.coin()) {
      previous_head = random.whole(1, 10);
      stack.head = model::Conv{skip, previous_head, random.whole(1, 5), random.whole(1, 6), 1, random.coin()};
    }
    v = channels;
    net.stacks.push_back(stack);
  }
  int width = previous_head;
  for (int p = random.whole(0, 2); p > 0; --p) {
    const int out = random.whole(1, 30);
    net.post.push_back(
        {random_activation(random), {width, out, random.whole(1, 3), random.whole(1, 4), 1, random.coin()}});
    width = out;
  }
  net.output.channels = width;
  net.output.scale = random.real(0.3f, 2);
  return net;
}

model::ModelData random_model(test::Random& random) {
  model::ModelData data;
  data.name = "random";
  data.architecture = "WaveNet";
  data.config.wavenet = random_net(random);
  data.config.code = model::Code{model::CodeKind::r9y9, 16, 7};
  for (const auto& [name, shape] : model::tensor_shapes(data.config)) {
    data.tensors[name] = {shape, random.reals(static_cast<std::size_t>(model::value_count(shape)), -0.5f, 0.5f)};
  }
  return data;
}

// What a network hears over `frames` steps.
struct Sound {
  std::vector<float> signal, condition;
  std::vector<int> classes;
};

Sound random_sound(const network::Plan& plan, int frames, test::Random& random) {
  Sound sound{random.reals(frames), random.reals(static_cast<std::size_t>(frames) * plan.condition_channels), {}};
  for (int t = 0; t < frames; ++t) sound.classes.push_back(random.whole(0, 15));
  return sound;
}

// Rows of the output, [frame][row], of frames [from, to) in blocks of random sizes.
void run_block(stream::BlockStream& stream, const network::Plan& plan, const Sound& sound, int from, int to,
               test::Random& random, std::vector<float>& out) {
  for (int t = from; t < to;) {
    const int frames = std::min(to - t, random.whole(1, stream::block_frames));
    const float* signal = sound.signal.data() + t;
    const kernels::Rows rows =
        stream.run({&signal, sound.classes.data() + t,
                    sound.condition.data() + static_cast<std::ptrdiff_t>(t) * plan.condition_channels},
                   frames);
    for (int i = 0; i < frames; ++i) {
      for (int r = 0; r < plan.info.outputs; ++r) out.push_back(rows.data[r * rows.stride + i]);
    }
    t += frames;
  }
}

void run_columns(stream::ColumnStream& stream, const network::Plan& plan, const Sound& sound, int from, int to,
                 test::Random& random, std::vector<float>& out) {
  int until = from;
  for (int t = from; t < to; ++t) {
    if (t == until && !plan.condition_is_input && plan.condition_channels > 0) {
      until = std::min(to, t + random.whole(1, 50));
      stream.set_condition(sound.condition.data() + static_cast<std::ptrdiff_t>(t) * plan.condition_channels,
                           until - t);
    }
    const float* rows = stream.step(sound.signal[t], sound.classes[t]);
    out.insert(out.end(), rows, rows + plan.info.outputs);
  }
}

}  // namespace

TEST_CASE("block and column shape give the same bits, before and after a stream changes from one to the other") {
  test::Random random(4);
  for (int round = 0; round < 120; ++round) {
    const model::ModelData data = random_model(random);
    constexpr int frames = 300;
    for (const Isa isa : available_isas()) {
      INFO("round " << round << ", isa " << isa_name(isa));
      network::Plan plan = network::fold(data, *kernels::find_kernels(isa));
      plan.info.outputs = data.config.wavenet.output.channels;
      test::Random local(static_cast<unsigned>(round));
      const Sound sound = random_sound(plan, frames, local);
      const int speaker = plan.speakers ? 2 : 0;

      std::vector<float> block, cut, columns, both;
      stream::BlockStream one(plan, speaker), other(plan, speaker), start(plan, speaker);
      run_block(one, plan, sound, 0, frames, local, block);
      run_block(other, plan, sound, 0, frames, local, cut);
      const int change = local.whole(1, frames - 1);
      run_block(start, plan, sound, 0, change, local, both);
      stream::ColumnStream rest(plan, speaker);
      rest.take_over(start);
      if (!plan.condition_is_input) {
        stream::ColumnStream steps(plan, speaker);
        run_columns(steps, plan, sound, 0, frames, local, columns);
        run_columns(rest, plan, sound, change, frames, local, both);
        CHECK(block == columns);
        CHECK(block == both);
      }
      CHECK(block == cut);
    }
  }
}
