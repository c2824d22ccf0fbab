// The upsamplers against their definitions, in double precision, over randomised shapes.
#include <algorithm>
#include <atrous/error.hpp>
#include <atrous/network.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "difference.hpp"
#include "kernels/scalar_activation.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"
#include "network/interpolation.hpp"
#include "network/upsampler.hpp"
#include "stream/upsampling.hpp"

using namespace atrous;
using model::ActivationKind;
using model::UpsampleKind;
using network::UpsamplerPlan;
using stream::Upsampling;

namespace {

using Random = std::mt19937;
using Matrix = std::vector<std::vector<double>>;  // [time][channel]

int integer(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

std::vector<float> numbers(Random& random, std::size_t count) {
  std::vector<float> values(count);
  for (float& v : values) v = std::uniform_real_distribution<float>(-1, 1)(random);
  return values;
}

struct Made {
  model::Condition condition;
  model::Tensors tensors;
};

// Adds a stage with random weights of the shape that config.hpp gives.
void add_stage(Made& made, Random& random, const model::UpsampleStage& stage) {
  const std::string name = "upsampler." + std::to_string(made.condition.upsampler.size());
  std::vector<std::int64_t> shape{stage.frequency_kernel, stage.kernel};
  if (stage.kind == UpsampleKind::conv) shape = {stage.out, stage.in / stage.groups, stage.kernel};
  if (stage.kind == UpsampleKind::transposed) shape = {stage.in, stage.out / stage.groups, stage.kernel};
  std::size_t size = 1;
  for (const auto n : shape) size *= n;
  if (stage.kind != UpsampleKind::repeat) made.tensors[name + ".weight"] = {shape, numbers(random, size)};
  const bool mixes = stage.kind == UpsampleKind::conv || stage.kind == UpsampleKind::transposed;
  const int biases = mixes ? stage.out : 1;
  if (stage.bias) made.tensors[name + ".bias"] = {{biases}, numbers(random, biases)};
  made.condition.upsampler.push_back(stage);
  made.condition.channels = stage.out;
}

Made make(int bins, int pad = 0) {
  Made made;
  made.condition.kind = model::ConditionKind::features;
  made.condition.bins = made.condition.channels = bins;
  made.condition.pad = pad;
  return made;
}

model::UpsampleStage stage_of(UpsampleKind kind, int channels, int kernel, int stride) {
  model::UpsampleStage stage;
  stage.kind = kind;
  stage.in = stage.out = channels;
  stage.kernel = kernel;
  stage.stride = stride;
  return stage;
}

model::UpsampleStage random_stage(Random& random, int in) {
  model::UpsampleStage stage;
  stage.kind = static_cast<UpsampleKind>(integer(random, 0, 4));
  stage.in = stage.out = in;
  const bool transposed = stage.kind == UpsampleKind::transposed || stage.kind == UpsampleKind::transposed2d;
  if (stage.kind == UpsampleKind::conv || stage.kind == UpsampleKind::transposed) {
    stage.groups = in % 3 == 0 && integer(random, 0, 1) ? 3 : 1;
    stage.out = stage.groups * integer(random, 1, 4);
  } else if (stage.kind != UpsampleKind::repeat) {
    stage.frequency_kernel = 2 * integer(random, 0, 2) + 1;
  }
  if (stage.kind != UpsampleKind::conv) stage.stride = integer(random, 1, 5);
  if (stage.kind != UpsampleKind::repeat) {
    stage.kernel = stage.kind == UpsampleKind::stretch ? 2 * integer(random, 0, 6) + 1 : integer(random, 1, 7);
    stage.bias = integer(random, 0, 1);
  }
  if (transposed || stage.kind == UpsampleKind::conv) stage.dilation = integer(random, 1, 3);
  if (transposed) {
    stage.padding = integer(random, 0, stage.dilation * (stage.kernel - 1) / 2);
    stage.output_padding = integer(random, 0, std::max(stage.stride, stage.dilation) - 1);
  }
  const ActivationKind kinds[] = {ActivationKind::identity, ActivationKind::relu, ActivationKind::leaky_relu};
  stage.activation.kind = kinds[integer(random, 0, 2)];
  stage.activation.slope = 0.4f;
  return stage;
}

// PyTorch's Conv1d, ConvTranspose1d, Conv2d and ConvTranspose2d as their documentation defines them.
Matrix direct_conv(const model::UpsampleStage& s, const std::vector<float>& w, const Matrix& x) {
  const auto length = std::int64_t(x.size()) - s.dilation * (s.kernel - 1);
  Matrix y(std::max<std::int64_t>(0, length), std::vector<double>(s.out, 0.0));
  const int in_group = s.in / s.groups, out_group = s.out / s.groups;
  for (std::size_t t = 0; t < y.size(); ++t)
    for (int o = 0; o < s.out; ++o)
      for (int i = 0; i < in_group; ++i)
        for (int k = 0; k < s.kernel; ++k)
          y[t][o] += double{w[(o * in_group + i) * s.kernel + k]} * x[t + k * s.dilation][o / out_group * in_group + i];
  return y;
}

Matrix zeros_transposed(const model::UpsampleStage& s, const Matrix& x) {
  const auto frames = std::int64_t(x.size());
  const std::int64_t length =
      (frames - 1) * s.stride - 2 * s.padding + s.dilation * (s.kernel - 1) + s.output_padding + 1;
  return Matrix(frames ? std::max<std::int64_t>(0, length) : 0, std::vector<double>(s.out, 0.0));
}

Matrix direct_transposed(const model::UpsampleStage& s, const std::vector<float>& w, const Matrix& x) {
  Matrix y = zeros_transposed(s, x);
  const int in_group = s.in / s.groups, out_group = s.out / s.groups;
  for (int t = 0; t < int(x.size()); ++t)
    for (int i = 0; i < s.in; ++i)
      for (int o = 0; o < out_group; ++o)
        for (int k = 0; k < s.kernel; ++k) {
          const int at = t * s.stride - s.padding + k * s.dilation;
          if (at < 0 || at >= int(y.size())) continue;
          y[at][i / in_group * out_group + o] += double{w[(i * out_group + o) * s.kernel + k]} * x[t][i];
        }
  return y;
}

Matrix direct_transposed_2d(const model::UpsampleStage& s, const std::vector<float>& w, const Matrix& x) {
  Matrix y = zeros_transposed(s, x);
  for (int t = 0; t < int(x.size()); ++t)
    for (int b = 0; b < s.in; ++b)
      for (int f = 0; f < s.frequency_kernel; ++f)
        for (int k = 0; k < s.kernel; ++k) {
          const int at = t * s.stride - s.padding + k * s.dilation, bin = b - s.frequency_kernel / 2 + f;
          if (at < 0 || at >= int(y.size()) || bin < 0 || bin >= s.out) continue;
          y[at][bin] += double{w[f * s.kernel + k]} * x[t][b];
        }
  return y;
}

Matrix direct_repeat(const model::UpsampleStage& s, const Matrix& x) {
  Matrix y;
  for (const auto& row : x) y.insert(y.end(), s.stride, row);
  return y;
}

Matrix direct_conv_2d(const model::UpsampleStage& s, const std::vector<float>& w, const Matrix& x) {
  Matrix y(x.size(), std::vector<double>(s.out, 0.0));
  for (int t = 0; t < int(x.size()); ++t)
    for (int b = 0; b < s.out; ++b)
      for (int f = 0; f < s.frequency_kernel; ++f)
        for (int k = 0; k < s.kernel; ++k) {
          const int at = t + k - s.kernel / 2, bin = b + f - s.frequency_kernel / 2;
          if (at < 0 || at >= int(x.size()) || bin < 0 || bin >= s.in) continue;
          y[t][b] += double{w[f * s.kernel + k]} * x[at][bin];
        }
  return y;
}

Matrix direct_stage(const Made& made, std::size_t n, const Matrix& x) {
  const model::UpsampleStage& stage = made.condition.upsampler[n];
  const std::string name = "upsampler." + std::to_string(n);
  if (stage.kind == UpsampleKind::repeat) {
    Matrix y = direct_repeat(stage, x);
    for (auto& row : y)
      for (int c = 0; c < stage.out; ++c) row[c] = kernels::activate(stage.activation, c, float(row[c]));
    return y;
  }
  const std::vector<float>& w = made.tensors.at(name + ".weight").values;
  Matrix y;
  if (stage.kind == UpsampleKind::conv) y = direct_conv(stage, w, x);
  if (stage.kind == UpsampleKind::stretch) y = direct_conv_2d(stage, w, direct_repeat(stage, x));
  if (stage.kind == UpsampleKind::transposed) y = direct_transposed(stage, w, x);
  if (stage.kind == UpsampleKind::transposed2d) y = direct_transposed_2d(stage, w, x);
  for (auto& row : y) {
    for (int c = 0; c < stage.out; ++c) {
      if (stage.bias) {
        const auto& bias = made.tensors.at(name + ".bias").values;
        row[c] += bias[bias.size() == 1 ? 0 : c];
      }
      row[c] = kernels::activate(stage.activation, c, float(row[c]));
    }
  }
  return y;
}

Matrix direct(const Made& made, const std::vector<float>& frames) {
  const int bins = made.condition.bins;
  Matrix x;
  for (std::size_t t = 0; t < frames.size() / bins; ++t)
    x.emplace_back(frames.begin() + t * bins, frames.begin() + (t + 1) * bins);
  if (!x.empty()) {
    x.insert(x.begin(), made.condition.pad, std::vector<double>(x.front()));
    x.insert(x.end(), made.condition.pad, std::vector<double>(x.back()));
  }
  for (std::size_t n = 0; n < made.condition.upsampler.size(); ++n) x = direct_stage(made, n, x);
  return x;
}

std::vector<float> all_at_once(const UpsamplerPlan& plan, const std::vector<float>& frames) {
  Upsampling up(plan);
  up.append(frames);
  up.finish();
  std::vector<float> out(up.available() * plan.channels_out());
  up.read(0, up.available(), out.data(), plan.channels_out());
  return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

void check_close(const std::vector<float>& got, const Matrix& expected, int channels) {
  REQUIRE(got.size() == expected.size() * channels);
  double worst = 0;
  for (std::size_t t = 0; t < expected.size(); ++t)
    for (int c = 0; c < channels; ++c) {
      const double e = expected[t][c];
      worst = larger(worst, std::abs(got[t * channels + c] - e) / (1 + std::abs(e)));
    }
  CHECK(worst < 3e-6);
}

}  // namespace

TEST_CASE("a repeat holds every frame for its stride") {
  Random random(1);
  Made made = make(5);
  add_stage(made, random, stage_of(UpsampleKind::repeat, 5, 1, 7));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  CHECK(plan.hop() == 7);
  CHECK(plan.length(4) == 28);
  const std::vector<float> frames = numbers(random, 4 * 5);
  const std::vector<float> out = all_at_once(plan, frames);
  REQUIRE(out.size() == 28 * 5);
  for (int t = 0; t < 28; ++t)
    for (int c = 0; c < 5; ++c) CHECK(out[t * 5 + c] == frames[t / 7 * 5 + c]);
}

TEST_CASE("an impulse through a transposed convolution gives the kernel at its stride") {
  Random random(2);
  Made made = make(1);
  add_stage(made, random, stage_of(UpsampleKind::transposed, 1, 3, 5));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  const std::vector<float> out = all_at_once(plan, {0, 0, 1, 0});
  const std::vector<float>& kernel = made.tensors.at("upsampler.0.weight").values;
  REQUIRE(out.size() == 3 * 5 + 3);
  for (int t = 0; t < 18; ++t) CHECK(out[t] == (t >= 10 && t < 13 ? kernel[t - 10] : 0.0f));
}

TEST_CASE("a stretch with a box kernel is a moving average of the held frames") {
  Made made = make(1);
  Random random(3);
  add_stage(made, random, stage_of(UpsampleKind::stretch, 1, 9, 4));
  made.tensors["upsampler.0.weight"].values.assign(9, 1.0f);
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  const std::vector<float> out = all_at_once(plan, {1, 10, 100});
  REQUIRE(out.size() == 12);
  CHECK(out[0] == 1 * 4 + 10);            // samples -4 to 4, those before 0 being zero
  CHECK(out[4] == 4 * 1 + 4 * 10 + 100);  // samples 0 to 8
  CHECK(out[6] == 2 * 1 + 4 * 10 + 3 * 100);
  CHECK(out[11] == 10 + 4 * 100);  // samples 7 to 15, those from 12 on being zero
}

TEST_CASE("every stage agrees with its definition over random shapes") {
  Random random(4);
  for (int round = 0; round < 400; ++round) {
    Made made = make(integer(random, 1, 9), integer(random, 0, 2));
    const int stages = integer(random, 0, 3);
    for (int n = 0; n < stages; ++n) add_stage(made, random, random_stage(random, made.condition.channels));
    const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
    const int count = integer(random, 0, 12);
    const std::vector<float> frames = numbers(random, std::size_t(count) * made.condition.bins);
    const Matrix expected = direct(made, frames);
    CHECK(plan.length(count ? count + 2 * plan.pad() : 0) == std::int64_t(expected.size()));
    check_close(all_at_once(plan, frames), expected, plan.channels_out());
  }
}

TEST_CASE("r9y9's and the older upsamplers agree with their definitions at full width") {
  Random random(5);
  Made made = make(80, 2);
  SECTION("conv_in and four stretches") {
    add_stage(made, random, stage_of(UpsampleKind::conv, 80, 5, 1));
    auto stretch = stage_of(UpsampleKind::stretch, 80, 9, 4);
    stretch.frequency_kernel = 3;
    for (int n = 0; n < 4; ++n) add_stage(made, random, stretch);
  }
  SECTION("transposed over (bins, time) with bias and ReLU") {
    auto transposed = stage_of(UpsampleKind::transposed2d, 80, 4, 4);
    transposed.frequency_kernel = 3;
    transposed.bias = true;
    transposed.activation.kind = ActivationKind::relu;
    for (int n = 0; n < 4; ++n) add_stage(made, random, transposed);
  }
  SECTION("one transposed convolution over all bins") {
    auto transposed = stage_of(UpsampleKind::transposed, 80, 64, 16);
    transposed.padding = 24;
    transposed.bias = true;
    add_stage(made, random, transposed);
  }
  for (auto& [name, tensor] : made.tensors)
    for (float& v : tensor.values) v /= std::sqrt(float(tensor.values.size()));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  const std::vector<float> frames = numbers(random, 6 * 80);
  check_close(all_at_once(plan, frames), direct(made, frames), 80);
}

TEST_CASE("the result does not depend on how it is read or how the frames arrive, bit for bit") {
  Random random(6);
  for (int round = 0; round < 150; ++round) {
    Made made = make(integer(random, 1, 9), integer(random, 0, 2));
    const int stages = integer(random, 0, 4);
    for (int n = 0; n < stages; ++n) add_stage(made, random, random_stage(random, made.condition.channels));
    const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
    const int bins = made.condition.bins, channels = plan.channels_out(), count = integer(random, 1, 40);
    const std::vector<float> frames = numbers(random, std::size_t(count) * bins);
    const std::vector<float> expected = all_at_once(plan, frames);
    const int most = round % 2 ? 5 : 300;
    Upsampling up(plan);
    std::vector<float> got;
    std::int64_t position = 0;
    const auto read_all = [&] {
      while (position < up.available()) {
        const auto n = std::min<std::int64_t>(integer(random, 1, most), up.available() - position);
        std::vector<float> out(n * (channels + 3));
        up.read(position, n, out.data(), channels + 3);
        for (int t = 0; t < n; ++t)
          got.insert(got.end(), out.begin() + t * (channels + 3), out.begin() + t * (channels + 3) + channels);
        position += n;
      }
    };
    for (int f = 0; f < count;) {
      const int n = std::min(integer(random, 1, 4), count - f);
      up.append(std::span(frames).subspan(std::size_t(f) * bins, std::size_t(n) * bins));
      f += n;
      if (integer(random, 0, 1)) read_all();
    }
    up.finish();
    read_all();
    CHECK(same_bits(got, expected));
  }
}

TEST_CASE("a stream settles samples as early as the frames allow") {
  Random random(7);
  for (int round = 0; round < 100; ++round) {
    Made made = make(3);
    auto stage = random_stage(random, 3);
    stage.activation = {};
    add_stage(made, random, stage);
    const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
    const int channels = plan.channels_out();
    std::vector<float> frames = numbers(random, 30 * 3);
    Upsampling up(plan);
    up.append(std::span(frames).first(10 * 3));
    const std::int64_t settled = up.available();
    const Matrix before = direct(made, frames);
    for (std::size_t i = 10 * 3; i < frames.size(); ++i) frames[i] += 1.5f;
    const Matrix after = direct(made, frames);
    REQUIRE(settled <= std::int64_t(before.size()));
    for (std::int64_t t = 0; t < settled; ++t) REQUIRE(before[t] == after[t]);
    // The next sample is unsettled: either later frames change it, or it would not exist without them.
    const bool exists = settled < plan.length(10);
    if (exists && stage.kind != UpsampleKind::repeat) {
      CHECK(before[settled] != after[settled]);
    } else {
      CHECK(settled == plan.length(10));
    }
    CHECK(channels == made.condition.channels);
  }
}

TEST_CASE("frames that are padded already give what bare frames give") {
  Random random(8);
  Made made = make(4, 2);
  auto conv = stage_of(UpsampleKind::conv, 4, 5, 1);
  conv.out = 3;
  conv.bias = true;
  add_stage(made, random, conv);
  add_stage(made, random, stage_of(UpsampleKind::stretch, 3, 7, 3));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  const std::vector<float> frames = numbers(random, 6 * 4);
  std::vector<float> padded;
  for (int t = -2; t < 8; ++t) {
    const auto row = frames.begin() + std::clamp(t, 0, 5) * 4;
    padded.insert(padded.end(), row, row + 4);
  }
  Upsampling up(plan);
  up.append(padded, true);
  up.finish();
  REQUIRE(up.available() == 18);
  std::vector<float> out(18 * 3);
  up.read(0, 18, out.data(), 3);
  CHECK(same_bits(out, all_at_once(plan, frames)));
}

TEST_CASE("rewinding and resetting start again") {
  Random random(9);
  Made made = make(2, 1);
  auto transposed = stage_of(UpsampleKind::transposed2d, 2, 8, 4);
  transposed.padding = 2;
  add_stage(made, random, transposed);
  add_stage(made, random, stage_of(UpsampleKind::stretch, 2, 5, 2));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  const std::vector<float> frames = numbers(random, 10 * 2);
  const std::vector<float> expected = all_at_once(plan, frames);
  Upsampling up(plan);
  std::vector<float> out(expected.size());
  up.append(frames);
  up.finish();
  for (int pass = 0; pass < 2; ++pass) {
    std::fill(out.begin(), out.end(), 0.0f);
    up.read(0, up.available(), out.data(), 2);
    CHECK(same_bits(out, expected));
    CHECK(up.rewind());
  }
  up.reset();
  CHECK(up.available() == 0);
  CHECK_FALSE(up.finished());
  up.append(frames);
  up.finish();
  up.read(0, up.available(), out.data(), 2);
  CHECK(same_bits(out, expected));
}

TEST_CASE("an endless stream forgets what it has used") {
  Random random(10);
  Made made = make(2, 1);
  add_stage(made, random, stage_of(UpsampleKind::stretch, 2, 5, 2));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  Upsampling up(plan);
  std::int64_t position = 0;
  std::vector<float> out(64);
  for (int f = 0; f < 1000; ++f) {
    up.append(numbers(random, 2));
    const std::int64_t n = up.available() - position;
    REQUIRE(n <= 16);
    up.read(position, n, out.data(), 2);
    position += n;
  }
  CHECK(position > 1990);
  CHECK_FALSE(up.rewind());
}

TEST_CASE("frames of the wrong width, after the end or of both sorts are refused") {
  Random random(11);
  const Made made = make(4, 1);
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  Upsampling up(plan);
  CHECK_THROWS_AS(up.append(numbers(random, 7)), Error);
  up.append(numbers(random, 8));
  CHECK_THROWS_AS(up.append(numbers(random, 8), true), Error);
  up.finish();
  CHECK_THROWS_AS(up.append(numbers(random, 8)), Error);
  CHECK(up.available() == 4);
}

TEST_CASE("upsamplers that would take too much memory are refused, naming file and field") {
  Random random(12);
  Made made = make(4);
  made.condition.upsampler.push_back(stage_of(UpsampleKind::transposed, 4, 65536, 2));
  model::UpsampleStage& stage = made.condition.upsampler[0];
  const auto message = [&] {
    try {
      const UpsamplerPlan plan(made.condition, made.tensors, "voice.safetensors", kernels::best_kernels());
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::invalid);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  stage.dilation = 65536;
  CHECK(
      message() ==
      "voice.safetensors: condition.upsampler.0: dilation · (kernel - 1): expected at most 1048576, found 4294901760");
  stage = stage_of(UpsampleKind::stretch, 4, 65535, 65536);
  CHECK(message() ==
        "voice.safetensors: condition.upsampler.0: kernel · frequency_kernel: expected at most 256, found 65535");
  stage = stage_of(UpsampleKind::transposed, 1, 1, 65536);
  stage.out = 65;
  CHECK(message() == "voice.safetensors: condition.upsampler.0: stride · out: expected at most 4194304, found 4259840");
  stage = stage_of(UpsampleKind::conv, 16384, 2, 1);
  stage.groups = 16384;
  stage.dilation = 5000;
  made.tensors["upsampler.0.weight"] = {{16384, 1, 2}, std::vector<float>(2 * 16384)};
  CHECK(message().find("condition.upsampler.0: values to hold at a time: expected at most 33554432") !=
        std::string::npos);
  stage = stage_of(UpsampleKind::repeat, 16384, 1, 1);
  made.condition.upsampler.assign(40, stage);
  CHECK(message().find("values to hold at a time: expected at most 33554432") != std::string::npos);
}

TEST_CASE("features that too many channels of layers would have to keep are refused") {
  model::ModelData data;
  data.name = "voice.safetensors";
  data.architecture = "WaveNet";
  model::WaveNet& net = data.config.wavenet;
  net.condition.kind = model::ConditionKind::features;
  net.condition.bins = net.condition.channels = 1024;
  net.condition.upsampler = {stage_of(UpsampleKind::stretch, 1024, 801, 2)};
  model::Stack& stack = net.stacks.emplace_back();
  stack.layers.resize(10);
  for (model::Layer& layer : stack.layers) {
    layer.bottleneck = 8192;
    layer.conv = {1, 8192, 1, 1, 1, true};
    layer.mixin_groups = 1024;
    layer.skip = model::Pointwise{2, 1, true};
  }
  net.output = {model::OutputKind::gaussian, 2};
  for (const model::TensorShape& tensor : model::tensor_shapes(data.config)) {
    put_tensor(data.tensors, tensor, std::vector<float>(std::size_t(model::value_count(tensor.shape))));
  }
  try {
    const Network network(Model::Access::make(data));
    CHECK(false);
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "voice.safetensors: condition.upsampler: too many rows of features to keep for layers of 81920 channels");
  }
}

TEST_CASE("a plan tells checkerboards and whether it commutes with a projection") {
  Random random(13);
  Made made = make(4);
  add_stage(made, random, stage_of(UpsampleKind::conv, 4, 3, 1));
  add_stage(made, random, stage_of(UpsampleKind::stretch, 4, 9, 4));
  add_stage(made, random, stage_of(UpsampleKind::transposed2d, 4, 5, 3));
  const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
  CHECK_FALSE(plan.commutes());
  CHECK(plan.first_commuting() == 1);
  REQUIRE(plan.checkerboard().size() == 1);
  CHECK(plan.checkerboard()[0] ==
        "upsampler.2: the kernel of its transposed convolution (5) is no multiple of the stride (3), which imprints a "
        "checkerboard pattern");
  made.condition.upsampler.erase(made.condition.upsampler.begin());
  made.tensors["upsampler.0.weight"] = made.tensors["upsampler.1.weight"];
  made.tensors["upsampler.1.weight"] = made.tensors["upsampler.2.weight"];
  CHECK(UpsamplerPlan(made.condition, made.tensors, "test", kernels::best_kernels()).commutes());
  made.condition.upsampler[1].activation.kind = ActivationKind::relu;
  CHECK(UpsamplerPlan(made.condition, made.tensors, "test", kernels::best_kernels()).first_commuting() == 2);
}

TEST_CASE("an interpolation makes of rows what the stages that it stands for make of them, up to both ends") {
  Random random(14);
  int before_the_samples = 0;
  for (int round = 0; round < 200; ++round) {
    Made made = make(integer(random, 1, 40), integer(random, 0, 2));
    const int stages = integer(random, 0, 4);
    for (int n = 0; n < stages; ++n) {
      auto stage = random_stage(random, made.condition.channels);
      if (integer(random, 0, 3) > 0) stage.activation = {}, stage.bias = false, stage.frequency_kernel = 1;
      add_stage(made, random, stage);
    }
    const UpsamplerPlan plan(made.condition, made.tensors, "test", kernels::best_kernels());
    const network::Interpolation interpolation(plan);
    REQUIRE(interpolation.level() >= plan.first_commuting());
    CHECK(interpolation.bins() == plan.channels_out());
    before_the_samples += interpolation.level() < plan.stages().size();
    const std::vector<float> frames = numbers(random, std::size_t(integer(random, 1, 12)) * plan.bins_in());
    const std::vector<float> expected = all_at_once(plan, frames);
    Upsampling up(plan, interpolation.level());
    up.append(frames);
    up.finish();
    const auto bins = std::size_t(interpolation.bins());
    std::vector<float> rows(std::size_t(up.settled()[interpolation.level()]) * bins);
    up.read(0, up.settled()[interpolation.level()], rows.data(), std::ptrdiff_t(bins));
    std::vector<double> scratch(interpolation.scratch());
    std::vector<float> weights(interpolation.most_weights());
    double worst = 0;
    for (std::int64_t t = 0; t < up.available(); ++t) {
      const network::RowRange range =
          interpolation.weigh(t, up.settled() + interpolation.level(), scratch.data(), weights.data());
      REQUIRE(range.end - range.begin <= interpolation.most_rows(1));
      for (std::size_t c = 0; c < bins; ++c) {
        double sum = 0, size = 1;
        for (std::int64_t row = range.begin; row < range.end; ++row) {
          const double term = double(weights[row - range.begin]) * double(rows[row * bins + c]);
          sum += term;
          size += std::abs(term);
        }
        worst = larger(worst, std::abs(sum - double(expected[t * bins + c])) / size);
      }
    }
    CHECK(worst < 3e-7);
  }
  CHECK(before_the_samples > 30);
}

TEST_CASE("r9y9's upsampler is interpolated from the frames with four weights a sample") {
  Random random(15);
  Made made = make(80, 2);
  add_stage(made, random, stage_of(UpsampleKind::conv, 80, 5, 1));
  for (int n = 0; n < 4; ++n) add_stage(made, random, stage_of(UpsampleKind::stretch, 80, 9, 4));
  const network::Interpolation interpolation(
      UpsamplerPlan(made.condition, made.tensors, "test", kernels::best_kernels()));
  CHECK(interpolation.level() == 1);
  CHECK(interpolation.hop() == 256);
  CHECK(interpolation.most_weights() == 4);
}
