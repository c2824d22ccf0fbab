// Block and column shape execute a network to the same bits, for random networks of every family, however the signal is
// cut and whatever was heard before.
#include <cstring>
#include <memory>
#include <optional>

#include "catch.hpp"
#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"
#include "model/validate.hpp"
#include "network/fold.hpp"
#include "network/instruction_sets.hpp"
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

// Modulations of some parts of a layer that has a condition.
void random_films(model::Layer& layer, test::Random& random) {
  for (std::size_t i = 0; i < model::film_points; ++i) {
    const auto point = static_cast<model::FilmPoint>(i);
    if (point == model::FilmPoint::residual_post && !layer.residual) continue;
    if (point == model::FilmPoint::skip_post && !layer.skip) continue;
    if (random.coin()) layer.film[i] = model::Film{random.coin(), 1};
  }
}

model::Conv random_conv(int in, int out, test::Random& random) {
  return {in, out, random.whole(1, 4), random.pick<int>({1, 1, 2, 3, 5, 8, 17, 40, 64}), 1, random.coin()};
}

// Further convs beside that of a layer, whose rows add up or stand one below the other.
void random_branches(model::Layer& layer, test::Random& random) {
  int left = layer.conv.out;
  if (left > 1 && random.coin()) {
    layer.merge = model::Merge::concatenate;
    left -= layer.conv.out = random.whole(1, left - 1);
  }
  for (int n = random.whole(1, 4); n > 0 && left > 0; --n) {
    const bool sum = layer.merge == model::Merge::sum;
    model::Conv branch = random_conv(layer.conv.in, sum || n == 1 ? left : random.whole(1, left), random);
    const int groups = random.pick<int>({1, 1, 2, 3});
    if (branch.in % groups == 0 && branch.out % groups == 0) branch.groups = groups;
    if (!sum) left -= branch.out;
    layer.branches.push_back(branch);
  }
}

model::Layer random_layer(int channels, int skip, test::Random& random) {
  model::Layer layer;
  layer.gating = random.pick<model::Gating>({model::Gating::none, model::Gating::gated, model::Gating::blended});
  layer.bottleneck = random.coin() ? channels : random.whole(1, 9);
  layer.conv = random_conv(channels, layer.z_rows(), random);
  if (random.whole(0, 2) == 0) random_branches(layer, random);
  layer.activation.kind = random.coin() ? ActivationKind::tanh : random_activation(random).kind;
  layer.secondary.kind = random.coin() ? ActivationKind::sigmoid : random_activation(random).kind;
  layer.mixin_bias = random.coin();
  if (skip != layer.bottleneck || random.coin()) layer.skip = {skip, 1, random.coin()};
  if (random.whole(0, 3) > 0) layer.residual = {channels, 1, random.coin()};
  layer.residual_scale = random.pick<float>({1, 1, 0.7f, 0.7f, 0, -0.5f, 1e-13f});  // the last do not fold
  layer.skip_scale = random.coin() ? 1.0f : 0.8f;
  return layer;
}

// Stages of all kinds, most of which commute with a projection.
void random_upsampler(model::Condition& condition, test::Random& random) {
  using model::UpsampleKind;
  condition.bins = condition.channels = random.whole(1, 7);
  condition.pad = random.whole(0, 2);
  for (int n = random.whole(0, 3); n > 0; --n) {
    model::UpsampleStage stage;
    stage.kind =
        random.pick<UpsampleKind>({UpsampleKind::conv, UpsampleKind::repeat, UpsampleKind::stretch,
                                   UpsampleKind::stretch, UpsampleKind::transposed, UpsampleKind::transposed2d});
    const bool conv = stage.kind == UpsampleKind::conv, repeat = stage.kind == UpsampleKind::repeat;
    const bool mixes = conv || stage.kind == UpsampleKind::transposed;
    stage.in = stage.out = condition.channels;
    if (mixes) stage.out = condition.channels = random.whole(1, 7);
    stage.stride = conv ? 1 : random.whole(1, 5);
    stage.kernel = repeat ? 1 : stage.stride * random.whole(1, 2) + random.whole(0, 1) * (conv ? 0 : stage.stride);
    if (stage.kind == UpsampleKind::stretch) stage.kernel = 2 * stage.stride + 1;
    if (!mixes && !repeat) stage.frequency_kernel = random.pick<int>({1, 1, 1, 3});
    stage.bias = !repeat && random.whole(0, 3) == 0;
    if (random.whole(0, 3) == 0) stage.activation.kind = ActivationKind::relu;
    condition.upsampler.push_back(stage);
  }
}

model::ModelData random_effect(test::Random& random);

// Of a network that reads a signal or, `one_hot`, classes.
model::Condition random_condition(bool one_hot, bool inner, test::Random& random) {
  model::Condition condition;
  switch (random.whole(0, 5)) {
    case 0:
    case 1:
    case 2:
      if (inner) break;
      condition.kind = model::ConditionKind::features;
      random_upsampler(condition, random);
      return condition;
    case 3:
      if (one_hot || inner) break;
      condition.kind = model::ConditionKind::model;
      condition.model = std::make_shared<const model::ModelData>(random_effect(random));
      condition.channels = condition.model->config.wavenet.output.channels;
      return condition;
    case 4:
      if (one_hot) break;
      condition.kind = model::ConditionKind::signal;
      condition.channels = 1;
      return condition;
  }
  return condition;
}

// `inner`: an effect that makes the condition of another network.
model::WaveNet random_net(test::Random& random, bool inner = false) {
  model::WaveNet net;
  net.input.kind = random.pick<model::InputKind>({model::InputKind::signal, model::InputKind::one_hot});
  if (inner) net.input.kind = model::InputKind::signal;
  const bool one_hot = net.input.kind == model::InputKind::one_hot;
  net.condition = random_condition(one_hot, inner, random);
  const bool modulated = net.condition.kind != model::ConditionKind::none && random.whole(0, 2) == 0;
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
      if (modulated && random.coin()) random_films(stack.layers.back(), random);
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
    if (random.whole(0, 2) == 0) {
      const int cells = random.whole(1, 12);
      const auto kind = random.pick<model::PostKind>({model::PostKind::lstm, model::PostKind::gru});
      net.post.push_back({random_activation(random), {width, cells}, kind});
      width = cells;
    }
    net.post.push_back(
        {random_activation(random), {width, out, random.whole(1, 3), random.whole(1, 4), 1, random.coin()}});
    net.post.back().softmax = random.whole(0, 3) == 0;
    width = out;
  }
  net.output.channels = width;
  net.output.scale = random.real(0.3f, 2);
  if (inner && width == 1) net.output.input_skip = random.pick<float>({0, 0.6f});
  return net;
}

void random_tensors(model::ModelData& data, test::Random& random) {
  for (const model::TensorShape& tensor : model::tensor_shapes(data.config)) {
    const auto count = std::size_t(model::value_count(tensor.shape));
    put_tensor(data.tensors, tensor, random.reals(count, -0.5f, 0.5f));
  }
}

model::ModelData random_effect(test::Random& random) {
  model::ModelData data;
  data.name = "inner";
  data.config.wavenet = random_net(random, true);
  random_tensors(data, random);
  return data;
}

model::ModelData random_model(test::Random& random) {
  model::ModelData data;
  data.name = "random";
  data.architecture = "WaveNet";
  data.config.wavenet = random_net(random);
  data.config.code = model::Code{model::CodeKind::r9y9, 16, 7};
  random_tensors(data, random);
  if (data.config.wavenet.condition.kind != model::ConditionKind::features &&
      data.config.wavenet.input.kind == model::InputKind::signal && random.coin()) {
    return data;  // an effect
  }
  data.config.wavenet.output.kind = model::OutputKind::categorical;
  return model::reduced(data, random.pick<Precision>({Precision::f32, Precision::bf16, Precision::int8}));
}

constexpr int frames = 300;  // that every network runs

// What a network hears.
struct Sound {
  std::vector<float> signal, features;
  std::vector<int> classes;
};

Sound random_sound(const network::Plan& plan, test::Random& random) {
  Sound sound{random.reals(frames), {}, {}};
  for (int t = 0; t < frames; ++t) sound.classes.push_back(random.whole(0, 15));
  if (!plan.upsampler) return sound;
  std::int64_t rows = 1;
  while (plan.upsampler->length(rows + 2 * plan.upsampler->pad()) < frames) ++rows;
  sound.features = random.reals(std::size_t(rows) * plan.upsampler->bins_in());
  return sound;
}

// A voice's features, which arrive in pieces as they are needed.
class Features {
 public:
  Features(const network::Plan& plan, const Sound& sound) : plan_(plan), all_(sound.features) { rewind(); }

  void rewind() {
    left_ = all_;
    if (plan_.upsampler) conditioning_.emplace(plan_);
  }
  stream::Conditioning* conditioning() { return conditioning_ ? &*conditioning_ : nullptr; }

  void make_available(int samples, test::Random& random) {
    while (conditioning_ && conditioning_->available() < samples) {
      REQUIRE(!left_.empty());
      const auto bins = std::size_t(plan_.upsampler->bins_in());
      const std::size_t count = std::min(left_.size(), bins * std::size_t(random.whole(1, 4)));
      conditioning_->append(left_.first(count));
      left_ = left_.subspan(count);
      if (left_.empty()) conditioning_->finish();
    }
  }

 private:
  const network::Plan& plan_;
  std::span<const float> all_, left_;
  std::optional<stream::Conditioning> conditioning_;
};

// A voice of a network: what it hears, and who speaks.
struct Voice {
  Voice(const network::Plan& plan, test::Random& random) : sound(random_sound(plan, random)), features(plan, sound) {
    if (plan.speakers) speaker.emplace(plan, random.whole(0, plan.speakers->count - 1));
  }
  const stream::SpeakerBiases* speaking() const { return speaker ? &*speaker : nullptr; }

  Sound sound;
  std::optional<stream::SpeakerBiases> speaker;
  Features features;
};

using Rows = std::vector<std::vector<float>>;  // outputs [step][row]

void run_block(stream::BlockStream& stream, const network::Plan& plan, Voice& voice, int from, int to,
               test::Random& random, Rows& out) {
  for (int t = from; t < to;) {
    const int count = std::min(to - t, random.whole(1, stream::block_frames));
    voice.features.make_available(t + count, random);
    const float* signal = voice.sound.signal.data() + t;
    const kernels::Rows rows = stream.run(
        {&signal, voice.sound.classes.data() + t, voice.features.conditioning(), t, voice.speaking()}, count);
    for (int i = 0; i < count; ++i) {
      out.emplace_back();
      for (int r = 0; r < plan.info.outputs; ++r) out.back().push_back(rows.data[r * rows.stride + i]);
    }
    t += count;
  }
}

void run_columns(stream::ColumnStream& stream, const network::Plan& plan, Voice& voice, int from, int to,
                 test::Random& random, Rows& out) {
  for (int t = from; t < to; ++t) {
    voice.features.make_available(t + 1, random);
    const stream::VoiceInput heard{0, voice.sound.signal[t], voice.sound.classes[t]};
    stream.step({&heard, 1});
    out.emplace_back(stream.output(0), stream.output(0) + plan.info.outputs);
  }
}

// All frames, in block shape where the network has one.
void run_alone(const network::Plan& plan, Voice& voice, const stream::ColumnVoice& column, test::Random& random,
               Rows& out) {
  if (plan.has_block_shape()) {
    stream::BlockStream block(plan);
    run_block(block, plan, voice, 0, frames, random, out);
  } else {
    stream::ColumnStream stream(plan, {&column, 1});
    run_columns(stream, plan, voice, 0, frames, random, out);
  }
}

// Whether queues are all that a network remembers.
bool only_queues(const network::Plan& plan) {
  return (!plan.condition_plan || only_queues(*plan.condition_plan)) &&
         std::none_of(plan.post.begin(), plan.post.end(), [](const auto& post) { return post.cells || post.fir; });
}

// Calls `check` with plans of random networks on every instruction set.
template <class Check>
void for_random_plans(unsigned seed, int rounds, Check check) {
  test::Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    const model::ModelData data = random_model(random);
    for (const Isa isa : available_isas()) {
      INFO("round " << round << ", isa " << isa_name(isa));
      network::Plan plan = network::fold(data, *network::find_kernels(isa));
      plan.info.outputs = data.config.wavenet.output.channels;
      auto local = test::Random(unsigned(round));
      check(plan, local);
    }
  }
}

}  // namespace

TEST_CASE("a stream that settles at once goes on like one that heard silence for a receptive field") {
  int count = 0;
  for_random_plans(8, 60, [&](const network::Plan& plan, test::Random& random) {
    if (!plan.has_block_shape() || plan.upsampler || plan.class_input || !only_queues(plan)) return;
    ++count;
    stream::BlockStream one(plan), other(plan);
    const std::vector<float> zeros(stream::block_frames);
    const float* silence = zeros.data();
    const Voice voice(plan, random);
    const stream::BlockInput quiet{&silence, nullptr, nullptr, 0, voice.speaking()};
    for (int t = 0; t < 2000; t += 50) one.run(quiet, 50);
    other.settle_at_once(quiet);
    Rows after, at_once;
    for (const auto& [stream, out] : {std::pair(&one, &after), std::pair(&other, &at_once)}) {
      test::Random cuts(1);
      Voice copy(voice);
      run_block(*stream, plan, copy, 0, frames, cuts, *out);
    }
    CHECK(after == at_once);
  });
  CHECK(count > 10);
}

TEST_CASE("block and column shape give the same bits, before and after a stream changes from one to the other") {
  for_random_plans(4, 120, [](const network::Plan& plan, test::Random& random) {
    if (!plan.has_block_shape()) return;
    Rows block, cut, columns, both;
    Voice voice(plan, random);
    stream::BlockStream one(plan), other(plan), start(plan);
    run_block(one, plan, voice, 0, frames, random, block);
    voice.features.rewind();
    run_block(other, plan, voice, 0, frames, random, cut);
    CHECK(block == cut);
    if (!plan.has_column_shape) return;
    const int change = random.whole(1, frames - 1);
    voice.features.rewind();
    run_block(start, plan, voice, 0, change, random, both);
    const stream::ColumnVoice column{voice.speaking(), voice.features.conditioning()};
    stream::ColumnStream stream(plan, {&column, 1});
    stream.take_over(0, start, change);
    run_columns(stream, plan, voice, change, frames, random, both);
    CHECK(block == both);
    voice.features.rewind();
    stream.reset(0);
    run_columns(stream, plan, voice, 0, frames, random, columns);
    CHECK(block == columns);
  });
}

TEST_CASE("a voice among others gives the bits that it gives alone, whichever of them run, wait or start again") {
  for_random_plans(5, 60, [](const network::Plan& plan, test::Random& random) {
    if (!plan.has_column_shape) return;
    const int count = random.whole(2, kernels::max_columns);
    std::vector<std::unique_ptr<Voice>> voices;
    std::vector<stream::ColumnVoice> columns;
    std::vector<Rows> alone(count);
    for (int v = 0; v < count; ++v) {
      voices.push_back(std::make_unique<Voice>(plan, random));
      columns.push_back({voices[v]->speaking(), voices[v]->features.conditioning()});
      run_alone(plan, *voices[v], columns.back(), random, alone[v]);
      voices[v]->features.rewind();
    }
    stream::ColumnStream stream(plan, columns);
    std::vector<int> at(count, 0);
    bool same = true;
    for (int step = 0; step < frames; ++step) {
      std::vector<stream::VoiceInput> heard;
      for (int v = 0; v < count; ++v) {
        if (random.whole(0, 99) == 0 && at[v] > 0 && !voices[v]->features.conditioning()) {
          stream.reset(v);
          at[v] = 0;
        }
        if (random.whole(0, 9) == 0) continue;
        voices[v]->features.make_available(at[v] + 1, random);
        heard.push_back({v, voices[v]->sound.signal[at[v]], voices[v]->sound.classes[at[v]]});
      }
      if (random.coin()) std::reverse(heard.begin(), heard.end());
      stream.step(heard);
      for (std::size_t n = 0; n < heard.size(); ++n) {
        const std::vector<float>& expected = alone[heard[n].voice][at[heard[n].voice]++];
        same = same && std::equal(expected.begin(), expected.end(), stream.output(n));
      }
    }
    CHECK(same);
  });
}

TEST_CASE("threads that share the rows of every product give the bits of one thread") {
  std::vector<std::unique_ptr<stream::Team>> teams;
  for (const int size : {2, 3}) teams.push_back(std::make_unique<stream::Team>(size));
  for_random_plans(7, 16, [&](const network::Plan& plan, test::Random& random) {
    if (!plan.has_column_shape) return;
    std::vector<std::unique_ptr<Voice>> voices;
    std::vector<stream::ColumnVoice> columns;
    for (int v = random.whole(1, 3); v > 0; --v) {
      voices.push_back(std::make_unique<Voice>(plan, random));
      voices.back()->features.make_available(frames, random);
      columns.push_back({voices.back()->speaking(), voices.back()->features.conditioning()});
    }
    const auto run = [&](stream::Team* team) {
      Rows rows;
      stream::ColumnStream stream(plan, columns, team);
      for (int step = 0; step < 70; ++step) {
        std::vector<stream::VoiceInput> heard;
        for (int v = 0; v < int(voices.size()); ++v) {
          heard.push_back({v, voices[v]->sound.signal[step], voices[v]->sound.classes[step]});
        }
        stream.step(heard);
        for (std::size_t n = 0; n < heard.size(); ++n) {
          rows.emplace_back(stream.output(n), stream.output(n) + plan.info.outputs);
        }
      }
      return rows;
    };
    const Rows alone = run(nullptr);
    for (const std::unique_ptr<stream::Team>& team : teams) CHECK(run(team.get()) == alone);
  });
}

TEST_CASE("steps beyond 2^32 give the bits of those at the beginning") {
  for_random_plans(6, 20, [](const network::Plan& plan, test::Random& random) {
    if (!plan.has_column_shape || plan.upsampler) return;
    Rows early, late;
    Voice voice(plan, random);
    const stream::ColumnVoice column{voice.speaking(), nullptr};
    stream::ColumnStream stream(plan, {&column, 1});
    run_columns(stream, plan, voice, 0, frames, random, early);
    const stream::BlockStream silence(plan);
    for (const std::int64_t start : {(std::int64_t{1} << 31) - 150, (std::int64_t{1} << 32) - 150}) {
      late.clear();
      stream.take_over(0, silence, start);
      run_columns(stream, plan, voice, 0, frames, random, late);
      CHECK(late == early);
    }
  });
}
