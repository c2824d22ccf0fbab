// A layer at one go: conv, gate, the sum of the skips and the residual, of every instruction set against the reference.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "difference.hpp"
#include "network/instruction_sets.hpp"
#include "network/product.hpp"
#include "random.hpp"

namespace {

using namespace atrous;
using model::ActivationKind;
using model::Gating;

constexpr int stride = 80, frames = 64;  // room for the padding

struct Layer {
  int channels, bottleneck;
  Gating gating;
  model::Activation activation;
  network::Affine conv, residual;
  bool sums, in_place, has_residual;
  std::vector<std::vector<float>> terms;  // [in][stride]
  std::vector<float> v, sum;              // [channels][stride], [bottleneck][stride]
};

network::Affine random_affine(int out, const std::vector<int>& ins, test::Random& random) {
  network::Affine affine{out, {}, {}};
  for (int r = 0; r < out; ++r) affine.bias.push_back(double(random.real(-1, 1)));
  for (const int in : ins) {
    network::Term term{in, 1, {}};
    for (int i = 0; i < out * in; ++i) term.weights.push_back(double(random.real(-0.5f, 0.5f)));
    affine.terms.push_back(std::move(term));
  }
  return affine;
}

Layer random_layer(test::Random& random) {
  Layer layer{};
  layer.channels = random.whole(1, 20);
  layer.bottleneck = random.coin() ? layer.channels : random.whole(1, 20);
  layer.gating = random.coin() ? Gating::none : Gating::gated;
  const std::vector<ActivationKind> kinds = {ActivationKind::tanh, ActivationKind::relu, ActivationKind::leaky_relu,
                                             ActivationKind::prelu};
  layer.activation.kind = layer.gating == Gating::gated ? ActivationKind::tanh : random.pick(kinds);
  layer.activation.slope = random.real(-0.5f, 0.5f);
  if (layer.activation.kind == ActivationKind::prelu) {
    layer.activation.slopes = random.reals(std::size_t(layer.bottleneck));
  }
  std::vector<int> ins;
  if (random.coin()) ins.push_back(random.whole(1, 3));
  for (int k = random.whole(1, 6); k > 0; --k) ins.push_back(layer.channels);
  layer.conv = random_affine(layer.gating == Gating::gated ? 2 * layer.bottleneck : layer.bottleneck, ins, random);
  layer.residual = random_affine(layer.channels, {layer.bottleneck}, random);
  layer.sums = random.coin();
  layer.in_place = random.coin();
  layer.has_residual = random.whole(0, 3) > 0;
  for (const int in : ins) layer.terms.push_back(random.reals(std::size_t(in) * stride));
  layer.v = random.reals(std::size_t(layer.channels) * stride);
  layer.sum = random.reals(std::size_t(layer.bottleneck) * stride);
  return layer;
}

struct Results {
  std::vector<float> u, sum, next;  // u: empty where it is not to be had
};

void dense(const std::vector<float>& rows, std::vector<float>& to) {
  for (std::size_t start = 0; start < rows.size(); start += stride) {
    to.insert(to.end(), rows.begin() + std::ptrdiff_t(start), rows.begin() + std::ptrdiff_t(start) + frames);
  }
}

// All frames, `cut` at a time.
Results run(const kernels::Kernels& k, const Layer& layer, int cut) {
  const network::Product conv =
      layer.gating == Gating::gated ? network::pack_block_gated(layer.conv, k) : network::pack_block(layer.conv, k);
  const network::Product residual = network::pack_block(layer.residual, k);
  std::vector<float> u(std::size_t(layer.bottleneck) * stride), sum = layer.sum, next(layer.v.size());
  for (int t = 0; t < frames; t += cut) {
    std::vector<kernels::Rows> terms;
    for (const std::vector<float>& term : layer.terms) terms.push_back({term.data() + t, stride});
    kernels::Finish finish{.gating = layer.gating,
                           .activation = &layer.activation,
                           .sum = layer.sums ? sum.data() + t : nullptr,
                           .sum_stride = stride,
                           .before = (layer.in_place ? sum : layer.sum).data() + t,
                           .before_stride = stride};
    if (layer.has_residual) {
      finish.residual = &residual.view();
      finish.v = {layer.v.data() + t, stride};
      finish.next = next.data() + t;
      finish.next_stride = stride;
    }
    const int count = std::min(cut, frames - t);
    k.layer_block(conv.view(), finish)(
        conv.view(), {{.terms = terms.data(), .out = u.data() + t, .out_stride = stride, .frames = count}, finish});
    // What stands beyond the block was meaningless; the next call wants the sum as it was.
    for (int r = 0; layer.sums && r < layer.bottleneck; ++r) {
      const std::ptrdiff_t row = std::ptrdiff_t(r) * stride;
      std::copy(layer.sum.begin() + row + t + count, layer.sum.begin() + row + stride, sum.begin() + row + t + count);
    }
  }
  Results results;
  if (!layer.sums || !layer.has_residual) dense(u, results.u);
  dense(sum, results.sum);
  dense(next, results.next);
  return results;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace

TEST_CASE("layers of every instruction set agree with the reference, and blocks of any length bit for bit") {
  test::Random random(11);
  for (int i = 0; i < 300; ++i) {
    const Layer layer = random_layer(random);
    const int cut = random.pick<int>({1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 48, 63});
    INFO("layer " << i << ": " << layer.channels << " channels, bottleneck " << layer.bottleneck << ", cut " << cut);
    const Results reference = run(*network::find_kernels(Isa::reference), layer, frames);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      const kernels::Kernels& k = *network::find_kernels(isa);
      const Results whole = run(k, layer, frames), pieces = run(k, layer, cut);
      CHECK(largest_error(whole.u, reference.u) <= 2e-6);
      CHECK(largest_error(whole.sum, reference.sum) <= 2e-6);
      CHECK(largest_error(whole.next, reference.next) <= 2e-6);
      CHECK(same_bits(whole.u, pieces.u));
      CHECK(same_bits(whole.sum, pieces.sum));
      CHECK(same_bits(whole.next, pieces.next));
    }
  }
}

TEST_CASE("a layer's function is there for just the activations and gates that fuse") {
  test::Random random(12);
  Layer layer = random_layer(random);
  const model::Activation sigmoid{ActivationKind::sigmoid};
  int fused = 0;
  for (const Isa isa : available_isas()) {
    const kernels::Kernels& k = *network::find_kernels(isa);
    const network::Product conv = network::pack_block(layer.conv, k);
    for (const model::ActivationRow& row : model::activations) {
      for (const Gating gating : {Gating::none, Gating::gated, Gating::blended}) {
        INFO("isa " << isa_name(isa) << ", activation " << row.name << ", gating " << int(gating));
        layer.activation.kind = row.kind;
        const bool fuses = kernels::fuses(gating, layer.activation, sigmoid);
        const kernels::Finish finish{.gating = gating, .activation = &layer.activation};
        fused += fuses;
        if (fuses || isa != Isa::reference) CHECK((k.layer_block(conv.view(), finish) != nullptr) == fuses);
      }
    }
  }
  CHECK(fused > 0);
}
